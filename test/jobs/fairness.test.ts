/**
 * Tests the order of turns: a user's operations begin in the order of acceptance, and no user waits for all queued
 * operations of another user.
 */
import { lamports } from "@solana/kit";
import { afterEach, describe, expect, inject, it } from "vitest";
import type { CTOJob } from "../../src/contract/types.ts";
import { enqueue, readStatus } from "../../src/services/operations.ts";
import { generateWallets } from "../../src/services/wallets.ts";
import { type CTOWorker, createCTOWorker } from "../../src/worker/cto-worker.ts";
import { buildJob } from "../support/build-job.ts";
import { openStage, type Stage, type StageOptions } from "../support/stage.ts";

const redisUrl = inject("testRedisUrl");
const BACKENDS: [string, StageOptions][] = [
  ["PostgreSQL", {}],
  ...(redisUrl === null ? [] : [["Redis", { redisUrl }] as [string, StageOptions]]),
];
/** This address is not a token, so the operation fails at once. */
const NO_MINT = "4uQeVj5tqViQh7yWWGStvkEG1Zmhx6uasJtWCJziofM";

let stage: Stage | undefined;
let workers: CTOWorker[] = [];

afterEach(async () => {
  await Promise.all(workers.map((worker) => worker.close()));
  workers = [];
  await stage?.close();
  stage = undefined;
});

const work = async ({ context }: Stage): Promise<void> => {
  workers.push(await createCTOWorker({ context }));
};

const jobOf = (userId: string, tokenAddress: string): CTOJob =>
  buildJob({ userId, tokenAddress, buyAmount: 0.01 });

const startedOf = async ({ context }: Stage, id: string): Promise<number> =>
  (await context.journal.readOperation(id))?.startedAt?.getTime() ?? Number.NaN;

describe.each(BACKENDS)("with the queue on %s", (_name, options) => {
  it("fifty operations of one user begin in the order of acceptance within a priority, over two workers", async () => {
    stage = await openStage({ ...options, buyers: 1 });
    const opened = stage;
    const { context, userId } = opened;
    const accepted: { id: string; priority: number; at: number }[] = [];
    for (let at = 0; at < 50; at += 1) {
      const priority = at % 5 === 4 ? 1 : 7;
      const { jobId } = await enqueue(context, jobOf(userId, NO_MINT), priority, {});
      accepted.push({ id: jobId, priority, at });
    }
    // There is one wake-up for any number of waiting operations.
    expect(await context.queue.counts()).toMatchObject({ waiting: 1, prioritized: 0, delayed: 0 });
    await Promise.all([work(opened), work(opened)]);
    for (const { id } of accepted) await opened.ended(id);
    const started = await Promise.all(
      accepted.map(async (one) => ({ ...one, started: await startedOf(opened, one.id) })),
    );
    const asStarted = started.sort((a, b) => a.started - b.started).map(({ at }) => at);
    const asAccepted = accepted.sort((a, b) => a.priority - b.priority || a.at - b.at).map(({ at }) => at);
    expect(asStarted).toEqual(asAccepted);
    // No work is left, so there is no wake-up.
    await expect.poll(() => context.queue.state(userId)).toBe("unknown");
  });

  it("a user begins at once, however many operations another has queued", async () => {
    stage = await openStage({ ...options, buyers: 1 });
    const opened = stage;
    const { context, userId, localnet, mint } = opened;
    await context.journal.addUser({ id: "bob:1" });
    const [buyer] = await generateWallets(context, "bob:1", 1, { role: "buyer" });
    if (buyer === undefined) throw new Error("no wallet");
    localnet.cluster.airdrop(buyer.address, lamports(1_000_000_000n));
    for (let at = 0; at < 500; at += 1) await enqueue(context, jobOf(userId, mint), 0, {});
    await work(opened);
    await expect
      .poll(
        async () =>
          (await context.journal.listOperations({ userId, statuses: ["completed"], limit: 9 })).length,
      )
      .toBeGreaterThan(0);
    const { jobId } = await enqueue(context, jobOf("bob:1", mint), 9, {});
    const { status } = await opened.ended(jobId);
    expect(status).toBe("completed");
    const operation = await context.journal.readOperation(jobId);
    const [asked, began] = [operation?.createdAt.getTime() ?? 0, operation?.startedAt?.getTime() ?? 0];
    console.log(`${_name}: another user's operation began after ${began - asked} ms`);
    const others = await context.journal.listOperations({ userId, limit: 500 });
    const meanwhile = others.filter(({ startedAt }) => startedAt && +startedAt > asked && +startedAt < began);
    // The machine may be slow, but the order is fixed: at most one operation per slot of the worker started
    // earlier.
    expect(meanwhile.length).toBeLessThanOrEqual(2);
    const waiting = others.find((one) => one.status === "waiting");
    expect(await readStatus(context, waiting?.id ?? "")).toMatchObject({ status: "waiting" });
  });
});
