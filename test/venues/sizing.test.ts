/** Tests that a leg's least amount holds in any order in which the legs land. */

import { describe, expect, it } from "vitest";
import { conservativeRate, firstOut, minimumOut, slippageDownTo } from "../../src/venues/sizing.ts";
import fc from "../support/fast-check.ts";

const POOL = { tokens: 1_000_000_000_000_000n, lamports: 30_000_000_000n };
const out = (lamports: bigint): bigint => (POOL.tokens * lamports) / (POOL.lamports + lamports);
const impactBps = (lamports: bigint): number => Number((lamports * 10_000n) / (POOL.lamports + lamports)) + 1;

const rateOf = (legs: readonly bigint[]) => {
  const total = legs.reduce((sum, leg) => sum + leg, 0n);
  const smallest = legs.toSorted((a, b) => Number(a - b))[0] ?? total;
  const rest = total - smallest;
  const whole = { lamports: total, tokensOut: out(total) };
  return conservativeRate(whole, { lamports: rest, tokensOut: out(rest) }, impactBps(total));
};

describe("sizing", () => {
  it("asks of no leg more than it gets when every other leg landed before it", () => {
    const legs = fc.array(fc.bigInt({ min: 1_000_000n, max: 1_000_000_000n }), {
      minLength: 2,
      maxLength: 30,
    });
    fc.assert(
      fc.property(legs, fc.integer({ min: 0, max: 5_000 }), (amounts, slippageBps) => {
        const rate = rateOf(amounts);
        const total = amounts.reduce((sum, leg) => sum + leg, 0n);
        for (const amount of amounts) {
          const lastOfAll = out(total) - out(total - amount);
          // Each of the two quotes may be rounded by one unit.
          expect(minimumOut(amount, rate, slippageBps)).toBeLessThanOrEqual(lastOfAll + 2n);
        }
      }),
    );
  });

  it("gives away no more than the other legs' impact and the slippage", () => {
    const legs = Array.from({ length: 10 }, () => 100_000_000n);
    const minimum = minimumOut(100_000_000n, rateOf(legs), 100);
    const lastOfAll = out(1_000_000_000n) - out(900_000_000n);
    expect(minimum * 10_000n).toBeGreaterThanOrEqual((lastOfAll - 2n) * 9_900n);
  });

  it("keeps a floor when the market fell between the two quotes", () => {
    const whole = { lamports: 100n, tokensOut: 1_000n };
    const rate = conservativeRate(whole, { lamports: 99n, tokensOut: 1_005n }, 100);
    expect(minimumOut(100n, rate, 0)).toBe(990n); // 1,000 x 0.99
  });

  it("keeps a floor that every leg of a constant-product market reaches, and that is the last one's", () => {
    const amounts = fc.tuple(
      fc.bigInt({ min: 1_000_000n, max: 10_000_000_000n }),
      fc.bigInt({ min: 1_000n, max: 1_000_000n }),
    );
    fc.assert(
      fc.property(amounts, ([others, leg]) => {
        const total = others + leg;
        const whole = { lamports: total, tokensOut: out(total) };
        // The second quote is as bad as can be, so the floor alone counts.
        const rate = conservativeRate(
          whole,
          { lamports: others, tokensOut: whole.tokensOut },
          impactBps(total),
        );
        const last = out(total) - out(others);
        const least = minimumOut(leg, rate, 0);
        expect(least).toBeLessThanOrEqual(last + 2n);
        // The impact is rounded up to a whole basis point.
        expect(least * 10_000n).toBeGreaterThanOrEqual((last - 2n) * 9_995n);
      }),
    );
  });

  it("never assumes better than the average when the market rose between the two quotes", () => {
    const whole = { lamports: 100n, tokensOut: 1_000n };
    const rate = conservativeRate(whole, { lamports: 99n, tokensOut: 900n }, 100);
    expect(minimumOut(100n, rate, 0)).toBe(1_000n);
  });

  it("guesses what the first leg gets from the quote for the whole", () => {
    const pool = { tokens: 1_000_000n, lamports: 9_000n };
    const whole = { lamports: 1_000n, tokensOut: (pool.tokens * 1_000n) / 10_000n };
    expect(firstOut(1_000n, whole, 1_000)).toBe(whole.tokensOut);
    expect(firstOut(100n, whole, 1_000)).toBe((pool.tokens * 100n) / 9_100n);
    expect(firstOut(100n, whole, 0)).toBe(whole.tokensOut / 10n);
  });

  it("finds the slippage whose threshold is never below the minimum", () => {
    fc.assert(
      fc.property(fc.bigInt(1n, 10n ** 18n), fc.integer({ min: 0, max: 10_000 }), (quoted, part) => {
        const minimum = (quoted * BigInt(part)) / 10_000n;
        const threshold = (quoted * BigInt(10_000 - slippageDownTo(quoted, minimum))) / 10_000n;
        expect(threshold).toBeGreaterThanOrEqual(minimum);
      }),
    );
  });
});
