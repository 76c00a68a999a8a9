/**
 * Tests the cleaning of hostile token names: the result hides nothing, turns no text around, and contains no link, no
 * markup and no look-alike of another name.
 */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { labelOf, labelWords } from "../../src/base/token-label.ts";

const shown = (symbol: string, name = ""): string => labelOf(symbol, name)?.symbol ?? "";
const named = (name: string): string => labelOf("", name)?.name ?? "";

describe("a token's label", () => {
  it("shows honest names as they are", () => {
    for (const name of [
      "Dog (wif) hat",
      "Bonk",
      "Pepe's coin 2.0",
      "Ünïcôde",
      "Привет",
      "Ωμέγα".normalize("NFC"),
      "柴犬コイン",
      "김치",
      "🚀 Moon",
      "$WIF",
      "50% off!",
      "a, b; c = d",
    ])
      expect(named(name)).toBe(name === "Ωμέγα" ? "Ωμέγα" : name);
  });

  it.each([
    ["zero width", "US\u200bD\u2060C\ufeff", "USDC"],
    ["direction", "\u202eCDSU\u202c \u2066x\u2069", "CDSU x"],
    ["escape sequences", "\u001b[31mUSDC\u0007\u009b2J", "(31mUSDC2J"],
    ["line ends", "US\r\nDC\u2028!", "USDC !"],
    ["padding of the account", "USDC\0\0\0\0", "USDC"],
    ["stacked marks", "U\u0336\u0335\u0489S\u20ddDC", "USDC"],
    ["variation selectors and tags", "USDC\ufe0f\u{e0041}", "USDC"],
    ["full width and mathematical letters", "ＵＳ𝐃𝒞", "USDC"],
    ["empty letters", "\u3164USDC\u2800", "USDC"],
    ["Cyrillic among Latin", "USD\u0421", "USD(U+0421)"],
    ["a word that is all Cyrillic twins", "\u0421\u041e\u0421", "(U+0421)…"],
    ["Greek among Latin", "\u0392ONK", "(U+0392)ONK"],
    ["Cherokee", "\u13aa\u13d2", "(U+13AA)…"],
    ["dotless and small-capital letters", "\u0131\u1d04", "(U+0131)…"],
    ["right to left", "\u05d0\u05d1", "(U+05D0)…"],
    ["halves of characters", "A\ud800B", "AB"],
    ["check marks", "USDC ✅☑", "USDC"],
    ["nothing at all", "\u200b\u0000", ""],
  ])("cleans %s", (_what, given, expected) => {
    expect(shown(given)).toBe(expected);
  });

  it.each([
    ["HTML", "<img src=x onerror=alert(1)>", "‹img src=x onerror=alert(1)›"],
    ["entities", "&lt;b&gt;", "+lt;b+gt;"],
    ["a link of Markdown", "[win](https://evil.example)", "(win)(https: /evil. example)"],
    ["emphasis and code of Markdown", "**a** __b__ `c` ~~d~~ |e|", "a b 'c' d e"],
    ["a link that a chat would make", "claim.evil.com", "claim. evil. com"],
    ["a mention", "@everyone", "(at)everyone"],
    ["quotes", 'a" onload="b', "a' onload='b"],
  ])("makes %s harmless", (_what, given, expected) => {
    expect(named(given)).toBe(expected);
  });

  it("is short, and never cut within a character", () => {
    expect(shown("A".repeat(500))).toBe(`${"A".repeat(11)}…`);
    expect([...named("🚀".repeat(500))]).toHaveLength(32);
    expect(named("\ufdfa".repeat(500)).length).toBeLessThanOrEqual(32);
  });

  it("is always marked as unverified, even if the name claims otherwise", () => {
    const label = labelOf("USDC", "Verified USD Coin");
    expect(label && labelWords(label)).toBe("USDC, “Verified USD Coin” (unverified)");
    expect(labelWords({ symbol: "A", name: "A", unverified: true })).toBe("A (unverified)");
    expect(labelWords({ symbol: "", name: "A", unverified: true })).toBe("“A” (unverified)");
    expect(labelOf("\0", " ")).toBeNull();
  });

  it("contains no active content for any input, and a second cleaning changes nothing", () => {
    const text = fc.string({ unit: "binary", maxLength: 60 });
    fc.assert(
      fc.property(text, (given) => {
        const once = named(given);
        expect(once).not.toMatch(/[\p{C}\p{M}<>&"`[\]*_~|\\#@]|:\/\/|\p{Script=Hebrew}|\p{Script=Arabic}/u);
        expect(once).not.toMatch(/ {2}|^ | $/);
        expect([...once].length).toBeLessThanOrEqual(32);
        if (!once.endsWith("…") && !once.includes("(U+")) expect(named(once)).toBe(once);
      }),
      { seed: 17, numRuns: 3_000 },
    );
  });
});
