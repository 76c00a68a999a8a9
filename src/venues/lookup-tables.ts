/**
 * Reads address lookup tables from the chain. We do not trust an API's copy of a table: a wrong entry would make the
 * signed transaction use other accounts than those that we checked.
 */
import { type Address, address, getAddressDecoder } from "@solana/kit";
import type { RawAccount } from "../engine/ports.ts";

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
 * Returns the tables without these addresses, so that a message names them itself. A lookup names only a position in a
 * table, and for an account of ours we do not rely on what an endpoint says stands there.
 */
export const withoutEntries = (tables: LookupTables, these: ReadonlySet<Address>): LookupTables =>
  Object.fromEntries(
    Object.entries(tables).map(([table, entries]) => [
      table,
      // The other entries keep their positions. No instruction names the table itself.
      entries.map((entry) => (these.has(entry) ? (table as Address) : entry)),
    ]),
  );
