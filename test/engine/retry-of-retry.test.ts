/** Attacks the retry of a retry that ended before its plan: no wallet may pay more than it had. */
import { lamports } from "@solana/kit";
import { expect, it } from "vitest";
import { lamportsToShare } from "../../src/engine/operation/plan.ts";
import { planRetry } from "../../src/engine/operation/retry.ts";
import type { Operation } from "../../src/engine/ports.ts";
import { requestOf } from "../../src/journal/contract/harness.ts";

it("keeps each wallet's amount when the first retry ended without a plan (an outage, an unfit wallet)", () => {
  // The first retry, as `planRetry` writes it, of three legs of 70, 20 and 10 lamports.
  const first = {
    ...requestOf(),
    skipUnfit: true,
    buyLamports: lamports(100n),
    walletIds: ["a", "b", "c"],
    weights: [70, 20, 10],
    retry: { of: "op_0", leastTokens: [7n, null, 1n] },
  };
  const operation = { id: "op_1", status: "failed", request: first } as unknown as Operation;
  const second = planRetry({ operation, legs: [], steps: [] });
  expect(second.retry).toEqual({ of: "op_1", leastTokens: [7n, null, 1n] });
  // The first wallet has become unfit: the others buy for what they had, 20 and 10, and not for 67 and 33.
  expect(lamportsToShare(second, [{ place: 1 }])).toBe(30n);
});
