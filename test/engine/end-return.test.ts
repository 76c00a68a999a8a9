/** Tests that a person can end a return that was never signed, and what a decision about a return leaves open. */
import { describe, expect, it } from "vitest";
import { CTOError } from "../../src/errors/index.ts";
import { resolveStep } from "../../src/services/resolve-step.ts";
import { reviewOperation } from "../../src/services/review.ts";
import { dead, openScene } from "./parts.ts";
import { returning, stateOf } from "./returning.ts";

describe("a return that nobody can sign", () => {
  const refusal = new CTOError("CTO_E_WALLET_SIGNER_UNKNOWN", { walletId: "w1", name: "vault" });
  const ended = { resolution: "dead", reviewer: "bob", reason: "its key is gone" } as const;

  it("is shown for review with why it was refused, and a person ends it, without force and by name", async () => {
    const { scene, recover, steps } = await returning(2, async () => {
      throw refusal;
    });
    expect((await reviewOperation(scene, scene.ports, scene.id)).steps).toEqual([]);
    await recover();
    const review = await reviewOperation(scene, scene.ports, scene.id);
    expect(review.steps).toMatchObject(
      [1, 2].map((leg) => ({
        stepId: `${scene.id}.recover.${leg}`,
        status: "ready",
        lamports: 1_000n,
        failure: { code: refusal.code },
        attempts: [],
        conclusion: "nothing of it was signed, so nothing of it can land",
      })),
    );
    const [first, second] = review.steps.map(({ stepId }) => stepId) as [string, string];
    await resolveStep(scene, scene.ports, first, ended);
    expect(await steps()).toEqual(["failed", "ready"]);
    expect(scene.told.findLast(({ type }) => type === "review")).toMatchObject({ forced: false, leg: 1 });
    await resolveStep(scene, scene.ports, second, ended);
    expect(await steps()).toEqual(["failed", "failed"]);
    expect(await stateOf(scene)).toEqual(["completed", "done"]);
    const failure = {
      code: "CTO_E_RECOVERY_GIVEN_UP",
      message: expect.stringMatching(/bob.*its key is gone/),
    };
    expect(await scene.journal.readStep(first)).toMatchObject({ failure });
    expect((await reviewOperation(scene, scene.ports, scene.id)).steps).toEqual([]);
    await scene.journal.markSettled(scene.id);
    expect((await scene.journal.readOperation(scene.id))?.settled).toBe(true);
  });

  it("can be ended while its signer is away and it is tried again and again", async () => {
    const away = new CTOError("CTO_E_WALLET_SIGNER_FAILED", { name: "vault", reason: "away" });
    const { scene, recover, steps } = await returning(1, async () => {
      throw away;
    });
    await expect(recover()).rejects.toBe(away);
    await resolveStep(scene, scene.ports, `${scene.id}.recover.1`, ended);
    expect(await steps()).toEqual(["failed"]);
    expect(await stateOf(scene)).toEqual(["completed", "done"]);
  });

  it("leaves the recovery to its worker where other legs are not planned yet", async () => {
    const away = new CTOError("CTO_E_WALLET_SIGNER_FAILED", { name: "vault", reason: "away" });
    const { scene, recover } = await returning(2, async () => {
      throw away;
    }, [1]);
    await expect(recover()).rejects.toBe(away);
    await resolveStep(scene, scene.ports, `${scene.id}.recover.1`, ended);
    expect(await stateOf(scene)).toEqual(["completed", "requested"]);
  });

  it("has not landed, whoever says so: nothing of it was signed", async () => {
    const { scene, recover, steps } = await returning(1, async () => {
      throw refusal;
    });
    await recover();
    const landed = { ...ended, resolution: "landed", force: true } as const;
    await expect(resolveStep(scene, scene.ports, `${scene.id}.recover.1`, landed)).rejects.toMatchObject({
      code: "CTO_E_REVIEW_REFUSED",
    });
    expect(await steps()).toEqual(["ready"]);
  });

  it("is not ended where a worker is at it, nor is a buy that is not signed yet", async () => {
    const { scene } = await returning(1, async () => new Map<never, never>());
    await scene.lease();
    await expect(resolveStep(scene, scene.ports, `${scene.id}.recover.1`, ended)).rejects.toMatchObject({
      code: "CTO_E_REVIEW_BUSY",
    });
    const buying = await openScene(["ready"], null);
    await expect(resolveStep(buying, buying.ports, `${buying.id}.buy.1`, ended)).rejects.toMatchObject({
      code: "CTO_E_REVIEW_REFUSED",
    });
  });

  it.each([true, false])(
    "is ended only by force where, after a restore, its wallet's history does not prove that it was never signed (%s)",
    async (force) => {
      const { scene, recover, steps } = await returning(1, async () => {
        throw refusal;
      });
      await recover();
      const journal: typeof scene.journal = {
        ...scene.journal,
        readOperation: async (id) => {
          const operation = await scene.journal.readOperation(id);
          return operation && { ...operation, restored: true };
        },
      };
      const ports = { ...scene.ports, journal };
      const decision = { ...ended, force };
      const resolving = resolveStep({ journal }, ports, `${scene.id}.recover.1`, decision);
      if (force) await resolving;
      else await expect(resolving).rejects.toMatchObject({ code: "CTO_E_REVIEW_REFUSED" });
      expect(await steps()).toEqual([force ? "failed" : "ready"]);
    },
  );
});

describe("a sweep's step that needs a review", () => {
  const looked = { reviewer: "bob", reason: "looked it up", force: true } as const;

  it.each(["dead", "landed"] as const)(
    "ends the sweep at once where a person says that it is %s",
    async (resolution) => {
      const { journal, script, ports, id } = await openScene(["needs_review"], "needs_review", {
        mode: "standard",
        purpose: "sweep",
      });
      script.evidence = dead(252n);
      const ended = await resolveStep({ journal }, ports, `${id}.recover.1`, { ...looked, resolution });
      expect(ended.status).toBe(resolution === "dead" ? "failed" : "completed");
      expect((await journal.readStep(`${id}.recover.1`))?.status).toBe(
        resolution === "dead" ? "failed" : "finalized",
      );
    },
  );
});
