/**
 * Tests a sample of `npm run hostile`: no mutation of an honest buy takes funds from a wallet, and the oracle would
 * detect it.
 */
import { afterAll, beforeAll, expect, it } from "vitest";
import { type HostileMarket, openHostileMarket } from "../../hostile/market.ts";
import { aimAt, runMutations, type Target } from "../../hostile/run.ts";
import { describeWithNewestPrograms } from "../support/programs.ts";

/** The mutations of this test. `npm run hostile -- --mutations 5000` makes more. */
const SAMPLE = 200;

describeWithNewestPrograms("mutated buys on the real programs", (folder) => {
  let market: HostileMarket;
  let target: Target;
  beforeAll(async () => {
    market = await openHostileMarket(folder);
    target = await aimAt(market);
  });
  afterAll(async () => market[Symbol.asyncDispose]());

  it("take nothing beyond the request", async () => {
    const { tally, losses } = await runMutations(target, { from: 1, count: SAMPLE });
    expect(losses).toEqual([]);
    expect(tally).toMatchObject({ mutations: SAMPLE, losses: 0 });
    expect(tally.refusedByPolicy).toBeGreaterThan(SAMPLE / 4);
  });

  it("take more without the policy and the simulation", async () => {
    const { tally } = await runMutations(target, { from: 1, count: SAMPLE, without: "both" });
    expect(tally.losses).toBeGreaterThan(0);
  });

  it("take nothing from a buy that we built ourselves, with the policy alone", async () => {
    const { losses } = await runMutations(target, { from: 1, count: SAMPLE, without: "simulation" });
    expect(losses.filter(({ buy }) => !buy.startsWith("jupiter"))).toEqual([]);
  });
});
