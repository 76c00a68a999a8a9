/**
 * Tests that the simulator finds no violation in the engine, gives the same result for the same seed, and does cause
 * faults.
 */
import { expect, test } from "vitest";
import { simulate } from "../../sim/simulate.ts";
import { addResult, emptySummary } from "../../sim/summary.ts";

test("150 seeds of faults end without a violation", async () => {
  const sum = emptySummary();
  for (let seed = 1; seed <= 150; seed += 1) {
    const result = await simulate({ seed });
    expect(result.violations, `npm run sim -- --seed ${seed} --verbose`).toEqual([]);
    addResult(sum, result);
  }
  expect(sum.resigned).toBeGreaterThan(0);
  expect(sum.forks).toBeGreaterThan(0);
  expect(sum.funded).toBeGreaterThan(0);
  expect(sum.returned).toBeGreaterThan(0);
  expect(sum.retried).toBeGreaterThan(0);
  expect(Object.keys(sum.faults).length).toBeGreaterThan(20);
});

test("the same seed gives the same trace", async () => {
  for (const seed of [7, 63, 4_000_000_000]) {
    const first = await simulate({ seed });
    expect((await simulate({ seed })).hash).toBe(first.hash);
  }
});

test("another seed gives another trace", async () => {
  expect((await simulate({ seed: 7 })).hash).not.toBe((await simulate({ seed: 8 })).hash);
});
