/** Tests what a person sees of a step whose result is not proved, and what that person may decide. */
import { describe, expect, it } from "vitest";
import type { Resolution, WalletHistory } from "../../src/engine/ports.ts";
import { addressOf, attemptOf, USER } from "../../src/journal/contract/harness.ts";
import { resolveStep, type StepDecision } from "../../src/services/resolve-step.ts";
import { reviewOperation } from "../../src/services/review.ts";
import { requeueOnce } from "../../src/worker/requeuer.ts";
import { dead, openScene, type Scene, says } from "../engine/parts.ts";

const landed = { slot: 905n, finalized: true, failure: null };

const resolve = (
  scene: Scene,
  resolution: Resolution,
  options: Pick<StepDecision, "force" | "actor"> = {},
  reason = "looked it up",
) =>
  resolveStep(scene, scene.ports, `${scene.id}.buy.1`, { resolution, reviewer: "bob", reason, ...options });

const audits = async ({ journal, id }: Scene) =>
  (await journal.readEvents(id, 0, 100)).filter(({ type }) => type === "review");

describe("a review", () => {
  it("shows each attempt with what every endpoint says, in words", async () => {
    const scene = await openScene(["needs_review", "finalized"], "needs_review");
    scene.script.evidence = [...(dead(252n) as []), ...(dead(251n) as [])];
    const review = await reviewOperation(scene, scene.ports, scene.id);
    expect(review).toMatchObject({ operationId: scene.id, status: "needs_review" });
    expect(review.steps).toHaveLength(1);
    expect(review.steps[0]).toMatchObject({
      stepId: `${scene.id}.buy.1`,
      leg: 1,
      address: scene.wallets[0]?.address,
      conclusion: "unknown: attempt 1 may still land until block 251",
      attempts: [
        {
          number: 1,
          lastValidBlockHeight: 250n,
          blockhashSlot: 120n,
          endpoints: [
            {
              endpoint: "endpoint-1",
              finalizedHeight: 252n,
              says: "not found, and expired: it cannot land any more",
            },
            {
              endpoint: "endpoint-2",
              finalizedHeight: 251n,
              says: "not found, but attempt 1 may still land until block 251",
            },
          ],
        },
      ],
    });
  });

  it("names in the audit log who ran the process, as every action does, and the reviewer beside", async () => {
    const decisionOf = async (options: Pick<StepDecision, "actor">) => {
      const scene = await openScene(["needs_review"], "needs_review");
      scene.script.evidence = [...(dead(252n) as []), ...(dead(252n) as [])];
      await resolve(scene, "dead", options);
      const [record] = (await scene.journal.readAudit(0, 10)).filter(
        ({ action }) => action === "review.decided",
      );
      return { actor: record?.actor, reviewer: record?.details.reviewer };
    };
    expect(await decisionOf({ actor: "ada" })).toEqual({ actor: "ada", reviewer: "bob" });
    expect(await decisionOf({})).toEqual({ actor: "bob", reviewer: undefined });
  });

  it("says so when no evidence can be had", async () => {
    const scene = await openScene(["needs_review"], "needs_review");
    const { steps } = await reviewOperation(scene, scene.ports, scene.id);
    expect(steps[0]?.conclusion).toMatch(/^unknown: The Solana endpoint did not answer/);
    expect(steps[0]?.attempts[0]?.endpoints).toEqual([]);
  });

  it("says what was found", async () => {
    const scene = await openScene(["needs_review"], "needs_review");
    const saying = async (...[status]: Parameters<typeof says>) => {
      scene.script.evidence = says(status);
      const { steps } = await reviewOperation(scene, scene.ports, scene.id);
      return [steps[0]?.attempts[0]?.endpoints[0]?.says, steps[0]?.conclusion];
    };
    expect(await saying(landed)).toEqual(["landed in slot 905, final", "attempt 1 landed in slot 905"]);
    expect(
      await saying({ ...landed, finalized: false, failure: { error: "x", message: "slippage" } }),
    ).toEqual([
      "failed on chain in slot 905, not final yet: slippage",
      "unknown: attempt 1 failed on chain, but its block is not final yet",
    ]);
  });

  it("of an operation that does not exist is an error", async () => {
    const scene = await openScene(["needs_review"], "needs_review");
    await expect(reviewOperation(scene, scene.ports, "op9")).rejects.toMatchObject({
      code: "CTO_E_OPERATION_UNKNOWN",
    });
  });
});

