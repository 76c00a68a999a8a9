/** Renders what wallets have returned to the funding wallet: the amounts, the slots, and the memos that prove it. */

import { html } from "ghtml";
import { formatSol } from "../../base/sol.ts";
import { grouped } from "../../contract/amount.ts";
import { hasLanded } from "../../engine/ports.ts";
import type { Receipt } from "../../receipts/index.ts";
import type { Explorers } from "./explorers.ts";
import { code, entry, linked, transactionOf } from "./pieces.ts";
import { RETURN_WORDS } from "./words.ts";

/** The sum of the lamports that landed back in the funding wallet. */
export const returnedLamports = ({ recovered = [] }: Pick<Receipt, "recovered">): bigint =>
  recovered
    .filter(({ status }) => hasLanded(status))
    .reduce((sum, { lamports }) => sum + BigInt(lamports), 0n);

export function returnedSection({ recovered = [] }: Receipt, explorers: Explorers | null): string {
  if (recovered.length === 0) return "";
  const items = recovered.map(({ leg, address, lamports, status, signature, slot, memo }) => {
    const { label, tone } = RETURN_WORDS[status];
    const amount = html`${formatSol(BigInt(lamports))} SOL <small>${grouped(lamports)} lamports</small> <span class="state ${tone}">${label}</span>`;
    return html`<dl class="facts">
!${entry(`Leg ${leg}`, amount)}
!${entry("Wallet", linked(address, explorers?.account(address)))}
!${entry("Transaction", transactionOf(signature, explorers))}
!${entry("Memo", code(memo))}
!${slot === undefined ? "" : entry("Slot", html`${grouped(slot)}`)}
</dl>`;
  });
  return html`<section aria-labelledby="returned">
<h2 id="returned">Returned to the funding wallet</h2>
!${items}
</section>`;
}
