/** Renders the members of a muster: who has signed, and what landed for each wallet. */
import { html } from "ghtml";
import { formatTokens, grouped } from "../../base/token-amount.ts";
import type { Explorers } from "../receipts/explorers.ts";
import { code, entry, linked, transactionOf } from "../receipts/pieces.ts";
import { solOf } from "./amounts.ts";
import type { ShownMember } from "./shown-call.ts";
import { memberWords } from "./words.ts";

type Facts = {
  readonly decimals: number | undefined;
  readonly explorers: Explorers | null;
  readonly isOver: boolean;
};

function funderOf(funder: string, explorers: Explorers | null): string {
  if (funder === "unknown") return html`unknown <small>not within one hop and three pages of history</small>`;
  return linked(funder, explorers?.account(funder));
}

const cell = (label: string, content: string, kind = ""): string =>
  html`<td role="cell" data-label="${label}" class="${kind}"><span>!${content}</span></td>`;

function detailsOf(member: ShownMember, explorers: Explorers | null): string {
  const { wallet, caller, way, memo, signature, sentByMember, spent, funder } = member;
  return html`<dl>
!${entry("Wallet", html`!${linked(wallet, explorers?.account(wallet))}!${caller ? html` <strong>the caller's own</strong>` : ""}`)}
!${funder === undefined ? "" : entry("Funded by", funderOf(funder, explorers))}
!${entry("Memo", code(memo))}
!${way === "sends" ? entry("Way", html`This wallet can only sign and send.`) : ""}
!${signature === undefined ? "" : entry("Transaction", transactionOf(signature, explorers))}
!${sentByMember === undefined ? "" : entry("Sent by", html`its member, and not by us`)}
!${spent === undefined ? "" : entry("Left the wallet", html`${solOf(spent)}, with fees and rents`)}
</dl>`;
}

function rowsOf(member: ShownMember, { decimals, explorers, isOver }: Facts): string {
  const { label, tone, says } = memberWords(member, isOver);
  const tokens = member.tokens === undefined ? "—" : formatTokens(member.tokens, decimals);
  return html`<tbody role="rowgroup"><tr role="row" class="sums">
<th role="rowheader" scope="row">${String(member.leg)}</th>
!${cell("State", html`<span class="state ${tone}" title="${says}">${label}</span>`)}
!${cell("Amount", html`${solOf(member.lamports)}`, "number")}
!${cell("Tokens", html`${tokens}`, "number")}
!${cell("Slot", html`${member.slot === undefined ? "—" : grouped(member.slot)}`, "number")}
</tr><tr role="row" class="details"><td role="cell" colspan="5">!${detailsOf(member, explorers)}</td></tr></tbody>`;
}

const COLUMNS = ["Leg", "State", "Amount", "Tokens", "Slot"];

export function memberTable(members: readonly ShownMember[], facts: Facts): string {
  const heads = COLUMNS.map(
    (title, at) => html`<th role="columnheader" scope="col" class="${at > 1 ? "number" : ""}">${title}</th>`,
  );
  return html`<table role="table" aria-labelledby="muster">
<thead role="rowgroup"><tr role="row">!${heads}</tr></thead>
!${members.map((member) => rowsOf(member, facts))}
</table>`;
}
