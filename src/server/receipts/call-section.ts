/** Renders what the receipt of an open call says beside that of an operation: its terms, who signed, and the caller's own wallets. */
import { html } from "ghtml";
import { formatSol } from "../../base/sol.ts";
import type { Receipt } from "../../receipts/index.ts";
import type { Explorers } from "./explorers.ts";
import { code, entry, linked, transactionOf } from "./pieces.ts";

const walletsOf = ({ wallets, lamports }: { readonly wallets: number; readonly lamports: string }): string =>
  html`${String(wallets)} wallets <small>${formatSol(BigInt(lamports))} SOL</small>`;

export function callSection({ call, legs }: Receipt, explorers: Explorers | null): string {
  if (call === undefined) return "";
  const { termsHash, announcement, pledged, signed, dropped } = call;
  const own = legs.filter(({ caller }) => caller === true);
  return html`<section aria-labelledby="call">
<h2 id="call">The open call</h2>
<dl class="facts">
!${entry("Hash of the terms", code(termsHash))}
!${announcement === undefined ? "" : entry("Published by", transactionOf(announcement, explorers))}
!${entry("Pledged", walletsOf(pledged))}
!${entry("Signed", walletsOf(signed))}
!${entry("Signed and dropped", html`${String(dropped)} wallets`)}
!${entry("The caller's own wallets", own.length === 0 ? html`none of these` : own.map(({ address }) => linked(address, explorers?.account(address))).join(" "))}
</dl>
</section>`;
}
