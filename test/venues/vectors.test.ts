/**
 * Tests our arithmetic against results of the venues' official SDKs and of pump.fun's own program: see test/oracles.
 */
import { describe, expect, it } from "vitest";
import { VECTOR_SETS } from "./vectors.ts";

describe("the vectors", () => {
  it.each(VECTOR_SETS)("of $venue: all $count that $oracle answered are equal", ({ wrong }) => {
    expect(wrong()).toEqual([]);
  });

  it("are a thousand and more for every venue whose SDK quotes, and five thousand and more together", () => {
    const counts = new Map<string, number>();
    for (const { venue, oracle, count } of VECTOR_SETS) {
      expect(oracle).toMatch(/@\d+\.\d+\.\d+|program, sha256 /);
      counts.set(venue, (counts.get(venue) ?? 0) + count);
    }
    expect([...counts.keys()]).toEqual([
      "pumpfun",
      "pumpswap",
      "bonk",
      "cpmm",
      "meteora DBC",
      "meteora DAMM v2",
    ]);
    expect(Math.min(...counts.values())).toBeGreaterThanOrEqual(1_000);
    expect([...counts.values()].reduce((sum, count) => sum + count, 0)).toBeGreaterThanOrEqual(5_000);
  });
});
