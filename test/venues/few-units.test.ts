/**
 * Tests the least tokens of a token with few units (no decimals, a high price). There, a margin of one unit per other leg
 * would be most of a leg's tokens, and whoever moves the price first could keep them.
 */
import { describe, expect, it } from "vitest";
import type { Address, Lamports, Survey } from "../../src/engine/ports.ts";
import { cpmm } from "../../src/venues/cpmm/index.ts";
import { openDirect } from "../../src/venues/open-direct.ts";
import { OLD_CLUSTER } from "../support/cluster-accounts.ts";
import fc from "../support/fast-check.ts";
import { cpmmMarket } from "./markets.ts";

const MINT = "LiGHtkg3uTa9836RaNkKLLriqTNRcMdRAhqjGWNv777" as Address;
const BUYER = "E21hxLJTgC8xS4aWXUkqwfycbXFPSYfcUWUVBfXHMgqv" as Address;
const SURVEY: Survey = {
  slot: 1n,
  mint: MINT,
  tokenProgram: MINT,
  decimals: 0,
  tokenAccountBytes: 165,
  owners: new Map(),
  fetched: { slot: 1n, accounts: new Map() },
  cluster: OLD_CLUSTER,
};
const RATES = {
  tradeFeeRate: 2_500n,
  protocolFeeRate: 120_000n,
  fundFeeRate: 40_000n,
  creatorFeeRate: 0n,
  isCreatorFeeOnSol: true,
};

const opened = (market: ReturnType<typeof cpmmMarket>, legs: readonly bigint[], slippageBps: number) =>
  openDirect(cpmm, market, SURVEY, { legs: legs as readonly Lamports[], slippageBps, taker: BUYER });

describe("a token of few units", () => {
  it("is not given away to rounding: 20 legs of about 4 units accept no less than their worst quote", () => {
    // 0.01 SOL a unit; the pool holds 40 SOL.
    const market = cpmmMarket({ ...RATES, lamports: 40n * 10n ** 9n, tokens: 4_000n });
    const legs = Array.from({ length: 20 }, () => 51_000_000n);
    const open = opened(market, legs, 0);
    expect(Math.min(...(open.quote.legs ?? []).map(Number))).toBe(4);
    expect(open.offer(51_000_000n as Lamports).leastTokens).toBe(4n);
  });

  it("gives up one unit at most beside the slippage: a share of few units is rounded down", () => {
    const market = cpmmMarket({ ...RATES, lamports: 40n * 10n ** 9n, tokens: 4_000n });
    const legs = Array.from({ length: 20 }, () => 51_000_000n);
    expect(opened(market, legs, 1).offer(51_000_000n as Lamports).leastTokens).toBe(3n);
    expect(opened(market, legs, 2_500).offer(51_000_000n as Lamports).leastTokens).toBe(3n);
  });

  it("gives up no more than a hundredth beside the slippage: 100 legs of about 100 units", () => {
    const market = cpmmMarket({ ...RATES, lamports: 100n * 10n ** 9n, tokens: 1_000_000n });
    const legs = Array.from({ length: 100 }, () => 11_000_000n);
    const least = opened(market, legs, 100).offer(11_000_000n as Lamports).leastTokens;
    expect(least).toBeGreaterThanOrEqual(100n);
  });

  it("reaches its least in every order that was tried", () => {
    fc.assert(
      fc.property(
        fc.bigInt({ min: 10n ** 9n, max: 10n ** 11n }),
        fc.bigInt({ min: 1_000n, max: 10n ** 6n }),
        fc.array(fc.bigInt({ min: 10n ** 7n, max: 10n ** 9n }), { minLength: 2, maxLength: 12 }),
        fc.integer({ min: 0, max: 11 }),
        (lamports, tokens, legs, turn) => {
          const market = cpmmMarket({ ...RATES, lamports, tokens });
          const order = [...legs.slice(turn % legs.length), ...legs.slice(0, turn % legs.length)];
          let at = market;
          const got = order.map((leg) => {
            const out = cpmm.quote(at, leg)?.tokensOut ?? 0n;
            at = cpmm.after(at, leg);
            return out;
          });
          if (got.includes(0n)) return;
          let open: ReturnType<typeof opened>;
          try {
            open = opened(market, legs, 0);
            for (const leg of legs) open.offer(leg as Lamports);
          } catch {
            return; // The market is too small for these legs, and says so.
          }
          for (const [place, leg] of order.entries())
            expect(got[place]).toBeGreaterThanOrEqual(open.offer(leg as Lamports).leastTokens);
        },
      ),
      { numRuns: 500 },
    );
  });
});
