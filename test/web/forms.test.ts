/** Tests that the dashboard's forms make complete requests or none. */
import { describe, expect, it } from "vitest";
import { describeLimit, fromTyped, type LimitSet, toTyped } from "../../web/src/pages/limits/limit-set.ts";
import {
  describeMissing,
  draftErrors,
  emptyDraft,
  forgetKey,
  keyOf,
  toRequest,
} from "../../web/src/pages/new-operation/draft.ts";
import { expected } from "../../web/src/pages/new-operation/expected.ts";

const MINT = "So11111111111111111111111111111111111111112";
const draft = { ...emptyDraft("alice"), tokenAddress: MINT, amount: "1.5" };
const BUYERS = ["w1", "w2", "w3"];

describe("a new operation", () => {
  it("is asked for with the amount as it was typed", () => {
    expect(toRequest({ ...draft, amount: " 0.000000001 " }, BUYERS)).toEqual({
      userId: "alice",
      userChatId: 0,
      tokenAddress: MINT,
      buyAmount: "0.000000001",
      mode: "standard",
      platform: "auto",
      priority: 0,
    });
  });

  it("has one idempotency key until it succeeds, whatever is typed meanwhile", () => {
    const key = keyOf("one");
    expect(keyOf("another")).not.toBe(key);
    expect(keyOf("one")).toBe(key);
    forgetKey("one");
    expect(keyOf("one")).not.toBe(key);
  });

  it("says what is missing", () => {
    expect(describeMissing(emptyDraft(""))).toBe("Fill in the user, the token and the amount.");
    expect(describeMissing({ ...draft, amount: "" })).toBe("Fill in the amount.");
    expect(describeMissing({ ...draft, amount: "1,5" })).toBe("Correct the marked fields.");
    expect(describeMissing(draft)).toMatch(/^Choose at least one wallet/);
  });

  it("names wallets only when some are left out, and weights only when asked to", () => {
    const request = toRequest(
      { ...draft, leftOut: ["w2"], byWeights: true, weights: { w3: "5", w2: "9" } },
      BUYERS,
    );
    expect(request).toMatchObject({ walletIds: ["w1", "w3"], weights: [1, 5] });
  });

  it("is not whole while something is missing or wrong", () => {
    const wrong = [
      { amount: "" },
      { amount: "0" },
      { tokenAddress: "0x12" },
      { slippageBps: "10001" },
      { userId: " " },
    ];
    for (const change of wrong) expect(toRequest({ ...draft, ...change }, BUYERS)).toBeNull();
    expect(toRequest({ ...draft, leftOut: BUYERS }, BUYERS)).toBeNull();
    expect(toRequest({ ...draft, byWeights: true, weights: { w1: "0" } }, BUYERS)).toBeNull();
  });

  it("says what is wrong, but not of what is still empty", () => {
    expect(draftErrors(emptyDraft(""))).toEqual({});
    expect(Object.keys(draftErrors({ ...draft, amount: "1,5", parallelism: "0" }))).toEqual([
      "amount",
      "parallelism",
    ]);
  });
});

describe("a set of limits", () => {
  const set: LimitSet = { maxOperationLamports: "2500000000", maxWallets: null, deniedMints: [MINT] };

  it("comes out of the form as it went in", () => {
    expect(fromTyped(toTyped(set))).toEqual({ set, errors: {} });
  });

  it("tells an open limit from none on purpose", () => {
    expect([
      describeLimit(set, "maxWallets"),
      describeLimit(set, "maxSlippageBps"),
      describeLimit(set, "maxOperationLamports"),
    ]).toEqual(["no limit", "not set", "2.5 SOL"]);
  });

  it("names the field of a value that is none", () => {
    const typed = { ...toTyped(set), maxSlippageBps: { choice: "value" as const, text: "5 %" } };
    expect(Object.keys(fromTyped(typed).errors)).toEqual(["maxSlippageBps"]);
  });
});

describe("an estimate", () => {
  it("never expects less than what a wallet accepts at least", () => {
    const leg = (tokensOut: string, minTokensOut: string) => ({ tokensOut, minTokensOut });
    // The desk promises each leg more than its share of the quote for all of them.
    expect(expected({ legs: [leg("100", "110"), leg("100", "95")], totalTokens: "200" })).toEqual({
      legs: [leg("110", "110"), leg("100", "95")],
      totalTokens: "210",
    });
    // Shares are rounded down, so the whole may be more than their sum.
    expect(expected({ legs: [leg("33", "30")], totalTokens: "34" }).totalTokens).toBe("34");
  });
});
