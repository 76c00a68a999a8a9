/** Tests which legs a retry buys again, and that it never includes one that may still land. */
import { expect, it } from "vitest";
import { planRetry } from "../../src/engine/operation/retry.ts";
import type { Operation, StepStatus } from "../../src/engine/ports.ts";
import { openScene } from "./parts.ts";

/** Reads an ended operation whose steps have these statuses, as a retry does. */
async function ended(...statuses: readonly StepStatus[]) {
  const { journal, id } = await openScene(statuses, "completed");
  const operation = (await journal.readOperation(id)) as Operation;
  return { operation, legs: await journal.readLegs(id), steps: await journal.readSteps(id) };
}

it("buys the legs again that failed or were never signed, each for its own lamports", async () => {
  const { operation, legs, steps } = await ended("confirmed", "failed", "finalized", "cancelled");
  const missing = [legs[1], legs[3]];
  const times = { notBefore: new Date(1), expiresAt: new Date(2), retry: { of: "op_0", leastTokens: [] } };
  const asked = { ...operation, request: { ...operation.request, ...times } };
  const request = planRetry({ operation: asked, legs, steps });
  expect(request).toEqual({
    ...operation.request,
    walletIds: missing.map((leg) => leg?.walletId),
    weights: missing.map((leg) => Number(leg?.lamports)),
    buyLamports: (legs[1]?.lamports ?? 0n) + (legs[3]?.lamports ?? 0n),
    retry: { of: operation.id, leastTokens: missing.map((leg) => leg?.leastTokens ?? null) },
  });
});

it.each<StepStatus>(["ready", "in_flight", "needs_review"])(
  "refuses while a leg of the ended operation is %s: a fork has reopened it",
  async (status) => {
    const scene = await ended("failed", status);
    expect(() => planRetry(scene)).toThrow(expect.objectContaining({ code: "CTO_E_RETRY_TOO_EARLY" }));
  },
);

it.each(["failed", "cancelled"] as const)(
  "refuses what has no plan and was %s in a restored journal: it may have bought after the backup",
  async (status) => {
    const { operation, legs, steps } = await ended("failed");
    const unplanned = { operation: { ...operation, status }, legs: [], steps: [] };
    expect(planRetry(unplanned).retry).toEqual({ of: operation.id, leastTokens: [] });
    const restored = { ...unplanned.operation, restored: true as const };
    expect(() => planRetry({ ...unplanned, operation: restored })).toThrow(
      expect.objectContaining({ code: "CTO_E_RETRY_RESTORED" }),
    );
    expect(planRetry({ operation: restored, legs, steps }).walletIds).toEqual(["w1"]);
  },
);

it("refuses when every leg has landed", async () => {
  const scene = await ended("confirmed", "finalized");
  expect(() => planRetry(scene)).toThrow(expect.objectContaining({ code: "CTO_E_RETRY_NOTHING" }));
});
