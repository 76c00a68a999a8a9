/**
 * Address lookup tables, as the chain has them. An API's word about a table's content is not taken: a wrong entry
 * would make the signed transaction touch other accounts than those that were checked.
 */
import { type Address, address, getAddressDecoder } from "@solana/kit";
import type { Chain, RawAccount } from "../engine/ports.ts";

const PROGRAM = address("AddressLookupTab1e1111111111111111111111111");
/** `LOOKUP_TABLE_META_SIZE` of solana-address-lookup-table-interface: the entries begin after it. */
const HEADER_SIZE = 56;
const ADDRESS_SIZE = 32;

const entriesOf = ({ owner, data }: RawAccount): Address[] | null => {
  if (owner !== PROGRAM || data.length < HEADER_SIZE || (data.length - HEADER_SIZE) % ADDRESS_SIZE !== 0)
    return null;
  const decoder = getAddressDecoder();
  const count = (data.length - HEADER_SIZE) / ADDRESS_SIZE;
  return Array.from({ length: count }, (_, index) =>
    decoder.decode(data, HEADER_SIZE + index * ADDRESS_SIZE),
  );
};

export type LookupTables = Readonly<Record<Address, readonly Address[]>>;

/**
 * A reader of lookup tables that remembers what it has read: entries are only ever appended, so what is
 * remembered stays true and at worst compresses less.
 *
 * The reader answers the tables that exist, each with its entries; others are left out.
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
        const account = accounts.get(table);
        const entries = account ? entriesOf(account) : null;
        if (entries !== null) known.set(table, entries);
      }
    }
    return Object.fromEntries(
      tables.flatMap((table) => (known.has(table) ? [[table, known.get(table) ?? []]] : [])),
    );
  };
};
