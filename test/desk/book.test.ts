/** Tests the desk's constant-product arithmetic. */

import { describe, expect, it } from "vitest";
import { afterBuy, priceImpactOf, tokensFor } from "../../src/localnet/desk/book.ts";
import fc from "../support/fast-check.ts";

const positive = fc.bigInt(1n, 10n ** 18n);

describe("the book", () => {
  it("never lets the product of its reserves shrink", () => {
    fc.assert(
      fc.property(positive, positive, positive, (tokenReserve, lamportsReserve, lamports) => {
        const book = { tokenReserve, lamportsReserve };
        const after = afterBuy(book, lamports);
        expect(after.tokenReserve * after.lamportsReserve).toBeGreaterThanOrEqual(
          tokenReserve * lamportsReserve,
        );
      }),
    );
  });

  it("gives less for the same lamports after each buy", () => {
    const book = { tokenReserve: 1_000_000n, lamportsReserve: 1_000_000n };
    const first = tokensFor(book, 100_000n);
    expect(first).toBe(90_909n);
    expect(tokensFor(afterBuy(book, 100_000n), 100_000n)).toBe(75_757n);
  });

  it("states the price impact as a decimal ratio", () => {
    const book = { tokenReserve: 1_000_000n, lamportsReserve: 99_000_000n };
    expect(priceImpactOf(book, 1_000_000n)).toBe("0.010000000");
  });
});
