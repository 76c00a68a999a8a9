/** Renders the wallets of a receipt: the amounts, the slot where each landed, and the memo that proves it. */
import { html } from "ghtml";
import { formatSol } from "../../base/sol.ts";
import { formatTokens, grouped } from "../../contract/amount.ts";
import { hasLanded } from "../../engine/ports.ts";
import type { Receipt, ReceiptLeg } from "../../receipts/index.ts";
import type { Explorers } from "./explorers.ts";
import { code, entry, linked, transactionOf } from "./pieces.ts";
import { LEG_WORDS } from "./words.ts";

/** We state the ARIA roles explicitly, because the narrow layout removes the table's implicit roles. */
const cell = (label: string, content: string, kind = ""): string =>
  html`<td role="cell" data-label="${label}" class="${kind}"><span>!${content}</span></td>`;

/** A leg that has not landed has spent nothing: its lamports are what was asked. */
const askedOrSpent = ({ status }: ReceiptLeg, amount: string): string =>
  hasLanded(status) ? html`${amount}` : html`asked ${amount}`;

const amount = (text: string | undefined): string => html`${text ?? "—"}`;

function detailsOf(leg: ReceiptLeg, explorers: Explorers | null): string {
  const { address, payer, memo, signature, failure } = leg;
  return html`<dl>
!${entry("Wallet", linked(address, explorers?.account(address)))}
!${entry("Amount", html`!${askedOrSpent(leg, grouped(leg.lamports))} lamports`)}
!${payer === undefined || payer === address ? "" : entry("Paid by", linked(payer, explorers?.account(payer)))}
!${signature === undefined ? "" : entry("Transaction", transactionOf(signature, explorers))}
!${entry("Memo", code(memo))}
!${failure === undefined ? "" : entry("Why", html`<span class="why">${failure.message}</span> !${code(failure.code)}`)}
</dl>`;
}

const short = (text: string): string => `${text.slice(0, 8)}…${text.slice(-8)}`;

/**
 * Renders a landed leg as one closed line, so that ten wallets fit on one screen. The details of any other leg are
 * open.
 */
function foldOf(leg: ReceiptLeg, explorers: Explorers | null): string {
  const { address, signature, status } = leg;
  const sent = signature === undefined ? "" : html` · <code>${short(signature)}</code>`;
  const open = hasLanded(status) ? "" : " open";
  return html`<details!${open}><summary><code>${short(address)}</code>!${sent}</summary>!${detailsOf(leg, explorers)}</details>`;
}

function rowsOf(leg: ReceiptLeg, { decimals }: Receipt, explorers: Explorers | null): string {
  const { label, tone } = LEG_WORDS[leg.status];
  const tokens = leg.tokens === undefined ? undefined : formatTokens(leg.tokens, decimals);
  return html`<tbody role="rowgroup"><tr role="row" class="sums">
<th role="rowheader" scope="row">${String(leg.leg)}</th>
!${cell("State", html`<span class="state ${tone}">${label}</span>`)}
!${cell("SOL", askedOrSpent(leg, formatSol(BigInt(leg.lamports))), "number")}
!${cell("Tokens", amount(tokens), "number")}
!${cell("SOL per token", amount(leg.price), "number")}
!${cell("Slot", amount(leg.slot === undefined ? undefined : grouped(leg.slot)), "number")}
</tr><tr role="row" class="details"><td role="cell" colspan="6">!${foldOf(leg, explorers)}</td></tr></tbody>`;
}

const COLUMNS = ["Leg", "State", "SOL", "Tokens", "SOL per token", "Slot"];

export function legTable(receipt: Receipt, explorers: Explorers | null): string {
  const { legs, genesisHash } = receipt;
  const heads = COLUMNS.map(
    (title, at) => html`<th role="columnheader" scope="col" class="${at > 1 ? "number" : ""}">${title}</th>`,
  );
  const note =
    explorers === null && genesisHash !== undefined
      ? html`<p class="note">This operation ran on a private cluster, which no public explorer shows; its own RPC endpoint answers the same questions.</p>`
      : "";
  if (legs.length === 0) {
    return html`<section aria-labelledby="wallets"><h2 id="wallets">Wallets</h2><p class="note">No plan was written: no wallet has signed anything.</p></section>`;
  }
  return html`<section aria-labelledby="wallets">
<h2 id="wallets">Wallets, in their order</h2>
!${note}
<table role="table" aria-labelledby="wallets">
<thead role="rowgroup"><tr role="row">!${heads}</tr></thead>
!${legs.map((leg) => rowsOf(leg, receipt, explorers))}
</table>
</section>`;
}
