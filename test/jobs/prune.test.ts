/**
 * Tests retention: a dry run changes nothing, pruning is recorded, and later readers still get every event that is
 * kept.
 */
import { afterEach, describe, expect, it } from "vitest";
import type { StoredEvent } from "../../src/engine/ports.ts";
import { enqueue } from "../../src/services/operations.ts";
import { subscribe } from "../../src/services/progress.ts";
import { prune } from "../../src/services/prune.ts";
import { type CTOWorker, createCTOWorker } from "../../src/worker/cto-worker.ts";
import { buildJob } from "../support/build-job.ts";
import { openStage, type Stage } from "../support/stage.ts";

const DAY_MS = 86_400_000;

let stage: Stage;
let worker: CTOWorker | undefined;

afterEach(async () => {
  await worker?.close();
  worker = undefined;
  await stage.close();
});

const settled = async (jobId: string): Promise<void> => {
  while (!(await stage.context.journal.readOperation(jobId))?.settled) {
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
};

describe("pruning", () => {
  it("compacts what ended 30 days ago, keeps the operation whole, and a subscriber hears the rest in order", async () => {
    stage = await openStage({ buyers: 2 });
    worker = await createCTOWorker({ context: stage.context });
    const { journal } = stage.context;
    const { jobId } = await enqueue(
      stage.context,
      buildJob({ userId: stage.userId, tokenAddress: stage.mint, buyAmount: 0.2, mode: "standard" }),
      0,
      {},
    );
    await stage.ended(jobId);
    await settled(jobId);
    await journal.addWebhook({
      id: "wh",
      userId: stage.userId,
      url: "https://example.org/",
      events: ["leg.landed"],
      secrets: "",
      createdBy: "bob",
    });
    const delivery = { webhookId: "wh", lane: "wh-op", type: "leg.landed", payload: "{}" } as const;
    await journal.writeDeliveries([1, 2].map((at) => ({ ...delivery, id: `msg_${at}`, position: at })));
    await journal.changeDelivery("msg_1", 0, { status: "failed", tries: 9, dueAt: new Date() });
    const events = await journal.readEvents(jobId, 0, 500);
    const steps = await journal.readSteps(jobId);
    expect(await prune(stage.context, { dryRun: false })).toMatchObject({ operations: 0, dropped: 0 });

    const now = new Date(Date.now() + 31 * DAY_MS);
    const counted = await prune(stage.context, { dryRun: true, now });
    expect(counted).toMatchObject({ operations: 1, deliveries: 1 });
    expect(counted.dropped).toBeGreaterThan(0);
    expect(await journal.readEvents(jobId, 0, 500)).toEqual(events);
    expect(await prune(stage.context, { dryRun: false, now })).toEqual(counted);
    expect(await prune(stage.context, { dryRun: false, now })).toMatchObject({
      operations: 0,
      deliveries: 0,
    });
    expect((await journal.listDeliveries("wh", 9)).map(({ id }) => id)).toEqual(["msg_2"]);

    const left = await journal.readEvents(jobId, 0, 500);
    expect(left.length).toBe(events.length - counted.dropped);
    expect(left.filter(({ type }) => type === "phase")).toHaveLength(5);
    expect(await journal.readSteps(jobId)).toEqual(steps);
    const heard: StoredEvent[] = [];
    await new Promise<void>((resolve) => {
      subscribe(
        stage.context,
        jobId,
        (event) => heard.push(event),
        () => resolve(),
      );
    });
    expect(heard.map(({ seq }) => seq)).toEqual(left.map(({ seq }) => seq));
    const audited = await journal.readAudit(0, 1_000);
    expect(audited.filter(({ action }) => action === "pruned")).toHaveLength(3);
  });
});
