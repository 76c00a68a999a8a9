/** Tests that amounts in the dashboard are exact, for any size. */

import { describe, expect, it } from "vitest";
import { anchorsOf } from "../../web/src/format/anchors.ts";
import {
  formatBps,
  formatPrice,
  formatSol,
  formatTokens,
  formatUnits,
  parseSol,
  sumUnits,
} from "../../web/src/format/sol.ts";
import { duration } from "../../web/src/format/time.ts";
import { visible } from "../../web/src/format/visible.ts";
import fc from "../support/fast-check.ts";

const plain = (text: string): string => text.replaceAll("\u202f", "");

describe("SOL", () => {
  it("is shown exactly, thousands apart", () => {
    expect(formatSol("1")).toBe("0.000000001");
    expect(formatSol("1500000000")).toBe("1.5");
    expect(formatSol("0")).toBe("0");
    expect(formatSol("1234567000000001")).toBe("1\u202f234\u202f567.000000001");
    expect(formatSol(-5n)).toBe("\u22120.000000005");
  });

  it("survives being shown and read again", () => {
    fc.assert(
      fc.property(fc.bigInt({ min: 1n, max: 10n ** 18n }), (lamports) => {
        expect(parseSol(plain(formatSol(lamports)))).toBe(lamports);
      }),
    );
  });

  it.each(["", ".", "0", "0.0", "-1", "1e3", "1.0000000001", "1,5", "abc", "12345678901", "NaN"])(
    "is not read from %j",
    (text) => {
      expect(parseSol(text)).toBeNull();
    },
  );

  it("adds up beyond what a float holds", () => {
    expect(sumUnits(["9007199254740993", null, "1"])).toBe(9_007_199_254_740_994n);
  });
});

describe("tokens, prices and ratios", () => {
  it("adds up what a retry's legs accept now, and what the same legs accepted before", () => {
    const leg = (leastTokens: string | null, previousLeastTokens: string | null) => ({
      leastTokens,
      previousLeastTokens,
    });
    const retried = [leg("9007199254740993", "10"), leg("1", "20"), leg(null, "40"), leg("5", null)];
    expect(anchorsOf(retried)).toEqual({ now: "9007199254740994", before: "30" });
    expect(anchorsOf([leg("5", null), leg(null, "7")])).toBeNull();
  });

  it("shows tokens with their decimals", () => {
    expect(formatUnits("49845359755", 6)).toBe("49\u202f845.359755");
    expect(formatUnits("7", 0)).toBe("7");
    expect(formatTokens("1500000", 6)).toBe("1.5");
    expect(formatTokens("1500000", null)).toBe("1\u202f500\u202f000 units");
    expect(formatTokens("1500000", undefined)).toBe("…");
    // An operation that bought nothing never loads the token's decimals.
    expect(formatTokens("0", undefined)).toBe("0");
  });

  it("shows a price with six significant digits", () => {
    expect(formatPrice("100000000", "49845359755", 6)).toBe("0.0000020062");
    expect(formatPrice("1000000000", "3", 0)).toBe("0.333333");
    expect(formatPrice("5000000000000", "1000000", 6)).toBe("5\u202f000");
    expect(formatPrice("1", "0", 6)).toBe("–");
  });

  it("shows basis points as per cent", () => {
    expect(formatBps(612)).toBe("6.12 %");
    expect(formatBps(5)).toBe("0.05 %");
  });

  it("shows durations in two units at most", () => {
    expect([250, 4_310, 65_000, 7_500_000].map(duration)).toEqual([
      "250 ms",
      "4.3 s",
      "1 min 5 s",
      "2 h 5 min",
    ]);
  });
});

describe("a name", () => {
  it.each([
    ["al\u200bice", "al[U+200B]ice"],
    ["al\u200dice", "al[U+200D]ice"],
    ["\u202eecila", "[U+202E]ecila"],
    ["\u3164", "[U+3164]"],
    ["a\u{e0041}", "a[U+E0041]"],
    ["so\u00adft", "so[U+00AD]ft"],
    ["alice ", "alice[U+0020]"],
    ["  ", "[U+0020][U+0020]"],
    ["al\u00a0ice", "al[U+00A0]ice"],
  ])("shows every character of %j", (name, shown) => {
    expect(visible(name)).toBe(shown);
  });

  it.each([
    "Ada",
    "Ada of London",
    "جم بركات",
    "می\u200cخواهم",
    "क्\u200dष",
    "👩\u200d👩\u200d👧",
    "❤\ufe0f",
    "e\u0301",
    "<b>",
  ])("leaves ordinary text as it is: %s", (name) => {
    expect(visible(name)).toBe(name);
  });
});
