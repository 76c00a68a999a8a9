/** Tests that the simulator finds no violation in open calls, and that calls land, lapse and have second rounds there. */
import { expect, test } from "vitest";
import { simulateCall } from "../../sim/calls/simulate.ts";

const SEEDS = 8;

test(`${SEEDS} seeds of members' habits and faults end without a violation`, async () => {
  const results = [];
  for (let seed = 1; seed <= SEEDS; seed += 1) {
    const result = await simulateCall(seed);
    expect(result.violations, `npm run sim:calls -- --seed ${seed} --verbose`).toEqual([]);
    results.push(result);
  }
  expect(results.some(({ landed }) => landed > 0)).toBe(true);
  expect(results.some(({ status }) => status === "lapsed")).toBe(true);
  expect(results.some(({ rounds }) => rounds === 2)).toBe(true);
}, 120_000);

test("the same seed gives the same trace", async () => {
  expect((await simulateCall(3)).hash).toBe((await simulateCall(3)).hash);
});
