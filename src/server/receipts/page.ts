/**
 * Renders the public receipt as a page: the request, the rule for the amounts, each wallet's result, and how to
 * verify it.
 */

import { html } from "ghtml";
import { type ClusterName, clusterNameOf } from "../../base/cluster-name.ts";
import { underPublicUrl } from "../../base/public-url.ts";
import { formatSol } from "../../base/sol.ts";
import { labelWords } from "../../base/token-label.ts";
import { formatTokens, grouped } from "../../contract/amount.ts";
import { isUnderWay } from "../../engine/ports.ts";
import type { Receipt } from "../../receipts/index.ts";
import { mintWords, priceWords } from "../../receipts/price-words.ts";
import { callSection } from "./call-section.ts";
import { documentOf } from "./document.ts";
import { type Explorers, explorersOf } from "./explorers.ts";
import { legTable } from "./legs.ts";
import { code, entry, linked } from "./pieces.ts";
import { returnedLamports, returnedSection } from "./returned.ts";
import type { Wording } from "./tone.ts";
import { verifySection } from "./verify-section.ts";
import { LEG_WORDS, MODE_WORDS, wordingOf } from "./words.ts";

const timeOf = (iso: string): string =>
  html`<time datetime="${iso}">${iso.slice(0, 10)} ${iso.slice(11, 19)} UTC</time>`;

const short = (address: string): string => `${address.slice(0, 4)}…${address.slice(-4)}`;

const plural = (count: number, noun: string): string => `${count} ${noun}${count === 1 ? "" : "s"}`;

/** Returns a headline such as "10 wallets bought 7xKX…9fQe together". It is true for every outcome. */
function headlineOf(receipt: Receipt): string {
  const { status, totals, asked, purpose, recovered = [] } = receipt;
  if (purpose === "sweep") {
    return `${plural(recovered.length, "wallet")} returned ${formatSol(returnedLamports(receipt))} SOL to the funding wallet`;
  }
  const token = short(asked.token);
  const wallets = plural(totals.legs, "wallet");
  if (totals.landed > 0 && totals.landed < totals.legs)
    return `${totals.landed} of ${wallets} bought ${token}`;
  if (totals.landed > 0) return `${wallets} bought ${token}${totals.legs > 1 ? " together" : ""}`;
  if (isUnderWay({ status })) return `A call to buy ${token}`;
  return `No wallet bought ${token}`;
}

function descriptionOf(receipt: Receipt, { label }: Wording): string {
  const { totals, asked, decimals, purpose } = receipt;
  if (purpose === "sweep") {
    return `${label}: ${formatSol(returnedLamports(receipt))} SOL went back. Every transfer carries a public memo; anyone can check it.`;
  }
  const spent = `${formatSol(BigInt(totals.lamports))} of ${formatSol(BigInt(asked.lamports))} SOL`;
  const got =
    totals.tokens === undefined || totals.landed === 0
      ? ""
      : ` for ${formatTokens(totals.tokens, decimals)} tokens`;
  return `${label}: ${totals.landed} of ${plural(totals.legs, "wallet")} landed, ${spent}${got}. Every purchase carries a public memo; anyone can check it.`;
}

/** Rounds down to six significant digits, with a mark. Each wallet's row shows the exact price. */
const roughly = (price: string): string => {
  const short = /^[0.]*\d(?:\.?\d){0,5}/.exec(price)?.[0] ?? price;
  return short === price ? price : `≈ ${short}`;
};

const figure = (label: string, value: string, note: string): string =>
  html`<div class="figure"><dt>${label}</dt><dd><strong class="${value.length > 14 ? "long" : ""}">${value}</strong> <span>${note}</span></dd></div>`;

function sweptFigures(receipt: Receipt): string {
  const { recovered = [], asked } = receipt;
  const back = `${formatSol(returnedLamports(receipt))} SOL`;
  return html`<dl class="figures">
!${figure("Wallets", String(recovered.length), "each at most once")}
!${figure("Returned", back, `of ${formatSol(BigInt(asked.lamports))} SOL asked for`)}
</dl>`;
}

