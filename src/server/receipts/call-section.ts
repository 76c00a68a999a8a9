/** Renders what the receipt of an open call says beside that of an operation: its terms, its funders, the caller's sales. */
import { html } from "ghtml";
import { formatSol } from "../../base/sol.ts";
import { formatTokens } from "../../contract/amount.ts";
import type { Receipt } from "../../receipts/index.ts";
import type { Explorers } from "./explorers.ts";
import { code, entry, linked, transactionOf } from "./pieces.ts";

const walletsOf = ({ wallets, lamports }: { readonly wallets: number; readonly lamports: string }): string =>
  html`${String(wallets)} wallets <small>${formatSol(BigInt(lamports))} SOL</small>`;

export function callSection({ call, legs, decimals }: Receipt, explorers: Explorers | null): string {
  if (call === undefined) return "";
  const {
    termsHash,
    announcement,
    pledged,
    signed,
    dropped,
    released,
    leastLanded,
    funders,
    sales,
    salesLeftOff,
    salesUnread,
  } = call;
  const own = legs.filter(({ caller }) => caller === true);
  const funded =
    funders === undefined
      ? html`not looked up yet`
      : html`${String(funders.distinct)} <small>of ${String(legs.length)} wallets; unknown for ${String(funders.unknown)}. Funders are wallets, one hop back, and no count of people.</small>`;
  const sold = sales.map(
    ({ wallet, tokens, signature }) =>
      html`<p>${formatTokens(tokens, decimals)} tokens left !${linked(wallet, explorers?.account(wallet))}: !${transactionOf(signature, explorers)}</p>`,
  );
  const more = salesLeftOff
    ? html`<p>More were found than these ${String(sales.length)}; in none of them more tokens left.</p>`
    : "";
  const unread =
    salesUnread.length === 0
      ? ""
      : html`<p>Not read to its end: the history of !${salesUnread.map((wallet) => linked(wallet, explorers?.account(wallet))).join(", ")}. There may be more.</p>`;
  return html`<section aria-labelledby="call">
<h2 id="call">The open call</h2>
<dl class="facts">
!${entry("Hash of the terms", code(termsHash))}
!${announcement === undefined ? "" : entry("Published by", transactionOf(announcement, explorers))}
!${entry("Pledged", walletsOf(pledged))}
!${entry("Signed", walletsOf(signed))}
!${entry("Signed and dropped", html`${String(dropped)} wallets`)}
!${entry("Signatures for the least in hand", released ? html`yes` : html`no: nothing was sent but by members`)}
!${entry("The least has landed", leastLanded ? html`yes` : html`no`)}
!${entry("Distinct funders", funded)}
!${entry("The caller's own wallets", own.length === 0 ? html`none of these` : own.map(({ address }) => linked(address, explorers?.account(address))).join(" "))}
!${entry("Tokens that left the caller's wallets since", sold.length === 0 ? html`none seen!${unread}` : sold.join("") + more + unread)}
</dl>
</section>`;
}
