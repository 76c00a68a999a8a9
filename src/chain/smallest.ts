/** Which lookup tables make a transaction smallest. Every table that is named costs 34 bytes, whatever it saves. */
import type { TransactionDraft } from "../engine/ports.ts";

type Tables = TransactionDraft["lookupTables"];

/** No table, each by itself, and all together: with a handful of tables nothing else comes near. */
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
