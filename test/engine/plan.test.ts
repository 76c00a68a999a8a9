/** Tests how an operation's lamports are shared over its legs. */
import { lamports } from "@solana/kit";
import { describe, expect, it } from "vitest";
import { shareLamports } from "../../src/engine/operation/plan.ts";
import fc from "../support/fast-check.ts";

const weightsAndTotal = fc
  .array(fc.integer({ min: 1, max: 1_000 }), { minLength: 1, maxLength: 100 })
  .chain((weights) => fc.tuple(fc.constant(weights), fc.bigInt({ min: 1_000_000n, max: 10n ** 18n })));

describe("sharing lamports over legs", () => {
  it("gives the remainder of an equal split to the first legs, one lamport each", () => {
    expect(shareLamports(lamports(11n), [1, 1, 1])).toEqual([4n, 4n, 3n]);
  });

  it("follows the weights", () => {
    expect(shareLamports(lamports(100n), [1, 2, 7])).toEqual([10n, 20n, 70n]);
  });

  it("never loses or makes a lamport, and strays less than one lamport from the exact share", () => {
    fc.assert(
      fc.property(weightsAndTotal, ([weights, total]) => {
        const shares = shareLamports(lamports(total), weights);
        const sum = BigInt(weights.reduce((all, weight) => all + weight, 0));
        expect(shares.reduce((all, share) => all + share, 0n)).toBe(total);
        shares.forEach((share, at) => {
          const floor = (total * BigInt(weights[at] ?? 0)) / sum;
          expect(share - floor === 0n || share - floor === 1n).toBe(true);
        });
      }),
    );
  });

  it("refuses an amount of which some wallet would get nothing", () => {
    expect(() => shareLamports(lamports(2n), [1, 1, 1])).toThrowError(
      expect.objectContaining({ code: "CTO_E_AMOUNT_TOO_SMALL" }),
    );
  });
});
