/**
 * Renders the public page of a call. Without JavaScript it is a statement of the call: terms, hash, disclosures,
 * pledges, muster and result. The browser adds the live parts and the wallets (web/src/call/).
 */

import { html } from "ghtml";
import { clusterNameOf } from "../../base/cluster-name.ts";
import { underPublicUrl } from "../../base/public-url.ts";
import { formatTokens } from "../../base/token-amount.ts";
import { documentOf, policyOf } from "../receipts/document.ts";
import { code, entry, linked } from "../receipts/pieces.ts";
import { momentOf, plural, solOf } from "./amounts.ts";
import { explorersFor, headlineOf, listOf, livePart } from "./live-parts.ts";
import type { ShownCall, TokenFacts } from "./shown-call.ts";
import { CALL_STYLE } from "./style.ts";
import { callWords, powerWords } from "./words.ts";

/** The script is this server's own file, and it talks to this server alone. */
export const CALL_PAGE_POLICY = policyOf(CALL_STYLE, ["script-src 'self'", "connect-src 'self'"]);

/** The built file of web/src/call/main.tsx. Its name has no hash, because this page must know it. */
const SCRIPT = "/app/call.js";

const BRAND = html`<p class="brand">CTO call <span>call to others, in the open</span></p>`;

const labelNote = ({ label }: TokenFacts): string =>
  label === undefined
    ? ""
    : html` <small class="calls">calls itself <bdi>${label}</bdi>: anyone may give a token any name, and nobody has checked this one</small>`;

function termsSection(call: ShownCall, token: TokenFacts): string {
  const { terms, termsHash, memo, callId } = call;
  const explorers = explorersFor(call);
  const { perWallet } = terms;
  const cluster = clusterNameOf(terms.cluster);
  return html`<section aria-labelledby="terms">
<h2 id="terms">The terms, which never change</h2>
<dl class="facts">
!${entry("Token", html`!${linked(terms.mint, explorers?.account(terms.mint))}!${labelNote(token)}`)}
!${entry("Its issuer can", livePart("powers", call, token))}
!${entry(
    "The caller refuses",
    listOf(
      terms.refuses.map((power) => `an issuer that can ${powerWords(power)}`),
      "none of these powers",
    ),
  )}
!${entry("Venue", html`${terms.platform === "auto" ? "found when the muster begins" : terms.platform}`)}
!${entry("Highest price", html`${terms.maxPrice} SOL per whole token <small>Every transaction enforces it: it fails rather than pay more, fees included.</small>`)}
!${entry("In all", html`at least ${solOf(terms.leastLamports)} of ${plural(terms.leastWallets, "wallet")}, at most ${solOf(terms.mostLamports)} <small>Below the least, nothing is sent. Above it, each lands or fails alone.</small>`)}
!${entry("Each wallet", html`${solOf(perWallet.leastLamports)} to ${solOf(perWallet.mostLamports)}`)}
!${entry("Opens", momentOf(terms.opensAt))}
!${entry("Closes", momentOf(terms.closesAt))}
!${entry("Muster", html`begins ${terms.startedBy === undefined ? "as soon as the least is reached" : "when the caller starts it, while the least is reached"}, and lasts at most ${String(terms.musterSeconds)} seconds`)}
!${entry("Cluster", html`${cluster === "a private cluster" ? "a private cluster" : `Solana ${cluster}`} <small>genesis hash ${terms.cluster}</small>`)}
!${entry("Call", code(callId))}
!${entry("Hash of the terms", html`!${code(termsHash)} <small>SHA-256 of their canonical JSON, which is in <a href="/c/${callId}.json">/c/${callId}.json</a></small>`)}
!${entry("Published as", html`!${code(memo)}`)}
!${entry("Published by", livePart("published", call, token))}
</dl>
</section>`;
}

