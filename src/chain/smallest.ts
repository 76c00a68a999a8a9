/** Chooses the lookup tables that make a transaction smallest. Each table costs 34 bytes, even if it saves less. */
import type { TransactionDraft } from "../engine/ports.ts";

type Tables = TransactionDraft["lookupTables"];

/** We try no table, each table alone, and all tables. With a handful of tables, other sets hardly matter. */
const choicesOf = (tables: Tables): Tables[] => {
  const entries = Object.entries(tables);
  const single = entries.map((entry) => Object.fromEntries([entry]) as Tables);
  return entries.length < 2 ? [{}, ...single] : [{}, ...single, tables];
};

/** @param compile gives the size in bytes, beside whatever else the caller needs */
export const smallestWith = <Compiled extends { readonly size: number }>(
  tables: Tables,
  compile: (tables: Tables) => Compiled,
): Compiled => {
  const [first, ...others] = choicesOf(tables).map(compile);
  if (first === undefined) return compile(tables);
  return others.reduce((best, other) => (other.size < best.size ? other : best), first);
};
