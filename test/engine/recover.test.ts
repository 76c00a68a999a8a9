/** Tests a recovery with uncertain steps or under a halt: it follows the same rules as buys. */
import { lamports } from "@solana/kit";
import { describe, expect, it } from "vitest";
import { Interrupted } from "../../src/engine/operation/journaling.ts";
import { settleOperation } from "../../src/engine/operation/settle.ts";
import type { Step } from "../../src/engine/ports.ts";
import { recoverOperation } from "../../src/engine/recovery/recover.ts";
import { ENGINE_DEFAULTS } from "../../src/engine/settings.ts";
import { CTOError } from "../../src/errors/index.ts";
import { addressOf, attemptOf, inserted } from "../../src/journal/contract/harness.ts";
import { resolveStep } from "../../src/services/resolve-step.ts";
import { reviewOperation } from "../../src/services/review.ts";
import { dead, openScene, type Scene, says } from "./parts.ts";
import { OWED, returning, stateOf } from "./returning.ts";

type Recovering = Scene & { recoverStep(): Promise<Step> };

/** Returns a settled operation of one leg with a planned recovery. If `signed`, the recovery has one attempt. */
async function recovering(signed: boolean, cancelled = false): Promise<Recovering> {
  const opened = await openScene(["finalized"], cancelled ? "cancelled" : "completed");
  const { journal, id, ports } = opened;
  await journal.markSettled(id);
  await journal.requestRecovery(id);
  const lease = await opened.lease();
  await journal.writeRecovery(id, lease, [OWED], [1]);
  const stepId = `${id}.recover.1`;
  const step = await journal.readStep(stepId);
  const attempt = { ...attemptOf(1, stepId), returned: lamports(1_000n) };
  if (signed && step) await inserted(journal, step, lease, attempt);
  await journal.releaseLease(lease);
  const [funding] = opened.wallets;
  if (funding === undefined) throw new Error("no wallet");
  return {
    ...opened,
    wallets: [...opened.wallets, { ...funding, id: "funding", role: "funding" }],
    ports: {
      ...ports,
      chain: { ...ports.chain, computeUnitPrice: async () => 0n },
      // A clock without a real pause would never let other code run, and the wait would not end.
      clock: { now: () => new Date(), sleep: () => new Promise((resolve) => setTimeout(resolve, 1)) },
    },
    async recoverStep() {
      const found = await journal.readStep(stepId);
      if (found === null) throw new Error("no step");
      return found;
    },
  };
}

async function run(
  { ports, id, wallets, lease }: Recovering,
  signal = new AbortController().signal,
): Promise<void> {
  const held = await lease();
  const settings = { ...ENGINE_DEFAULTS, times: { reviewAfterMs: -1, rebroadcastMs: 1 } };
  try {
    await recoverOperation(ports, id, { lease: held, wallets, signal, settings });
  } finally {
    await ports.journal.releaseLease(held);
  }
}

describe("a return whose fate is not proved", () => {
  it("goes to review, with its operation as it was, and comes out of it when a person decides", async () => {
    const scene = await recovering(true);
    await run(scene);
    expect(await stateOf(scene)).toEqual(["completed", "needs_review"]);
    expect(await scene.recoverStep()).toMatchObject({
      status: "needs_review",
      attempts: [{ status: "live" }],
    });
    const review = await reviewOperation(scene, scene.ports, scene.id);
    expect(review.steps).toMatchObject([{ stepId: `${scene.id}.recover.1`, lamports: 1_000n }]);

    scene.script.evidence = dead(252n);
    const decision = { resolution: "dead", reviewer: "bob", reason: "looked it up" } as const;
    await resolveStep(scene, scene.ports, `${scene.id}.recover.1`, decision);
    expect(await stateOf(scene)).toEqual(["completed", "done"]);
    expect(await scene.recoverStep()).toMatchObject({ status: "failed" });
    await scene.journal.markSettled(scene.id);
    expect((await scene.journal.readOperation(scene.id))?.settled).toBe(true);
  });

  it("is checked again by evidence, and lands without a new signature", async () => {
    const scene = await recovering(true);
    await run(scene);
    await run(scene);
    expect(await stateOf(scene)).toEqual(["completed", "needs_review"]);
    scene.script.evidence = says({ slot: 905n, finalized: true, failure: null });
    await run(scene);
    expect(await stateOf(scene)).toEqual(["completed", "done"]);
    expect(await scene.recoverStep()).toMatchObject({
      status: "finalized",
      attempts: [{ status: "landed" }],
    });
    expect(scene.told.at(-1)).toMatchObject({
      type: "recover",
      leg: 1,
      lamports: 1_000n,
      status: "finalized",
    });
  });
});

