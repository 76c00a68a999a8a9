/** Tests the pure part of the limits: which limits apply, what they refuse, and how much a leg counts as spending. */
import { type Lamports, lamports } from "@solana/kit";
import { describe, expect, it } from "vitest";
import {
  limitsFor,
  priceImpactLimit,
  requireAllowedPrograms,
  requireWithinLimits,
} from "../../src/engine/limits/limits.ts";
import type { LimitSet } from "../../src/engine/ports.ts";
import { addressOf, requestOf } from "../../src/journal/contract/harness.ts";

const of = (everyone: LimitSet | null, own: LimitSet | null = null) => limitsFor({ everyone, own }, false);
const sol = (amount: number): Lamports => lamports(BigInt(amount * 1_000_000_000));

describe("which limits apply", () => {
  it("takes the user's own field before that for everyone, and keeps null as no limit", () => {
    const limits = of({ maxWallets: 3, maxSlippageBps: 100 }, { maxWallets: null });
    expect(limits).toMatchObject({ maxWallets: null, maxSlippageBps: 100, maxUserDayLamports: null });
  });

  it("wants the three limits on spending where money is real, be they none", () => {
    const set = { maxOperationLamports: sol(1), maxUserDayLamports: null };
    expect(() => limitsFor({ everyone: set, own: null }, true)).toThrow(
      expect.objectContaining({
        code: "CTO_E_LIMITS_UNSET",
        message: expect.stringContaining("maxWalletLifetimeLamports"),
      }),
    );
    const own = { maxWalletLifetimeLamports: null };
    expect(limitsFor({ everyone: set, own }, true)).toMatchObject({ maxOperationLamports: sol(1) });
  });
});

describe("the limits on a request", () => {
  const request = requestOf({ buyLamports: sol(2), slippageBps: 300 });
  const exceeded = expect.objectContaining({ code: "CTO_E_LIMIT_EXCEEDED" });

  it.each<[string, LimitSet, number, unknown]>([
    ["lamports", { maxOperationLamports: lamports(1_999_999_999n) }, 1, exceeded],
    ["wallets", { maxWallets: 4 }, 5, exceeded],
    ["slippage", { maxSlippageBps: 299 }, 1, exceeded],
    [
      "a denied token",
      { deniedMints: [request.tokenAddress] },
      1,
      expect.objectContaining({ code: "CTO_E_MINT_NOT_ALLOWED" }),
    ],
    ["no token at all", { allowedMints: [] }, 1, expect.objectContaining({ code: "CTO_E_MINT_NOT_ALLOWED" })],
  ])("refuses too much of %s", (_name, set, wallets, error) => {
    expect(() => requireWithinLimits(of(set), request, wallets)).toThrow(error as Error);
  });

  it("names no amount that would fail later: the costs count, too, and are not known yet", () => {
    const limits = of({ maxOperationLamports: sol(0.2) });
    expect(() => requireWithinLimits(limits, request, 1)).toThrow(/: at most 0\.2 SOL less the costs/);
  });

  it("lets pass what is just at the limits", () => {
    const set: LimitSet = {
      maxOperationLamports: sol(2),
      maxWallets: 5,
      maxSlippageBps: 300,
      allowedMints: [request.tokenAddress],
      deniedMints: [addressOf("another")],
    };
    expect(() => requireWithinLimits(of(set), request, 5)).not.toThrow();
  });

  it("takes the stricter price impact of caller and limits", () => {
    expect(priceImpactLimit(of({ maxPriceImpactBps: 50 }), 80)).toBe(50);
    expect(priceImpactLimit(of({ maxPriceImpactBps: 50 }), 20)).toBe(20);
    expect(priceImpactLimit(of({ maxPriceImpactBps: 50 }), undefined)).toBe(50);
    expect(priceImpactLimit(of(null), 80)).toBe(80);
    expect(priceImpactLimit(of(null), undefined)).toBeUndefined();
  });

  it("refuses a program that is not listed, wherever it is called, and never those that all buys need", () => {
    const [venue, other] = [addressOf("venue"), addressOf("other")];
    const limits = of({ allowedPrograms: [venue] });
    const system = { programAddress: "11111111111111111111111111111111" as typeof venue };
    const call = (programAddress: typeof venue) => ({ programAddress });
    expect(() =>
      requireAllowedPrograms(limits, { setup: [system], swap: [call(venue)], cleanup: [] }),
    ).not.toThrow();
    for (const place of ["setup", "swap", "cleanup"] as const) {
      const draft = { setup: [], swap: [], cleanup: [], [place]: [call(other)] };
      expect(() => requireAllowedPrograms(limits, draft)).toThrow(
        expect.objectContaining({ code: "CTO_E_PROGRAM_NOT_ALLOWED" }),
      );
      expect(() => requireAllowedPrograms(of(null), draft)).not.toThrow();
    }
  });
});
