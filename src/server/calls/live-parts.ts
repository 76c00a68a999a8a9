/**
 * Renders the parts of a call's page that change while it runs. The server renders them once, and the browser renders
 * them again after each change with these same functions, so that both always say the same.
 */
import { html } from "ghtml";
import { clusterNameOf } from "../../base/cluster-name.ts";
import { formatTokens } from "../../base/token-amount.ts";
import { type Explorers, explorersOf } from "../receipts/explorers.ts";
import { code, linked, transactionOf } from "../receipts/pieces.ts";
import { countdownTo, momentOf, plural, reachedBy, short, solOf, thousandths } from "./amounts.ts";
import { memberTable } from "./members.ts";
import type { ShownCall, ShownPledge, ShownSum, TokenFacts } from "./shown-call.ts";
import { callWords, powerWords } from "./words.ts";

export const explorersFor = ({ terms }: ShownCall): Explorers | null =>
  explorersOf(clusterNameOf(terms.cluster));

/** Returns a headline that is true for every outcome. */
export function headlineOf({ status, terms, totals, muster }: ShownCall): string {
  const token = short(terms.mint);
  if (status === "lapsed") return `No wallet bought ${token}`;
  if (status !== "landed") return `A call to buy ${token} together`;
  const members = muster?.members.length ?? totals.landed;
  return `${totals.landed} of ${plural(members, "wallet")} bought ${token}`;
}

/** The moment that readers wait for now. */
function clockOf({ status, terms, muster, ended, announcement }: ShownCall): string {
  if (ended !== null) return html`Ended !${momentOf(ended.at)}`;
  if (announcement === null)
    return html`Opens once the terms are published, and not before !${momentOf(terms.opensAt)}`;
  if (status === "announced") return html`Opens !${momentOf(terms.opensAt)} !${countdownTo(terms.opensAt)}`;
  if (muster !== null)
    return html`The muster ends !${momentOf(muster.endsAt)} !${countdownTo(muster.endsAt)}`;
  return html`Closes !${momentOf(terms.closesAt)} !${countdownTo(terms.closesAt)}`;
}

function topPart(call: ShownCall): string {
  const { label, tone, says } = callWords(call);
  const why = call.ended === null ? "" : html`<p class="note">Why it ended: ${call.ended.why}</p>`;
  return html`<p class="state ${tone} big" role="status">${label}</p>
<h1>${headlineOf(call)}</h1>
<p class="lead">${says}</p>
<p class="clock">!${clockOf(call)}</p>
!${why}`;
}

const bar = (label: string, part: string | number, whole: string | number, words: string): string =>
  html`<div class="reach"><p><strong>${label}</strong> <span>${words}</span></p><progress max="1000" value="${String(thousandths(part, whole))}" aria-label="${label}">${words}</progress></div>`;

const aside = ({ wallets, lamports }: ShownSum, says: string): string =>
  wallets === 0 ? "" : html`<li>${plural(wallets, "wallet")} with ${solOf(lamports)}: ${says}</li>`;

/** The receipt has something to show from the release on. */
function receiptNote({ callId, muster, status, totals, ended }: ShownCall): string {
  if (muster === null || (!muster.released && ended === null)) return "";
  const bought =
    status === "landed" ? `${plural(totals.landed, "wallet")} bought for ${solOf(totals.lamports)}. ` : "";
  return html`<p class="note">${bought}<a href="/r/${callId}">The receipt</a> has all amounts, and how to verify them.</p>`;
}