describe("a return that landed and was dropped by a fork", () => {
  it("is reopened by the settler, as a recovery and not as an operation", async () => {
    const scene = await recovering(true);
    scene.script.view = { state: "confirmed", slot: 900n, failure: null };
    await run(scene);
    expect(await stateOf(scene)).toEqual(["completed", "done"]);
    scene.script.view = { state: "unseen" };
    scene.script.evidence = dead(252n);
    const operation = await scene.journal.readOperation(scene.id);
    if (operation === null) throw new Error("no operation");
    await settleOperation(scene.ports, operation, { owner: "worker", timeoutMs: 1, reviewAfterMs: 1_000 });
    expect(await stateOf(scene)).toEqual(["completed", "requested"]);
    expect(await scene.recoverStep()).toMatchObject({ status: "in_flight", attempts: [{ status: "live" }] });
  });
});

describe("the kill switch", () => {
  it.each([false, true])(
    "holds a return that is not signed yet, be its operation cancelled (%s)",
    async (cancelled) => {
      const scene = await recovering(false, cancelled);
      await scene.journal.writeHalt({ by: "bob", reason: "a test" });
      const shutdown = new AbortController();
      const running = run(scene, shutdown.signal);
      await new Promise((resolve) => setTimeout(resolve, 50));
      expect(await scene.recoverStep()).toMatchObject({ status: "ready", attempts: [] });
      shutdown.abort();
      await expect(running).rejects.toBeInstanceOf(Interrupted);
      expect((await stateOf(scene))[1]).toBe("requested");
    },
  );
});

describe("a return that is refused before it is signed", () => {
  it.each([
    new CTOError("CTO_E_WALLET_SIGNER_UNKNOWN", { walletId: "w1", name: "vault" }),
    new CTOError("CTO_E_TRANSACTION_REFUSED", { reason: "the payer has too little for the fee" }),
    new CTOError("CTO_E_ENDPOINTS_DISAGREE", { about: "what is left", answers: [] }),
  ])("is not used up: $code is shown, and a later request tries it again", async (refusal) => {
    let mended = false;
    const { scene, recover, steps } = await returning(2, async () => {
      throw mended ? new CTOError("CTO_E_RECOVERY_NOTHING_LEFT", { wallet: "w" }) : refusal;
    });
    await recover();
    expect(await steps()).toEqual(["ready", "ready"]);
    expect(await stateOf(scene)).toEqual(["completed", "needs_review"]);
    const failure = (await scene.journal.readOperation(scene.id))?.recovery?.failure;
    expect(failure?.code).toBe(refusal.code);
    mended = true;
    expect(await scene.journal.requestRecovery(scene.id)).not.toBeNull();
    await recover();
    expect(await steps()).toEqual(["failed", "failed"]);
    expect(await stateOf(scene)).toEqual(["completed", "done"]);
  });

  it("holds back no other return, and neither does a leg's own signer that fails", async () => {
    for (const [refusal, state] of [
      [new CTOError("CTO_E_WALLET_SIGNER_UNKNOWN", { walletId: "w1", name: "vault" }), "needs_review"],
      [
        new CTOError("CTO_E_WALLET_SIGNER_FAILED", { name: "vault", reason: "away", address: "a wallet" }),
        "requested",
      ],
      [new CTOError("CTO_E_RECOVERY_NOT_FINAL", { wallet: "w", now: 0n, final: 1n }), "requested"],
    ] as const) {
      const { scene, recover, steps } = await returning(6, async (call) => {
        throw call === 1 ? refusal : new CTOError("CTO_E_RECOVERY_NOTHING_LEFT", { wallet: "w" });
      });
      await recover().catch((error: unknown) => expect(error).toBe(refusal));
      // Four return side by side, so the last two have not started when the first one is refused.
      expect(await steps()).toEqual(["ready", ...Array.from({ length: 5 }, () => "failed")]);
      expect((await stateOf(scene))[1]).toBe(state);
    }
  });

  it("stops the others where the failing signer is the funding wallet's, which signs them all", async () => {
    const address = addressOf("funding");
    let asked = 0;
    const { recover, steps } = await returning(6, async () => {
      asked += 1;
      throw new CTOError("CTO_E_WALLET_SIGNER_FAILED", { name: "vault", reason: "away", address });
    });
    await expect(recover()).rejects.toMatchObject({ code: "CTO_E_WALLET_SIGNER_FAILED" });
    // So many return side by side.
    expect(asked).toBe(4);
    expect(await steps()).toEqual(Array.from({ length: 6 }, () => "ready"));
  });
});