describe("a decision", () => {
  it("that it is dead fails the step for good, is audited, and concludes the operation", async () => {
    const scene = await openScene(["needs_review", "finalized"], "needs_review");
    expect(await resolve(scene, "dead")).toMatchObject({ status: "completed", partial: true });
    expect(await scene.step(1)).toMatchObject({
      status: "failed",
      failure: { code: "CTO_E_STEP_REVIEWED_DEAD", message: expect.stringContaining("bob") },
      attempts: [{ status: "dead", reason: "declared dead by bob: looked it up" }],
    });
    expect(await audits(scene)).toMatchObject([
      {
        type: "review",
        leg: 1,
        resolution: "dead",
        forced: true,
        reviewer: "bob",
        reason: "looked it up",
        evidence: expect.stringContaining("unknown"),
      },
    ]);
    const types = (await scene.journal.readEvents(scene.id, 0, 100)).map(({ type }) => type);
    expect(types).toEqual(["review", "leg", "phase", "result"]);
  });

  it("that the evidence bears out is not a forced one", async () => {
    const scene = await openScene(["needs_review"], "needs_review");
    scene.script.evidence = dead(252n);
    expect(await resolve(scene, "dead")).toMatchObject({ status: "failed" });
    expect(await audits(scene)).toMatchObject([
      { forced: false, evidence: "every attempt is provably dead" },
    ]);
  });

  it("that it landed finalizes the step where the evidence says so", async () => {
    const scene = await openScene(["needs_review"], "needs_review");
    scene.script.evidence = says(landed);
    expect(await resolve(scene, "landed")).toMatchObject({ status: "completed", partial: false });
    expect(await scene.step(1)).toMatchObject({
      status: "finalized",
      attempts: [{ status: "landed", slot: 905n }],
    });
    expect(await audits(scene)).toMatchObject([{ resolution: "landed", forced: false }]);
  });

  it("that it landed leaves what is not final yet to settlement", async () => {
    const scene = await openScene(["needs_review"], "needs_review");
    scene.script.evidence = says({ ...landed, finalized: false });
    await resolve(scene, "landed");
    expect((await scene.step(1)).status).toBe("confirmed");
    expect((await scene.journal.listUnsettled(9)).map(({ id }) => id)).toEqual([scene.id]);
  });

  it("leaves the operation under review while another step of it is", async () => {
    const scene = await openScene(["needs_review", "needs_review"], "needs_review");
    expect(await resolve(scene, "dead")).toMatchObject({ status: "needs_review" });
    expect((await scene.step(2)).status).toBe("needs_review");
  });

  it("gives the operation back to the workers while a step of it is in flight", async () => {
    const scene = await openScene(["needs_review", "in_flight"], "needs_review");
    expect(await resolve(scene, "dead")).toMatchObject({ status: "active" });
    expect((await scene.step(2)).status).toBe("in_flight");
  });

  it.each<[string, Resolution, Scene["script"]["evidence"], Pick<StepDecision, "force">, string, RegExp]>([
    ["dead while it landed", "dead", says(landed), {}, "x", /attempt 1 landed in slot 905/],
    ["dead while it landed, even forced", "dead", says(landed), { force: true }, "x", /landed in slot 905/],
    ["dead while it may still land", "dead", dead(252n, 251n), {}, "x", /may still land until block 251/],
    ["landed while nothing was found", "landed", dead(252n), {}, "x", /no endpoint has found it/],
    ["landed while nobody can tell", "landed", "unavailable", {}, "x", /no endpoint has found it/],
    ["forced without a reason", "landed", dead(252n), { force: true }, " ", /reason must be stated/],
  ])("is refused: %s", async (_name, resolution, evidence, options, reason, message) => {
    const scene = await openScene(["needs_review"], "needs_review");
    scene.script.evidence = evidence;
    const before = await scene.step(1);
    await expect(resolve(scene, resolution, options, reason)).rejects.toMatchObject({
      code: "CTO_E_REVIEW_REFUSED",
      message: expect.stringMatching(message),
    });
    expect(await scene.step(1)).toEqual(before);
    expect(await audits(scene)).toEqual([]);
    await scene.lease(); // The lease was released.
  });

  it("that it landed can be forced with a reason; the audit says that it was", async () => {
    const scene = await openScene(["needs_review"], "needs_review");
    expect(await resolve(scene, "landed", { force: true })).toMatchObject({ status: "completed" });
    expect(await scene.step(1)).toMatchObject({ status: "finalized", attempts: [{ status: "landed" }] });
    expect(await audits(scene)).toMatchObject([{ resolution: "landed", forced: true }]);
  });

  it("is refused for a step that needs none, does not exist, or whose wallets a worker has", async () => {
    const scene = await openScene(["finalized"], "completed");
    await expect(resolve(scene, "dead")).rejects.toMatchObject({ code: "CTO_E_REVIEW_REFUSED" });
    const unknown = resolveStep(scene, scene.ports, "op.buy.9", {
      resolution: "dead",
      reviewer: "bob",
      reason: "x",
    });
    await expect(unknown).rejects.toMatchObject({ code: "CTO_E_STEP_UNKNOWN" });
    await scene.lease();
    await expect(resolve(scene, "dead")).rejects.toMatchObject({ code: "CTO_E_REVIEW_BUSY" });
  });
});