/** Before the muster, covered pledges count towards the least; in it, signatures do. */
function reachPart(call: ShownCall): string {
  const { terms, muster } = call;
  const { leastLamports, mostLamports, leastWallets } = terms;
  const { counts, beyond, uncovered, unseen, sends } = reachedBy(call);
  const has = muster === null ? counts : muster.signed;
  const verb = muster === null ? "Pledged" : "Signed";
  const asides = [
    aside(
      beyond,
      `covered, but they do not fit. Pledges are taken in the order in which they came, and one that would exceed the most, ${solOf(mostLamports)}, is passed over.`,
    ),
    aside(uncovered, "not covered. The wallet did not hold enough at the last look, so it does not count."),
    aside(unseen, "not looked at yet. It counts once its wallet is seen to hold enough."),
    aside(
      sends,
      "from wallets that can only sign and send. They take part after the others, and do not count towards the least.",
    ),
  ].filter((one) => one !== "");
  return html`<h2 id="reach">${verb} towards the least</h2>
!${bar(`${verb} SOL`, has.lamports, leastLamports, `${solOf(has.lamports)} of at least ${solOf(leastLamports)}, at most ${solOf(mostLamports)}`)}
!${bar(`${verb} wallets`, has.wallets, leastWallets, `${has.wallets} of at least ${leastWallets}`)}
!${asides.length === 0 ? "" : html`<ul class="asides">!${asides}</ul>`}
!${receiptNote(call)}`;
}

const COVER_WORDS = { true: "covered", false: "not covered", null: "not looked at yet" } as const;
const COVER_TONES = { true: "good", false: "bad", null: "calm" } as const;

/** A page with thousands of rows helps nobody; `/c/<callId>.json` has them all. */
const ROWS_AT_MOST = 200;

function pledgeRow({ wallet, lamports, way, covered, at }: ShownPledge, explorers: Explorers | null): string {
  const key = String(covered) as keyof typeof COVER_WORDS;
  return html`<tr role="row" class="sums"><th role="rowheader" scope="row">!${linked(short(wallet), explorers?.account(wallet), wallet)}</th>
<td role="cell" data-label="State"><span><span class="state ${COVER_TONES[key]}">${COVER_WORDS[key]}</span></span></td>
<td role="cell" data-label="Amount" class="number"><span>${solOf(lamports)}</span></td>
<td role="cell" data-label="Way"><span>${way === "signs" ? "signs" : "only signs and sends"}</span></td>
<td role="cell" data-label="Pledged"><span>!${momentOf(at)}</span></td></tr>`;
}

function pledgesPart(call: ShownCall): string {
  const { pledges, callId } = call;
  const explorers = explorersFor(call);
  const title = html`<h2 id="pledges">Pledges</h2>`;
  if (pledges.length === 0)
    return html`!${title}<p class="note">${call.status === "announced" ? "Nobody can pledge yet." : "No wallet has pledged."}</p>`;
  const rows = pledges.slice(0, ROWS_AT_MOST).map((pledge) => pledgeRow(pledge, explorers));
  const more =
    pledges.length > ROWS_AT_MOST
      ? html`<p class="note">${String(pledges.length - ROWS_AT_MOST)} more are in <a href="/c/${callId}.json">/c/${callId}.json</a>.</p>`
      : "";
  return html`!${title}<p class="note">A pledge is a signed intent. It spends nothing, and can be withdrawn.</p>
<table role="table" aria-labelledby="pledges" class="plain"><thead role="rowgroup"><tr role="row"><th role="columnheader" scope="col">Wallet</th><th role="columnheader" scope="col">State</th><th role="columnheader" scope="col" class="number">Amount</th><th role="columnheader" scope="col">Way</th><th role="columnheader" scope="col">Pledged</th></tr></thead>
<tbody role="rowgroup">!${rows}</tbody></table>!${more}`;
}

function musterPart(call: ShownCall, { decimals }: TokenFacts): string {
  const { muster } = call;
  const title = html`<h2 id="muster">Muster and result</h2>`;
  if (muster === null)
    return html`!${title}<p class="note">${call.ended === null ? "It begins when the covered pledges reach the least." : "There was none: the covered pledges did not reach the least in time."}</p>`;
  const { heights, round, members } = muster;
  const blocks =
    heights === null || call.ended !== null
      ? ""
      : html`<p class="note">Round ${String(round)} of at most 2. Signatures are accepted up to block !${code(heights.signUntil)}. After block !${code(heights.sendUntil)} we send nothing. From block !${code(heights.dead)} on, no transaction of this round can land; until then a member who sends the own one alone may buy without the others.</p>`;
  const facts = { decimals, explorers: explorersFor(call), isOver: call.ended !== null };
  return html`!${title}!${blocks}!${fundersNote(call)}!${memberTable(members.slice(0, ROWS_AT_MOST), facts)}`;
}

