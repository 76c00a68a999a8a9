/**
 * Shows the entries of lookup tables on chain, and which of the accounts that all buys share are missing. Reads only.
 */
import type { Address } from "@solana/kit";
import type { Chain } from "../engine/ports.ts";
import { CTOError } from "../errors/index.ts";
import { readLookupTable } from "../venues/lookup-tables.ts";
import { stableAccounts } from "../venues/stable-accounts.ts";

export type LookupTableView = {
  readonly table: Address;
  readonly authority: Address | null;
  /** False while the table is being closed, and in the slot of its last change. */
  readonly isUsable: boolean;
  readonly entries: readonly Address[];
  /** The venues' stable accounts that are not among the entries. */
  readonly lacks: readonly Address[];
};

/** @throws `CTO_E_LOOKUP_TABLE_UNKNOWN`, and the errors of `fetchAccounts` */
export async function viewLookupTables(
  chain: Pick<Chain, "fetchAccounts">,
  tables: readonly Address[],
): Promise<LookupTableView[]> {
  const { slot, accounts } = await chain.fetchAccounts(tables);
  const wanted = await stableAccounts();
  return tables.map((table) => {
    const read = readLookupTable(accounts.get(table));
    if (read === null) throw new CTOError("CTO_E_LOOKUP_TABLE_UNKNOWN", { table });
    const { authority, entries, isActive, lastExtendedSlot } = read;
    const lacks = wanted.filter((account) => !entries.includes(account));
    return { table, authority, isUsable: isActive && slot > lastExtendedSlot, entries, lacks };
  });
}