describe("a step of a restored journal", () => {
  const MEMO = "its wallet's history";
  const LATER = attemptOf(2, "after the backup");

  /** Returns a scene whose journaled attempt is dead, and whose chain has this history of the wallet. */
  async function restored(changes: Partial<WalletHistory>): Promise<Scene> {
    const scene = await openScene(["needs_review"], "needs_review");
    const bounds = { since: 800n, lastValidBlockHeight: 500n };
    await scene.journal.declareRestore({ by: "ops", reason: "a test", ...bounds });
    scene.script.evidence = dead(502n);
    const whole = { endpoint: "one", finalizedBlockHeight: 502n, complete: true, firstAvailableSlot: 0n };
    scene.script.histories = [{ ...whole, lines: [], ...changes }];
    return scene;
  }

  async function bought(): Promise<Scene> {
    const { signature } = LATER;
    const scene = await restored({ lines: [{ signature, slot: 900n, failed: false, memos: null }] });
    const memos = [{ text: `cto:1:${scene.id}:buy:1/1`, signers: [addressOf("wallet 1")] }];
    scene.script.finals.set(signature, { ...LATER, slot: 900n, failed: false, fee: 5_000n, memos });
    return scene;
  }

  const conclude = async (scene: Scene) =>
    (await reviewOperation(scene, scene.ports, scene.id)).steps[0]?.conclusion;

  it("is never dead if it landed after the backup, even if forced", async () => {
    const scene = await bought();
    expect(await conclude(scene)).toContain(`${MEMO} has ${LATER.signature} in slot 900`);
    const refused = { code: "CTO_E_REVIEW_REFUSED", message: expect.stringContaining(LATER.signature) };
    await expect(resolve(scene, "dead")).rejects.toMatchObject(refused);
    await expect(resolve(scene, "dead", { force: true })).rejects.toMatchObject(refused);
    const landed = { message: expect.stringContaining("a worker takes it over at its next check") };
    await expect(resolve(scene, "landed")).rejects.toMatchObject(landed);
    expect((await scene.step(1)).status).toBe("needs_review");
  });

  it("is never dead while it may still land, even if forced", async () => {
    const scene = await restored({ finalizedBlockHeight: 501n });
    expect(await conclude(scene)).toContain("may still land");
    const refused = resolve(scene, "dead", { force: true });
    await expect(refused).rejects.toMatchObject({ message: expect.stringContaining("may still land") });
  });

  it("is dead only by force if the history proves nothing", async () => {
    const scene = await restored({ firstAvailableSlot: 801n });
    expect(await conclude(scene)).toContain(`${MEMO} proves nothing: the records of one begin at slot 801`);
    await expect(resolve(scene, "dead")).rejects.toMatchObject({ code: "CTO_E_REVIEW_REFUSED" });
    expect(await resolve(scene, "dead", { force: true })).toMatchObject({ status: "failed" });
    expect(await audits(scene)).toMatchObject([{ forced: true }]);
  });

  it("is dead if the history does not have it", async () => {
    const scene = await restored({});
    const says = `${MEMO} has no transaction with this step's memo; by the attempts in the journal: every attempt is provably dead`;
    expect(await conclude(scene)).toBe(says);
    expect(await resolve(scene, "dead")).toMatchObject({ status: "failed" });
    expect(await audits(scene)).toMatchObject([{ forced: false, evidence: says }]);
  });
});

describe("the requeuer", () => {
  const sweptAfter = async (scene: Scene, ms: number): Promise<string[]> => {
    const added: string[] = [];
    const queue = { wakeUser: async (userId: string) => added.push(userId) > 0 };
    await requeueOnce(
      { journal: scene.journal, queue },
      { ...scene.ports.clock, now: () => new Date(Date.now() + ms) },
      { reviewAgainMs: 1_000 },
    );
    return added;
  };

  it("queues an operation under review again on a slow beat", async () => {
    const scene = await openScene(["needs_review"], "needs_review");
    expect(await sweptAfter(scene, 0)).toEqual([]);
    expect(await sweptAfter(scene, 2_000)).toEqual([USER]);
  });

  it("queues a reopened operation again at once", async () => {
    const scene = await openScene(["confirmed"], "completed");
    expect(await sweptAfter(scene, 0)).toEqual([]);
    const step = await scene.step(1);
    await scene.journal.reopenStep(step.id, step.version);
    expect(await sweptAfter(scene, 0)).toEqual([USER]);
  });
});
