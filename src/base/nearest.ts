/** Finds the name that is most similar to a possibly misspelt one. */

/**
 * Returns Levenshtein's distance: how many letters must be inserted, deleted or replaced to turn one name into the other.
 */
export function distance(one: string, other: string): number {
  let row = Array.from({ length: other.length + 1 }, (_, at) => at);
  for (const [at, letter] of [...one].entries()) {
    const next = [at + 1];
    for (const [index, wanted] of [...other].entries()) {
      const replaced = (row[index] ?? 0) + (letter === wanted ? 0 : 1);
      next.push(Math.min(replaced, (row[index + 1] ?? 0) + 1, (next[index] ?? 0) + 1));
    }
    row = next;
  }
  return row.at(-1) ?? 0;
}

/** @example nearest("CTO_SLIPAGE_BPS", ["CTO_HOME", "CTO_SLIPPAGE_BPS"]); // "CTO_SLIPPAGE_BPS" */
export const nearest = (name: string, names: readonly string[]): string | undefined =>
  names.toSorted((a, b) => distance(name, a) - distance(name, b))[0];
