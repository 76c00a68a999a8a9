/** Tests that the patterns of the document, which every tool can read, mean the same as the rules behind them. */
import { describe, expect, test } from "vitest";
import { PLAIN_ID, PLAIN_TEXT, U64_TEXT } from "../../src/contract/text-patterns.ts";
import { idSchema, plainText } from "../../src/contract/types.ts";

/** The rules, in words that few tools of JSON Schema know. */
const PLAIN = /^[^\p{Cc}\p{Cs}\u061C\u200B\u200E\u200F\u2028-\u202E\u2060\u2066-\u2069\uFEFF]*$/u;
const NO_DOTS = /^(?!\.{1,2}$)(?!\.{1,2}[/\\])(?!.*[/\\]\.{1,2}([/\\]|$)).*$/u;
const HALF = /\p{Cs}/u;

const accepts = (pattern: string): ((text: string) => boolean) => {
  const compiled = new RegExp(pattern, "u");
  return (text) => compiled.test(text);
};

/** All texts of at most `length` of these characters. */
function* textsOf(characters: readonly string[], length: number): Generator<string> {
  yield "";
  if (length === 0) return;
  for (const rest of textsOf(characters, length - 1)) for (const first of characters) yield first + rest;
}

describe("the patterns of the document", () => {
  test("of an amount of lamports allows what 64 bits hold, and not one more", () => {
    const allows = accepts(U64_TEXT);
    const most = 2n ** 64n - 1n;
    const numbers = [
      0n,
      1n,
      10n ** 19n - 1n,
      10n ** 19n,
      most,
      most + 1n,
      23_436_782_588_117_121_855n,
      10n ** 20n,
    ];
    // Each digit of the largest number, one less and one more, with the least and the greatest rest.
    for (let place = 0n; place < 20n; place += 1n) {
      const unit = 10n ** place;
      const cut = (most / unit) * unit;
      for (const by of [-1n, 0n, 1n]) numbers.push(cut + by * unit, cut + by * unit + unit - 1n);
    }
    for (const number of numbers) expect([number, allows(String(number))]).toEqual([number, number <= most]);
    expect(["", "-1", "1.5", " 1", "1e3"].some(allows)).toBe(false);
  });

  test("of plain text and of an id allow the same characters as the rule, one by one", () => {
    const [inText, inId, name] = [accepts(PLAIN_TEXT), accepts(PLAIN_ID), plainText(10)];
    const wrong: number[] = [];
    for (let code = 0; code <= 0x10_ffff; code += 1) {
      const character = String.fromCodePoint(code);
      const right = PLAIN.test(character);
      // A JSON text in UTF-8 has no half characters, and not every tool can name them in a pattern.
      const isHalf = HALF.test(character);
      const isDot = character === ".";
      if (!isHalf && (inText(character) !== right || inId(character) !== (right && !isDot))) wrong.push(code);
      if (isHalf && (right || name.safeParse(character).success)) wrong.push(code);
    }
    expect(wrong).toEqual([]);
    expect(name.safeParse("a\ud800").success).toBe(false);
    expect(idSchema.safeParse("a\udfffb").success).toBe(false);
  });

  test("of an id refuse dots between slashes as the rule does, in all short texts", () => {
    const inId = accepts(PLAIN_ID);
    const wrong: string[] = [];
    let allowed = 0;
    for (const text of textsOf([".", "/", "\\", "a", "\u0007", "\u{1F600}"], 6)) {
      const right = PLAIN.test(text) && NO_DOTS.test(text);
      if (right) allowed += 1;
      if (inId(text) !== right) wrong.push(text);
      if (text !== "" && text.length < 5 && idSchema.safeParse(text).success !== right) wrong.push(text);
    }
    expect(wrong).toEqual([]);
    expect(allowed).toBeGreaterThan(1_000);
  });

  test("of an id take no more time for a long text", () => {
    const began = performance.now();
    expect(accepts(PLAIN_ID)(`${"../".repeat(40_000)}.`)).toBe(false);
    expect(accepts(PLAIN_ID)(`${"a.".repeat(60_000)}/..`)).toBe(false);
    expect(performance.now() - began).toBeLessThan(1_000);
  });
});