/** Funders are wallets, so nothing here counts people. */
function fundersNote({ funders, muster }: ShownCall): string {
  if (funders === null || muster === null) return "";
  const unknown = funders.unknown === 0 ? "" : ` For ${funders.unknown} of them it is unknown.`;
  return html`<p class="note">The first SOL of these ${plural(muster.members.length, "wallet")} came from ${plural(funders.distinct, "distinct funder")}, one hop back.${unknown} A funder is a wallet, often an exchange's; this counts no people.</p>`;
}

export const listOf = (words: readonly string[], none: string): string =>
  words.length === 0 ? html`${none}` : html`${words.join("; ")}`;

/** As they were last seen: the issuer may gain some while the call runs. */
const powersPart = ({ powers }: ShownCall): string =>
  listOf(powers.map(powerWords), "do nothing of what we look for: freeze, transfer fee, transfer hook");

const publishedPart = (call: ShownCall): string =>
  call.announcement === null
    ? html`nobody yet`
    : transactionOf(call.announcement.signature, explorersFor(call));

/** From the announcement on, and for as long as the call is watched. */
function salesPart(call: ShownCall, { decimals }: TokenFacts): string {
  const { sales, salesLeftOff, salesUnread, announcement, muster } = call;
  if (announcement === null && muster === null) return "";
  const explorers = explorersFor(call);
  const unit = decimals === undefined ? "base units" : "tokens";
  const title = html`<h3>What left the caller's wallets since the announcement</h3>`;
  const unread = salesUnread.map((wallet) => linked(wallet, explorers?.account(wallet))).join(", ");
  const rest =
    unread === ""
      ? ""
      : html`<p class="note">Not read to its end: the history of !${unread}. There may be more. The reading goes on.</p>`;
  if (sales.length === 0)
    return html`!${title}<p class="note">Nothing was seen. They are watched for thirty days after the end.</p>!${rest}`;
  const more = salesLeftOff
    ? html` More were found than these ${String(sales.length)}; in none of them more tokens left.`
    : "";
  const rows = sales
    .slice(0, ROWS_AT_MOST)
    .map(
      ({ wallet, tokens, signature }) =>
        html`<li>${formatTokens(tokens, decimals)} ${unit} left !${linked(wallet, explorers?.account(wallet))}: !${transactionOf(signature, explorers)}</li>`,
    );
  return html`!${title}<ul class="asides">!${rows}</ul><p class="note">Each was sold, or sent away; a gift looks the same.${more}</p>!${rest}`;
}

/** Nobody is asked to join a call that is over. Its wallets are the browser's, so only the words around them are here. */
const joinPart = ({ ended }: ShownCall): string =>
  html`<h2 id="join-title">${ended === null ? "Join with your own wallet" : "Joining is over"}</h2>`;

type LivePart = (call: ShownCall, token: TokenFacts) => string;

/** The parts by the `data-part` of the element that holds them. */
export const LIVE_PARTS = {
  top: topPart,
  join: joinPart,
  powers: powersPart,
  published: publishedPart,
  reach: reachPart,
  pledges: pledgesPart,
  muster: musterPart,
  sales: salesPart,
} as const satisfies Record<string, LivePart>;

export type PartName = keyof typeof LIVE_PARTS;

export const livePart = (name: PartName, call: ShownCall, token: TokenFacts): string =>
  html`<div data-part="${name}">!${LIVE_PARTS[name](call, token)}</div>`;
