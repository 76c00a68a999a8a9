/** Tests that JSON of third parties keeps every amount exactly, and that many values are refused before they are parsed. */
import { expect, test } from "vitest";
import { TooLarge } from "../../src/base/bounded-body.ts";
import { parseBounded } from "../../src/base/bounded-json.ts";

test.each([
  ["9007199254740993", 9_007_199_254_740_993n], // 2^53 + 1, which a double does not have
  ["18446744073709551615", 18_446_744_073_709_551_615n],
  ["-9007199254740993", -9_007_199_254_740_993n],
  ["0", 0n],
  ["2e3", 2_000n],
  ["1.5", 1.5],
  ["1.5e3", 1_500],
  ["25e-1", 2.5],
  ['"18446744073709551615"', "18446744073709551615"],
  ['"a \\" 12, [3] {4"', 'a " 12, [3] {4'],
])("%s", (json, value) => {
  expect(parseBounded(json, 100)).toBe(value);
  expect(parseBounded(`{"a":[${json},null]}`, 100)).toEqual({ a: [value, null] });
});

test("so many values, and no more", () => {
  expect(parseBounded("[1,2,3]", 4)).toEqual([1n, 2n, 3n]);
  expect(() => parseBounded("[1,2,3,4]", 4)).toThrow(TooLarge);
  expect(() => parseBounded("[".repeat(5), 4)).toThrow("larger than 4 values");
});

test.each(["", "rate limit exceeded", "1 2", "-", "[1"])("%j is no JSON", (text) => {
  expect(() => parseBounded(text, 100)).toThrow(SyntaxError);
});
