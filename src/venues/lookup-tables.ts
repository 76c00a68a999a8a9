/**
 * Address lookup tables, as the chain has them. An API's word about a table's content is not taken: a wrong entry
 * would make the signed transaction touch other accounts than those that were checked.
 */
import { type Address, address, getAddressDecoder } from "@solana/kit";
import type { Chain, RawAccount } from "../engine/ports.ts";

const PROGRAM = address("AddressLookupTab1e1111111111111111111111111");
/** `LookupTableMeta` of solana-address-lookup-table-interface, after a u32 that says what the account is. */
const IS_TABLE = 1;
const DEACTIVATED_AT = 4;
const LAST_EXTENDED_AT = 12;
const HAS_AUTHORITY_AT = 21;
const AUTHORITY_AT = 22;
/** `LOOKUP_TABLE_META_SIZE`: the entries begin after it. */
const HEADER_SIZE = 56;
const ADDRESS_SIZE = 32;
/** u64::MAX: nobody has asked to close it. */
const NEVER = 0xffff_ffff_ffff_ffffn;

export type LookupTable = {
  readonly entries: readonly Address[];
  /** Null: nobody can change it any more. */
  readonly authority: Address | null;
  /** Entries count from the slot after this one on. */
  readonly lastExtendedSlot: bigint;
  /** False once it is being closed: transactions that name it will fail. */
  readonly isActive: boolean;
};

/** Null when the account is no lookup table. */
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
 * A reader of lookup tables that remembers what it has read: entries are only ever appended, so what is
 * remembered stays true and at worst compresses less.
 *
 * The reader answers the tables that exist and are not being closed, each with its entries; others are left out.
 * It throws what `fetchAccounts` throws.
 */
export const createLookupTableReader = (
  chain: Pick<Chain, "fetchAccounts">,
): ((tables: readonly Address[]) => Promise<LookupTables>) => {
  const known = new Map<Address, readonly Address[]>();
  return async (tables) => {
    const missing = tables.filter((table) => !known.has(table));
    if (missing.length > 0) {
      const { accounts } = await chain.fetchAccounts(missing);
      for (const table of missing) {
        const read = readLookupTable(accounts.get(table));
        if (read?.isActive) known.set(table, read.entries);
      }
    }
    return Object.fromEntries(
      tables.flatMap((table) => (known.has(table) ? [[table, known.get(table) ?? []]] : [])),
    );
  };
};
