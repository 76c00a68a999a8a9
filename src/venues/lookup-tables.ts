/**
 * Reads address lookup tables from the chain. We do not trust an API's copy of a table: a wrong entry would make the
 * signed transaction use other accounts than those that we checked.
 */
import { type Address, address, getAddressDecoder } from "@solana/kit";
import type { Chain, RawAccount } from "../engine/ports.ts";

const PROGRAM = address("AddressLookupTab1e1111111111111111111111111");
/** `LookupTableMeta` of solana-address-lookup-table-interface, after a u32 with the account's type. */
const IS_TABLE = 1;
const DEACTIVATED_AT = 4;
const LAST_EXTENDED_AT = 12;
const HAS_AUTHORITY_AT = 21;
const AUTHORITY_AT = 22;
/** `LOOKUP_TABLE_META_SIZE`: the entries begin after it. */
const HEADER_SIZE = 56;
const ADDRESS_SIZE = 32;
/** u64::MAX: no one has requested to close the table. */
const NEVER = 0xffff_ffff_ffff_ffffn;

export type LookupTable = {
  readonly entries: readonly Address[];
  /** Null if no one can change it any more. */
  readonly authority: Address | null;
  /** New entries are valid from the slot after this one. */
  readonly lastExtendedSlot: bigint;
  /** False if the table is being closed: transactions that use it will fail. */
  readonly isActive: boolean;
};

/** Returns null if the account is not a lookup table. */
export const readLookupTable = (account: RawAccount | null | undefined): LookupTable | null => {
  if (account == null || account.owner !== PROGRAM) return null;
  const { data } = account;
  if (data.length < HEADER_SIZE || (data.length - HEADER_SIZE) % ADDRESS_SIZE !== 0) return null;
  const view = new DataView(data.buffer, data.byteOffset, data.byteLength);
  if (view.getUint32(0, true) !== IS_TABLE) return null;
  const decoder = getAddressDecoder();
  const count = (data.length - HEADER_SIZE) / ADDRESS_SIZE;
  return {
    entries: Array.from({ length: count }, (_, index) =>
      decoder.decode(data, HEADER_SIZE + index * ADDRESS_SIZE),
    ),
    authority: data[HAS_AUTHORITY_AT] === 1 ? decoder.decode(data, AUTHORITY_AT) : null,
    lastExtendedSlot: view.getBigUint64(LAST_EXTENDED_AT, true),
    isActive: view.getBigUint64(DEACTIVATED_AT, true) === NEVER,
  };
};

export type LookupTables = Readonly<Record<Address, readonly Address[]>>;

/**
 * How long a copy is used, ms. A table that is being closed works until its slot has left the 512 newest slot hashes,
 * so a copy of this age names no table that is closed already.
 */
const FRESH_MS = 60_000;

/**
 * Creates a reader of lookup tables with a cache. A table's entries are only ever appended, so cached entries stay
 * correct. But its authority may close it at any time, so we read it again when the copy is old.
 *
 * The reader returns the tables that exist and were not being closed, with their entries; it leaves out the others.
 * It throws the errors of `fetchAccounts`.
 *
 * @param now the time of a clock that never goes back, ms
 */
export const createLookupTableReader = (
  chain: Pick<Chain, "fetchAccounts">,
  now: () => number = () => performance.now(),
): ((tables: readonly Address[]) => Promise<LookupTables>) => {
  const known = new Map<Address, { readonly entries: readonly Address[]; readonly readAt: number }>();
  return async (tables) => {
    const readAt = now();
    const due = tables.filter((table) => (known.get(table)?.readAt ?? -Infinity) <= readAt - FRESH_MS);
    if (due.length > 0) {
      const { accounts } = await chain.fetchAccounts(due);
      for (const table of due) {
        const read = readLookupTable(accounts.get(table));
        if (read?.isActive) known.set(table, { entries: read.entries, readAt });
        else known.delete(table);
      }
    }
    return Object.fromEntries(
      tables.flatMap((table) => {
        const found = known.get(table);
        return found === undefined ? [] : [[table, found.entries]];
      }),
    );
  };
};