function figures(receipt: Receipt): string {
  if (receipt.purpose === "sweep") return sweptFigures(receipt);
  const { totals, decimals, asked } = receipt;
  const tokens =
    totals.tokens !== undefined && totals.landed > 0 ? formatTokens(totals.tokens, decimals) : null;
  return html`<dl class="figures">
!${figure("Wallets landed", `${totals.landed} of ${totals.legs}`, totals.legs === 0 ? "no plan was written" : "each at most once")}
!${figure("Spent on the token", `${formatSol(BigInt(totals.lamports))} SOL`, `of ${formatSol(BigInt(asked.lamports))} SOL asked for`)}
!${figure("Tokens received", tokens ?? "—", decimals === undefined && tokens !== null ? "base units" : "over all wallets")}
!${figure("Average price", totals.price === undefined ? "—" : roughly(totals.price), "SOL per token")}
</dl>`;
}

/** Counts the wallets by state, with confirmed and final separate. */
function tally({ legs }: Receipt): string {
  const counts = Object.entries(LEG_WORDS)
    .map(([status, words]) => ({ ...words, count: legs.filter((leg) => leg.status === status).length }))
    .filter(({ count }) => count > 0);
  if (counts.length === 0) return "";
  return html`<ul class="tally" aria-label="Wallets by state">!${counts.map(
    ({ label, tone, says, count }) =>
      html`<li><span class="state ${tone}">${String(count)} ${label}</span> <span class="says">${says}</span></li>`,
  )}</ul>`;
}

/** The label appears beside the address and never replaces it, because anyone may give a token any name. */
const labelNote = ({ asked: { tokenLabel } }: Receipt): string =>
  tokenLabel === undefined
    ? ""
    : html` <small class="calls">calls itself <bdi>${labelWords(tokenLabel)}</bdi>: anyone may give a token any name, and nobody has checked this one</small>`;

function askedSection(receipt: Receipt, explorers: Explorers | null, cluster: ClusterName | null): string {
  const { asked, venue, price, split, finishedAt, operationId, purpose, genesisHash } = receipt;
  const buys = purpose === undefined;
  const place =
    cluster === null
      ? "not known: no endpoint answers"
      : cluster === "a private cluster"
        ? "a private cluster (localnet)"
        : `Solana ${cluster}`;
  return html`<section aria-labelledby="asked">
<h2 id="asked">What was asked</h2>
<dl class="facts">
!${buys ? entry("Token", html`!${linked(asked.token, explorers?.account(asked.token))}!${labelNote(receipt)}`) : ""}
!${entry("Amount", html`${formatSol(BigInt(asked.lamports))} SOL <small>${grouped(asked.lamports)} lamports, over all wallets</small>`)}
!${buys ? entry("Who pays", html`${MODE_WORDS[asked.mode]}`) : ""}
!${entry("Rule of the amounts", html`${split}`)}
!${buys ? entry("Venue", html`${venue ?? "not chosen yet"} <small>asked for: ${asked.platform}</small>`) : ""}
!${price === undefined ? "" : entry("Price", html`${priceWords(price)} <small>${mintWords(price) ?? ""}</small>`)}
!${entry("Cluster", html`${place} <small>${genesisHash === undefined ? "" : `genesis hash ${genesisHash}`}</small>`)}
!${entry("Accepted", timeOf(asked.at))}
!${finishedAt === undefined ? "" : entry("Ended", timeOf(finishedAt))}
!${entry("Operation", code(operationId))}
</dl>
</section>`;
}

function costsSection({ costs }: Receipt): string {
  const row = (term: string, lamports: string): string =>
    entry(term, html`${formatSol(BigInt(lamports))} SOL <small>${grouped(lamports)} lamports</small>`);
  return html`<section aria-labelledby="costs">
<h2 id="costs">Costs beside the purchases</h2>
<dl class="facts">
!${row("Network fees", costs.networkLamports)}
!${row("Priority fees", costs.priorityLamports)}
!${row("Rents of new accounts", costs.rentLamports)}
</dl>
</section>`;
}

