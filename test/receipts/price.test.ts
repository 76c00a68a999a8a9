/** Tests the rounding of a receipt's price in SOL per token. */
import { describe, expect, it } from "vitest";
import { priceOf } from "../../src/receipts/price.ts";
import fc from "../support/fast-check.ts";

describe("the price in SOL per token", () => {
  it.each([
    { lamports: 100_000_000n, tokens: 2_000_000n, decimals: 6, price: "0.05" },
    { lamports: 3_000_000_000n, tokens: 1n, decimals: 0, price: "3" },
    { lamports: 1_000_000_000n, tokens: 3_000_000n, decimals: 6, price: "0.333333333333" },
    { lamports: 150_000_000n, tokens: 74_988_751_687n, decimals: 6, price: "0.0000020003" },
    { lamports: 1n, tokens: 1_000_000_000_000_000_000n, decimals: 9, price: "0.000000000000000001" },
  ])("is $price for $lamports lamports and $tokens base units of $decimals decimals", (given) => {
    expect(priceOf(given.lamports, given.tokens, given.decimals)).toBe(given.price);
  });

  it("is never above the exact one, and less than a unit of its twelfth digit below it", () => {
    const amount = fc.bigInt({ min: 1n, max: 2n ** 64n - 1n });
    fc.assert(
      fc.property(amount, amount, fc.integer({ min: 0, max: 9 }), (lamports, tokens, decimals) => {
        const [whole = "0", fraction = ""] = priceOf(lamports, tokens, decimals).split(".");
        const scale = 10n ** BigInt(fraction.length);
        const price = BigInt(whole) * scale + BigInt(fraction || "0");
        // price / scale <= exact, with exact = lamports x 10^decimals / (tokens x 10^9)
        const exact = lamports * 10n ** BigInt(decimals) * scale;
        const unit = tokens * 10n ** 9n;
        expect(price * unit <= exact).toBe(true);
        const error = exact - price * unit;
        expect(error * 10n ** 11n <= exact).toBe(true);
      }),
    );
  });
});