function disclosureSection(call: ShownCall, token: TokenFacts): string {
  const { caller } = call.terms;
  const { decimals } = token;
  const explorers = explorersFor(call);
  const unit = decimals === undefined ? "base units" : "tokens";
  const wallets = caller.wallets.map(
    ({ address, tokens }) =>
      html`<li>!${linked(address, explorers?.account(address))} <small>held ${formatTokens(tokens, decimals)} ${unit} when the call was made</small></li>`,
  );
  const calls = caller.pastCalls.map((id) => html`<a href="/c/${id}">!${code(id)}</a>`);
  return html`<section aria-labelledby="caller">
<h2 id="caller">What the caller discloses</h2>
<dl class="facts">
!${entry("Signs the terms", linked(caller.wallet, explorers?.account(caller.wallet)))}
!${entry("Own wallets", html`<ul class="asides">!${wallets}</ul>`)}
!${entry("Past calls", calls.length === 0 ? html`none` : calls.join(", "))}
</dl>
<p class="note">The caller states this. It was compared with the chain and with the calls that are known here; wallets that the caller does not name cannot be found this way.</p>
!${livePart("sales", call, token)}
</section>`;
}

const joinSection = (call: ShownCall, token: TokenFacts): string =>
  html`<section id="join" aria-labelledby="join-title">
!${livePart("join", call, token)}
<div id="join-app"><p class="note">${call.ended === null ? "Joining needs JavaScript and a wallet in this browser. All else on this page is complete without them." : "This call is over. Nothing can be joined or signed any more."}</p></div>
</section>`;

const RISKS = html`<section aria-labelledby="risks">
<h2 id="risks">What can go wrong</h2>
<ul class="asides">
<li>You may lose all that you spend: a token may be worth nothing. Nobody here says what it is worth.</li>
<li>Transactions of several wallets are not one. After enough wallets have signed, each lands or fails on its own.</li>
<li>A transaction that fails on chain costs its fee.</li>
<li>A member can send the own transaction alone. It may then buy without the others.</li>
<li>The caller, and anyone else, may sell at any time. Nothing prevents it.</li>
</ul>
</section>`;

const operatorSection = (text: string | null): string =>
  text === null
    ? ""
    : html`<section aria-labelledby="operator"><h2 id="operator">Terms of this installation's operator</h2><p class="operator" tabindex="0">${text}</p></section>`;

export type CallPageOptions = {
  readonly token: TokenFacts;
  /** The operator's own terms, plain text; null: there are none. */
  readonly operatorTerms: string | null;
  /** The absolute base URL of this server; null if it is not configured. */
  readonly publicUrl: string | null;
  /** The page counts down by this server's clock. */
  readonly now: Date;
};

/**
 * Renders a call.
 *
 * @example
 * reply.type("text/html").send(callPage(call, { token: {}, operatorTerms: null, publicUrl: null, now: new Date() }));
 */
export function callPage(call: ShownCall, { token, operatorTerms, publicUrl, now }: CallPageOptions): string {
  const headline = headlineOf(call);
  const path = `/c/${call.callId}`;
  const { leastLamports, leastWallets } = call.terms;
  const body = html`<main id="call" data-call="${call.callId}" data-decimals="${String(token.decimals ?? "")}" data-now="${now.toISOString()}">
<header class="top">
!${BRAND}
!${livePart("top", call, token)}
</header>
<section aria-labelledby="reach">!${livePart("reach", call, token)}</section>
!${joinSection(call, token)}
!${termsSection(call, token)}
!${disclosureSection(call, token)}
<section aria-labelledby="muster">!${livePart("muster", call, token)}</section>
<section aria-labelledby="pledges">!${livePart("pledges", call, token)}</section>
!${RISKS}
!${operatorSection(operatorTerms)}
<footer><p>The same as data: <a href="${path}.json">${path}.json</a>. This page names wallets and amounts, as the chain does, and no person. It takes no fee and holds no money.</p></footer>
</main>`;
  return documentOf({
    title: `${headline} · CTO call`,
    description: `${callWords(call).label}: at least ${solOf(leastLamports)} of ${plural(leastWallets, "wallet")}, each with its own wallet, or nothing is sent.`,
    url: publicUrl === null ? null : underPublicUrl(publicUrl, path),
    body,
    site: "CTO calls",
    style: CALL_STYLE,
    script: SCRIPT,
  });
}

/** Renders the page for an unknown call. */
export const unknownCallPage = (): string =>
  documentOf({
    title: "No such call",
    description: "There is no call with this id.",
    url: null,
    site: "CTO calls",
    style: CALL_STYLE,
    body: html`<main><header class="top">!${BRAND}
<p class="state calm big">Not found</p><h1>There is no such call</h1>
<p class="lead">No call has this id here. Check the link: ids are case-sensitive, and each installation has its own.</p></header></main>`,
  });
