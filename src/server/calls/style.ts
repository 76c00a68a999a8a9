/** The style sheet of a call's page: that of receipts, with bars, buttons and forms. */
import { STYLE } from "../receipts/style.ts";

export const CALL_STYLE = `${STYLE}
:root{--on-brand:#fff;--edge:#7d8b85}
@media (prefers-color-scheme:dark){:root{--on-brand:#06231c;--edge:#71847c}}
.clock{font-variant-numeric:tabular-nums}
.clock .left:not(:empty){font-weight:650}
.reach{margin:0 0 1rem}
.reach p{margin:0 0 .35rem;display:flex;flex-wrap:wrap;justify-content:space-between;gap:.2rem 1rem}
.reach span{color:var(--soft);font-variant-numeric:tabular-nums}
progress{appearance:none;display:block;width:100%;height:.7rem;border:0;border-radius:99px;overflow:hidden;background:var(--calm-bg);color:var(--brand)}
progress::-webkit-progress-bar{background:var(--calm-bg)}
progress::-webkit-progress-value{background:var(--brand)}
progress::-moz-progress-bar{background:var(--brand)}
.asides{margin:0;padding-left:1.2rem;color:var(--soft);font-size:.92rem}
.asides:empty{display:none}
.asides + .note{margin-top:.8rem}
.plain td,.plain tbody th{padding:.45rem .6rem;font-weight:400;text-align:left}
.plain td.number{text-align:right}
.plain tbody tr+tr>*{border-top:1px solid var(--line)}
.facts+.note{margin-top:1rem}
.operator{white-space:pre-wrap;overflow-wrap:anywhere;max-height:26rem;overflow:auto;margin:0}
#join{min-height:11rem;border-color:var(--brand)}
#join h3:focus{outline:none}
#join h3{font-size:1rem;margin:1.25rem 0 .5rem}
#join h3:first-of-type{margin-top:0}
button{font:inherit;font-weight:650;color:var(--on-brand);background:var(--brand);border:1px solid var(--brand);border-radius:10px;padding:.6rem 1.1rem;min-height:2.75rem;cursor:pointer}
button.quiet{background:none;color:var(--brand)}
button:disabled{opacity:.55;cursor:default}
button:focus-visible,input:focus-visible,select:focus-visible,.operator:focus-visible{outline:3px solid var(--brand);outline-offset:3px}
input,select{font:inherit;color:inherit;background:var(--paper);border:1px solid var(--edge);border-radius:10px;padding:.55rem .75rem;min-height:2.75rem;max-width:100%}
label{display:grid;gap:.25rem;max-width:22rem;margin:0 0 .75rem}
label small{font-size:.85rem}
.row{display:flex;flex-wrap:wrap;gap:.6rem;align-items:center;margin:.75rem 0}
.wallets{list-style:none;margin:0;padding:0;display:grid;gap:.6rem;grid-template-columns:repeat(auto-fill,minmax(15rem,1fr))}
.wallets button{display:flex;align-items:center;gap:.65rem;width:100%;text-align:left;overflow-wrap:anywhere}
.wallets img{width:1.75rem;height:1.75rem;border-radius:6px;flex:none}
.wallets small{color:inherit;font-weight:400}
.says{border-left:4px solid var(--brand);padding:.1rem 0 .1rem 1rem;margin:.75rem 0}
.problem{border-left:4px solid var(--bad);padding:.1rem 0 .1rem 1rem;margin:.75rem 0}
.problem strong{color:var(--bad)}
@media (max-width:44rem){
.plain tbody{padding:0}
.plain tbody tr{padding:.6rem 0}
.plain tbody tr+tr{border-top:1px solid var(--line)}
.plain tbody tr+tr>*{border:0}
.plain td,.plain tbody th{padding:.1rem 0}
.plain .sums th::before{content:none}
.plain td.number{text-align:left}
.row button{width:100%}
}
@media print{#join{display:none}}
`;
