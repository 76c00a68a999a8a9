/** Tests that SOL amounts survive formatting and parsing without a change. */
import { describe, expect, it } from "vitest";
import { formatSol } from "../../src/base/sol.ts";
import { parseSol } from "../../src/contract/amount.ts";
import fc from "../support/fast-check.ts";

const refusal = (reason: RegExp) =>
  expect.objectContaining({ code: "CTO_E_AMOUNT_INVALID", message: expect.stringMatching(reason) });

describe("SOL amounts", () => {
  it.each([
    [1.5, 1_500_000_000n],
    ["1.5", 1_500_000_000n],
    [0.000000001, 1n],
    [1e-9, 1n],
    [0.1, 100_000_000n],
    ["10.100000000000", 10_100_000_000n],
    [1e3, 1_000_000_000_000n],
    [".5", 500_000_000n],
  ])("reads %s exactly", (amount, lamports) => {
    expect(parseSol(amount)).toBe(lamports);
  });

  it.each([
    [0, /zero/],
    ["0.0", /zero/],
    [-1, /negative/],
    [Number.NaN, /finite/],
    [Number.POSITIVE_INFINITY, /finite/],
    [1.0000000001, /nine decimals/],
    [0.1 + 0.2, /nine decimals/],
    [1e-10, /nine decimals/],
    ["1,5", /decimal number/],
    ["", /decimal number/],
    ["1e3", /"1e3" is not an amount of SOL: it is not a decimal number/],
    ["1E-3", /without an exponent/],
    [" 1", /without spaces/],
    ["1\n", /without spaces/],
    ["1e400", /decimal number/],
    [1e21, /more SOL/],
    ["0x10", /decimal number/],
  ])("refuses %s", (amount, reason) => {
    expect(() => parseSol(amount)).toThrowError(refusal(reason));
  });

  it("reads back whatever it has written", () => {
    fc.assert(
      fc.property(fc.bigInt({ min: 1n, max: 10n ** 18n }), (lamports) => {
        expect(parseSol(formatSol(lamports))).toBe(lamports);
      }),
    );
  });
});
