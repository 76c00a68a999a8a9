/**
 * Reads what a route's transactions need besides the survey: lookup tables, and the mints of the tokens on the way with
 * the buyer's accounts of them. One batch reads all, from each endpoint that must agree. An endpoint that lies about a
 * table's entries would have us sign other accounts than those that we checked.
 */
import type { Address, RawAccount, Witness, WitnessReader } from "../engine/ports.ts";
import { type LookupTables, readLookupTable } from "./lookup-tables.ts";
import { requireSame, requireSameFacts } from "./views.ts";

export type RouteAccounts = {
  /** The tables that exist and are not being closed, with their entries. */
  readonly lookupTables: LookupTables;
  /** Null if there is no account at the address. */
  readonly mints: ReadonlyMap<Address, RawAccount | null>;
  /** For each account of the buyer's: what the endpoints show that have one there. */
  readonly held: ReadonlyMap<Address, readonly RawAccount[]>;
};

/** Reads tables and mints from a cache where it may, and the buyer's accounts every time. */
export type RouteReader = (
  tables: readonly Address[],
  mints?: readonly Address[],
  accounts?: readonly Address[],
) => Promise<RouteAccounts>;

/**
 * How long a copy of a table is used, ms. A table that is being closed works until its slot has left the 512 newest
 * slot hashes, so a copy of this age names no table that is closed already.
 */
const FRESH_MS = 60_000;
/** The most mints that we remember. What we read of a mint, the size of its token accounts, never changes. */
const MOST_MINTS = 1_000;

/**
 * The entries that all endpoints return. Entries are only ever appended, so one endpoint may have more of them than
 * another. Null if an endpoint has no such table, or one that is being closed.
 *
 * @throws `CTO_E_ENDPOINTS_DISAGREE` if an entry differs
 */
const agreedEntries = (table: Address, witnesses: readonly Witness[]): readonly Address[] | null => {
  const views = witnesses.map(({ endpoint, accounts }) => {
    const read = readLookupTable(accounts.get(table));
    return { endpoint, entries: read?.isActive ? read.entries : null };
  });
  const [first, ...others] = views.map(({ entries }) => entries);
  if (first == null) return null;
  let agreed = first;
  for (const other of others) {
    if (other === null) return null;
    agreed = agreed.slice(0, other.length);
    const at = agreed.findIndex((entry, index) => entry !== other[index]);
    if (at < 0) continue;
    const says = views.map(({ endpoint, entries }) => ({ endpoint, says: entries?.[at] ?? "nothing" }));
    requireSame(`entry ${at} of the lookup table ${table}`, says);
  }
  return agreed;
};

/**
 * Creates a reader with a cache. A table's entries are only ever appended, so cached entries stay correct. But its
 * authority may close it at any time, so we read it again when the copy is old.
 *
 * The reader throws the errors of reading, and `CTO_E_ENDPOINTS_DISAGREE`.
 *
 * @param now the time of a clock that never goes back, ms
 */
export const createRouteReader = (
  read: WitnessReader,
  now: () => number = () => performance.now(),
): RouteReader => {
  const known = new Map<Address, { readonly entries: readonly Address[]; readonly readAt: number }>();
  const knownMints = new Map<Address, RawAccount>();
  const learn = (witnesses: readonly Witness[], due: readonly Address[], readAt: number): void => {
    for (const table of due) {
      const entries = agreedEntries(table, witnesses);
      if (entries === null) known.delete(table);
      else known.set(table, { entries, readAt });
    }
  };
  const learnMints = (witnesses: readonly Witness[], due: readonly Address[]): void => {
    for (const mint of due) {
      requireSameFacts(mint, witnesses);
      const account = witnesses[0]?.accounts.get(mint);
      if (account == null) continue;
      if (knownMints.size >= MOST_MINTS) knownMints.clear();
      knownMints.set(mint, account);
    }
  };
  return async (tables, mints = [], accounts = []) => {
    const readAt = now();
    const due = tables.filter((table) => (known.get(table)?.readAt ?? -Infinity) <= readAt - FRESH_MS);
    const found = new Map(mints.map((mint) => [mint, knownMints.get(mint) ?? null]));
    const dueMints = mints.filter((mint) => found.get(mint) === null);
    const held = new Map<Address, readonly RawAccount[]>();
    if (due.length + dueMints.length + accounts.length > 0) {
      const witnesses = await read([...due, ...dueMints, ...accounts]);
      learn(witnesses, due, readAt);
      learnMints(witnesses, dueMints);
      for (const mint of dueMints) found.set(mint, witnesses[0]?.accounts.get(mint) ?? null);
      for (const one of accounts)
        held.set(
          one,
          witnesses.flatMap((witness) => witness.accounts.get(one) ?? []),
        );
    }
    const lookupTables = Object.fromEntries(
      tables.flatMap((table) => {
        const entries = known.get(table)?.entries;
        return entries === undefined ? [] : [[table, entries]];
      }),
    );
    return { lookupTables, mints: found, held };
  };
};
