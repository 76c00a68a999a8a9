/** Tests which parts of a failure a public receipt shows. */
import { describe, expect, it } from "vitest";
import { CTOError, REGISTRY, toFailure } from "../../src/errors/index.ts";
import { publicFailure } from "../../src/receipts/public-failure.ts";

describe("a receipt's failure", () => {
  it("keeps what the chain shows anyway", () => {
    const failure = toFailure(
      new CTOError("CTO_E_TRANSACTION_FAILED", { signature: "5VER", reason: "slippage" }),
    );
    expect(publicFailure(failure)).toEqual(failure);
  });

  it("leaves out who decided, which endpoint failed, and what a user may spend", () => {
    const failures = [
      new CTOError("CTO_E_STEP_REVIEWED_DEAD", {
        step: "op.buy.1",
        reviewer: "Wilhelmina",
        reason: "secret-1",
      }),
      new CTOError("CTO_E_RPC_UNAVAILABLE", { method: "getSlot", reason: "secret-2.example: HTTP 500" }),
      new CTOError("CTO_E_LIMIT_EXCEEDED", {
        option: "--per-day",
        limit: "secret-3",
        asked: "2",
        allowed: "1",
        fits: "secret-4",
      }),
    ].map(toFailure);
    for (const failure of failures) {
      const shown = publicFailure(failure);
      expect(shown.code).toBe(failure.code);
      expect(shown.message).not.toMatch(/Wilhelmina|secret/);
    }
    expect(publicFailure({ code: "CTO_E_LIMIT_EXCEEDED", message: "x" }).message).toBe(
      REGISTRY.CTO_E_LIMIT_EXCEEDED.cause,
    );
  });

  it("shows of a code that it does not know nothing but the code", () => {
    expect(publicFailure({ code: "CTO_E_LONG_GONE", message: "secret" }).message).toBe("CTO_E_LONG_GONE");
  });
});
