/** Tests that no text of a stranger becomes markup, a link or a command, in whatever message it stands. */
import { expect, it } from "vitest";
import type { CTOEstimate, CTOJobStatus } from "../../src/index.ts";
import { message, offerText, operationText, quoted, tokenText } from "../../src/telegram/text.ts";

const HOSTILE = `</code><a href="https://evil.example">@you /cancel</a> &amp;\u202e\u200b\n<b>`;

/** Removes the tags that the bot itself writes. No other character of markup may remain. */
const withoutOwnTags = (text: string): string =>
  text.replace(/<\/?(b|code)>/g, "").replace(/<a href="https:\/\/cto\.example\/r\/op_1">|<\/a>/g, "");

const expectPlain = (text: string): void => {
  expect(withoutOwnTags(text)).not.toMatch(/[<>"\u202e\u200b]/u);
  // Everything hostile stands within code, where Telegram makes nothing of it.
  expect(text.replace(/<code>[^<]*<\/code>/g, "")).not.toMatch(/evil|@you|cancel/);
};

type Found = Exclude<CTOJobStatus, { status: "not_found" }>;

it("an operation's message quotes its name, its reasons and its ids", () => {
  const label = { symbol: HOSTILE, name: HOSTILE, unverified: true };
  const failure = { code: "CTO_E_X", message: HOSTILE };
  const status = {
    jobId: HOSTILE,
    status: "failed",
    progress: 50,
    data: { tokenAddress: HOSTILE, buyAmount: "1", mode: "standard" },
    tokenLabel: label,
    halted: { reason: HOSTILE },
    failedReason: HOSTILE,
    receiptUrl: "https://cto.example/r/op_1",
    result: {
      needsReview: false,
      venue: "jupiter",
      landed: 0,
      spentLamports: "0",
      legs: [{ leg: 1, failure }],
    },
  };
  // The message reads only these fields.
  const text = operationText(status as unknown as Found);
  expectPlain(text);
  expect(text).toContain("Wallet 1: <code>");
  expect(text).toContain("It calls itself <code>");
});

it("the first message about a token quotes its name, and the reason why it has no price", () => {
  const market = {
    detected: "unknown",
    platform: "jupiter",
    averagePrice: "0.1",
    price: { reference: "aggregator", deviationBps: 12, transferFeeBps: 0 },
  } as const;
  const tokenLabel = { symbol: HOSTILE, name: HOSTILE.repeat(900), unverified: true } as const;
  const text = tokenText(HOSTILE, { platform: "unknown", market: { ...market, tokenLabel } });
  expectPlain(text);
  expect(text).toMatch(/<\/code> \(unverified\)\nTrades on no venue known by name; bought through jupiter\n/);
  expect(text).toContain(
    "About 0.1 SOL each, for a small amount\nPrice: 0.12 % above the aggregator's quote",
  );
  const unnamed = tokenText("mint", { platform: "unknown", market });
  expect(unnamed).not.toContain("calls itself");
  const refused = tokenText(HOSTILE, { platform: "migrating", market: { problem: HOSTILE } });
  expectPlain(refused);
  expect(refused).toContain("Trades on migrating\nNo price now: <code>");
});

it("an offer quotes the token's name and the wallets' addresses", () => {
  const estimate = {
    detected: "unknown",
    platform: "jupiter",
    tokenLabel: { symbol: HOSTILE, name: HOSTILE, unverified: true },
    legs: [{ address: HOSTILE, aboveMaxPrice: true }, { address: "another" }],
    totalLamports: "1",
    totalTokens: "1",
    decimals: 0,
    averagePrice: "1",
    priceImpactBps: 0,
    price: { reference: "aggregator", transferFeeBps: 0 },
    fees: { venue: null, network: "0", priority: "0", rent: "0" },
    shortOfFunds: [{ address: HOSTILE, has: "0", needs: "1" }],
  };
  const text = offerText(HOSTILE, "standard", estimate as unknown as CTOEstimate);
  expectPlain(text);
  expect(text.split("would buy nothing")).toHaveLength(2);
});

it("a long text is cut without cutting an entity or a tag, and a message keeps whole lines", () => {
  const text = quoted("&".repeat(1_000));
  expect(text).toMatch(/^<code>(&amp;){300}…<\/code>$/);
  const long = message(Array.from({ length: 100 }, () => quoted(HOSTILE)));
  expect(long.length).toBeLessThan(4_096);
  expect(long.split("<code>").length).toBe(long.split("</code>").length);
});
