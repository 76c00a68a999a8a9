/** Tests the fee of an attempt after earlier attempts of its step have expired. */

import { expect, it } from "vitest";
import { raisePrice } from "../../src/engine/transaction/costs.ts";
import fc from "../support/fast-check.ts";

it("grows by half for each expired attempt, up to the cap", () => {
  expect([0, 1, 2, 3].map((expired) => raisePrice(1_000n, expired, 3_000n))).toEqual([
    1_000n,
    1_500n,
    2_250n,
    3_000n,
  ]);
});

it("never passes the cap, and never falls while below it", () => {
  const price = fc.bigInt({ min: 0n, max: 10n ** 12n });
  fc.assert(
    fc.property(price, price, fc.integer({ min: 0, max: 20 }), (first, cap, expired) => {
      const now = raisePrice(first, expired, cap);
      expect(now <= cap).toBe(true);
      expect(raisePrice(first, expired + 1, cap) >= now).toBe(true);
    }),
  );
});
