/** Tests the order of addresses against kit's. */
import { getAddressComparator } from "@solana/kit";
import { expect, test } from "vitest";
import { compareAddresses } from "../../src/base/compare-addresses.ts";
import fc from "../support/fast-check.ts";

const LETTERS = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz";
const text = fc.string({ unit: fc.constantFrom(...LETTERS), maxLength: 44 });
/** Texts that differ only in their case, in one of their letters, or in their length. */
const alike = text.chain((one) =>
  fc.tuple(
    fc.constant(one),
    fc.oneof(
      text,
      fc.mixedCase(fc.constant(one)),
      text.map((end) => one + end),
    ),
  ),
);

test("is the order of kit, also for texts that differ in their case or their length alone", () => {
  const compare = getAddressComparator();
  fc.assert(
    fc.property(alike, ([a, b]) => {
      expect(Math.sign(compareAddresses(a, b))).toBe(Math.sign(compare(a, b)));
      expect(Math.sign(compareAddresses(b, a))).toBe(Math.sign(compare(b, a)));
    }),
    { numRuns: 2_000 },
  );
});