const failureNote = ({ failure }: Receipt): string =>
  failure === undefined
    ? ""
    : html`<p class="failure"><strong>Why:</strong> ${failure.message} !${code(failure.code)}</p>`;

/** A reader of one operation must not miss that the same wallets bought in another one. */
function retryNotes({ retryOf, retriedBy }: Receipt): string[] {
  const to = (id: string): string => linked(id, `/r/${id}`);
  return [
    ...(retryOf === undefined
      ? []
      : [html`<p class="retry">This operation retries !${to(retryOf)}: it buys what that one did not.</p>`]),
    ...(retriedBy === undefined
      ? []
      : [html`<p class="retry">What this operation did not buy, !${to(retriedBy)} was asked to buy.</p>`]),
  ];
}

/** Incidents appear at the top, so that a reader cannot miss them in the table. */
const incidentNotes = ({ incidents = [], decimals }: Receipt): string[] =>
  incidents.map(
    ({ leg, received, least, signature }) =>
      html`<p class="failure"><strong>Incident:</strong> wallet ${String(leg)} paid and received ${formatTokens(received, decimals)} tokens, less than the ${formatTokens(least, decimals)} that it signed for. !${code(signature)}</p>`,
  );

/**
 * Renders a receipt.
 *
 * @param publicUrl the absolute base URL of receipts; null if it is not configured
 * @example
 * reply.type("text/html").send(receiptPage(receipt, null));
 */
export function receiptPage(receipt: Receipt, publicUrl: string | null): string {
  const { genesisHash } = receipt;
  const cluster = genesisHash === undefined ? null : clusterNameOf(genesisHash);
  const explorers = explorersOf(cluster);
  const wording = wordingOf(receipt);
  const headline = headlineOf(receipt);
  const path = `/r/${receipt.operationId}`;
  const body = html`<main>
<header class="top">
<p class="brand">CTO receipt <span>call to others, in the open</span></p>
<p class="state ${wording.tone} big">${wording.label}</p>
<h1>${headline}</h1>
<p class="lead">${wording.says}</p>
!${retryNotes(receipt)}
!${failureNote(receipt)}
!${incidentNotes(receipt)}
</header>
!${figures(receipt)}
!${receipt.purpose === "sweep" ? "" : tally(receipt)}
!${askedSection(receipt, explorers, cluster)}
!${receipt.purpose === "sweep" ? "" : legTable(receipt, explorers)}
!${returnedSection(receipt, explorers)}
!${callSection(receipt, explorers)}
!${costsSection(receipt)}
!${verifySection(receipt, explorers)}
<footer><p>The same as data: <a href="${path}.json">${path}.json</a>. This page names wallets and amounts, as the chain does, and no person.</p></footer>
</main>`;
  return documentOf({
    title: `${headline} · CTO receipt`,
    description: descriptionOf(receipt, wording),
    url: publicUrl === null ? null : underPublicUrl(publicUrl, path),
    body,
  });
}

/** Renders the page for a call that has no receipt yet. */
export const noReceiptYetPage = (callId: string): string =>
  documentOf({
    title: "No receipt yet",
    description: "This call has no receipt yet.",
    url: null,
    body: html`<main><header class="top"><p class="brand">CTO receipt <span>call to others, in the open</span></p>
<p class="state calm big">Not yet</p><h1>This call has no receipt yet</h1>
<p class="lead">A call has a receipt once its members begin to sign. Until then its own page says how it stands: !${linked(callId, `/c/${callId}`)}.</p></header></main>`,
  });

/** Renders the page for an unknown operation. */
export const unknownReceiptPage = (): string =>
  documentOf({
    title: "No such receipt",
    description: "There is no operation with this id.",
    url: null,
    body: html`<main><header class="top"><p class="brand">CTO receipt <span>call to others, in the open</span></p>
<p class="state calm big">Not found</p><h1>There is no such receipt</h1>
<p class="lead">No operation has this id here. Check the link: ids are case-sensitive, and each installation has its own.</p></header></main>`,
  });
