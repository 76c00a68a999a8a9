/**
 * The style sheet of the public pages, for light, dark and print. It uses system fonts only, so that the page loads
 * nothing.
 */
export const STYLE = `
:root{--ink:#16211d;--soft:#55645e;--line:#dde5e1;--paper:#fff;--ground:#f3f6f4;--brand:#0b6b57;
--good:#0b6b57;--good-bg:#dff3ec;--soon:#7a5200;--soon-bg:#fdf0d2;--bad:#a3231f;--bad-bg:#fde5e2;--calm:#4a5560;--calm-bg:#e7ecf0}
@media (prefers-color-scheme:dark){:root{--ink:#e8efec;--soft:#9db0a8;--line:#2a3833;--paper:#16201c;--ground:#0d1412;--brand:#5fd3b3;
--good:#79e0c1;--good-bg:#123a30;--soon:#f2c56b;--soon-bg:#3b2d0e;--bad:#ff9f97;--bad-bg:#451a18;--calm:#b6c2cc;--calm-bg:#26313a}}
*{box-sizing:border-box}
body{margin:0;background:var(--ground);color:var(--ink);font:16px/1.55 system-ui,-apple-system,"Segoe UI",Roboto,"Helvetica Neue",Arial,sans-serif;-webkit-text-size-adjust:100%}
main{overflow-wrap:anywhere;max-width:62rem;margin:0 auto;padding:2.5rem 1.25rem 3rem}
h1{font-size:clamp(1.7rem,4.5vw,2.5rem);line-height:1.15;letter-spacing:-.02em;margin:.6rem 0 .5rem;text-wrap:balance}
h2{font-size:1.15rem;letter-spacing:-.01em;margin:0 0 1rem}
p{margin:0 0 .75rem}
a{color:var(--brand);text-underline-offset:.2em;text-decoration-thickness:1px}
a:focus-visible{outline:3px solid var(--brand);outline-offset:3px;border-radius:2px}
code,pre{font-family:ui-monospace,"SF Mono",SFMono-Regular,Menlo,Consolas,"DejaVu Sans Mono",monospace}
code{font-size:.84em;overflow-wrap:anywhere}
small{display:block;color:var(--soft);font-size:.8rem}
.brand{font-weight:700;color:var(--brand);margin-bottom:1.75rem}
.brand span{color:var(--soft);font-weight:400;margin-left:.4rem}
.lead{font-size:1.1rem;color:var(--soft);max-width:44rem}
.state{display:inline-block;padding:.1rem .6rem;border-radius:99px;font-size:.82rem;font-weight:650;white-space:nowrap;background:var(--calm-bg);color:var(--calm)}
.state.big{font-size:.95rem;padding:.25rem .85rem;margin:0}
.good{background:var(--good-bg);color:var(--good)}.soon{background:var(--soon-bg);color:var(--soon)}.bad{background:var(--bad-bg);color:var(--bad)}
.failure{border-left:4px solid var(--bad);padding:.2rem 0 .2rem 1rem;max-width:48rem}
.figures{display:grid;grid-template-columns:repeat(auto-fit,minmax(13rem,1fr));gap:1px;margin:1.75rem 0 1rem;background:var(--line);border:1px solid var(--line);border-radius:14px;overflow:hidden}
.figure{background:var(--paper);padding:1.1rem 1.25rem}
.figure dt{color:var(--soft);font-size:.85rem}
.figure dd{margin:.15rem 0 0}
.figure strong{display:block;font-size:1.35rem;white-space:nowrap;letter-spacing:-.015em;font-variant-numeric:tabular-nums;line-height:1.3}
.figure strong.long{font-size:1.05rem;line-height:1.67}
.figure span{color:var(--soft);font-size:.82rem}
.tally{list-style:none;margin:0 0 1.5rem;padding:0 .25rem;display:grid;gap:.35rem}
.tally li{display:grid;grid-template-columns:8.5rem 1fr;gap:.75rem;align-items:baseline}
.tally .state{text-align:center}
.tally .says{color:var(--soft);font-size:.9rem}
section{background:var(--paper);border:1px solid var(--line);border-radius:14px;padding:1.5rem 1.25rem;margin-top:1.25rem}
.facts{margin:0;display:grid;gap:.7rem}
.facts>div{display:grid;grid-template-columns:11rem 1fr;gap:1rem;padding-bottom:.7rem;border-bottom:1px solid var(--line)}
.facts>div:last-child{border:0;padding:0}
.facts dt{color:var(--soft)}
.facts dd{margin:0;overflow-wrap:anywhere}
.note{color:var(--soft);font-size:.92rem}
table{border-collapse:collapse;width:100%;font-variant-numeric:tabular-nums}
thead th{color:var(--soft);font-size:.8rem;font-weight:600;text-align:left;padding:0 .6rem .5rem;border-bottom:1px solid var(--line)}
tbody{border-bottom:1px solid var(--line)}
tbody:last-child{border:0}
tbody th{text-align:left;font-weight:700}
.sums th,.sums td{padding:.5rem .6rem .1rem;vertical-align:top}
.details td{padding:0 .6rem .5rem}
.number,thead .number{text-align:right}
.number small{white-space:nowrap}
.details dl{margin:0;display:grid;gap:.1rem;font-size:.88rem}
.details dl div{display:grid;grid-template-columns:6.2rem 1fr;gap:.6rem}
.details dt{color:var(--soft)}
.details dd{margin:0;overflow-wrap:anywhere}
.details summary{cursor:pointer;color:var(--soft);font-size:.85rem;width:fit-content}
.details summary:focus-visible{outline:3px solid var(--brand);outline-offset:3px;border-radius:2px}
.details dl{margin-top:.4rem}
.why{color:var(--bad);font-weight:600}
.steps{padding-left:1.3rem;margin:0}
.steps li{margin-bottom:1rem}
.steps li:last-child{margin:0}
pre{background:var(--ground);border:1px solid var(--line);border-radius:10px;padding:.75rem .9rem;margin:.5rem 0;white-space:pre-wrap;overflow-wrap:anywhere}
footer{color:var(--soft);font-size:.9rem;margin-top:1.5rem;padding:0 .25rem}
@media (max-width:44rem){
main{padding-top:1.5rem}
.brand{margin-bottom:1.1rem}
.brand span{display:block;margin:0}
.facts>div{grid-template-columns:1fr;gap:.1rem}
thead{position:absolute;width:1px;height:1px;overflow:hidden;clip-path:inset(50%)}
table,tbody,tr,td,tbody th{display:block}
tbody{padding:.9rem 0}
.sums th,.sums td,.details td{padding:.1rem 0}
.sums td{display:flex;justify-content:space-between;gap:1rem}
.sums td>span{text-align:right}
.sums td::before{content:attr(data-label);color:var(--soft)}
.sums th::before{content:"Leg "}
.details dl{margin-top:.4rem}
.details dl div{grid-template-columns:1fr;gap:0;margin-top:.35rem}
}
@media print{
:root{--ink:#000;--soft:#444;--line:#bbb;--paper:#fff;--ground:#fff;--brand:#000;--good:#000;--good-bg:#fff;--soon:#000;--soon-bg:#fff;--bad:#000;--bad-bg:#fff;--calm:#000;--calm-bg:#fff;color-scheme:light}
@page{margin:16mm}
body{font-size:10.5pt}
main{max-width:none;padding:0}
section{border:0;border-top:1px solid var(--line);border-radius:0;padding:1rem 0 0;break-inside:auto}
h2{break-after:avoid}
tbody,.facts>div,.steps li,.figures{break-inside:avoid}
thead{display:table-header-group}
.details details::details-content{content-visibility:visible;block-size:auto}
.details summary{display:none}
.state{border:1px solid #000}
.figures{border-radius:0;grid-template-columns:repeat(4,1fr)}
.figure{padding:.6rem}
a{text-decoration:none}
pre{border-radius:0}
}
`;
