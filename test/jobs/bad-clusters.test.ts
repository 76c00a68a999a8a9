/**
 * Tests operations while clocks disagree, the cluster stands still or skips slots, and version 1 is activated between
 * two legs. `npm run standstill` makes the cluster stand still for two minutes, on both queues.
 */
import { setTimeout as sleep } from "node:timers/promises";
import { afterEach, describe, expect, inject, it } from "vitest";
import { featureAccount, VERSION_ONE } from "../../src/localnet/features.ts";
import { createChainReader, loadReceipt, verifyReceipt } from "../../src/receipts/index.ts";
import { enqueue } from "../../src/services/operations.ts";
import { landings } from "../support/ledger.ts";
import { openStage, type Stage, type StageOptions } from "../support/stage.ts";
import { startWorkerProcess, type WorkerProcess } from "../support/worker-process.ts";

const LEGS = 3;
const STANDSTILL_MS = Number(process.env.CTO_STANDSTILL_MS ?? "1000");
const TEN_MINUTES = 600_000;
const redisUrl = inject("testRedisUrl");
const QUEUES: [string, StageOptions][] = [
  ["PostgreSQL", {}],
  // Redis times its locks itself, so the long run alone includes it.
  ...(redisUrl === null || process.env.CTO_STANDSTILL_MS === undefined
    ? []
    : [["Redis", { redisUrl }] as [string, StageOptions]]),
];

let stage: Stage | undefined;
let workers: WorkerProcess[] = [];

afterEach(async () => {
  for (const worker of workers) await worker.kill("SIGKILL");
  workers = [];
  await stage?.close();
  stage = undefined;
});

/** Starts a worker whose machine's clock is ahead by this much, ms. */
const start = async ({ env }: Stage, aheadMs: number): Promise<WorkerProcess> => {
  const worker = await startWorkerProcess({ ...env, CLOCK_AHEAD_MS: String(aheadMs) });
  workers.push(worker);
  return worker;
};

const ask = async ({ context, userId, mint }: Stage, expiresInMs: number): Promise<string> => {
  const job = {
    userId,
    userChatId: 1,
    tokenAddress: mint,
    buyAmount: 0.5,
    mode: "prefunded",
    platform: "auto",
  } as const;
  const expiresAt = new Date(Date.now() + expiresInMs);
  return (await enqueue(context, job, 0, { parallelism: 1, expiresAt })).jobId;
};

describe.each(QUEUES)(
  "workers whose clocks are ten minutes ahead and behind, with the queue on %s",
  (_, options) => {
    it(
      "carry an operation over a standstill, skipped slots and a new version; each leg lands once, and deadlines hold",
      async () => {
        const opened = await openStage({ ...options, buyers: LEGS, localnet: { versionOne: false } });
        stage = opened;
        const { context, localnet } = opened;
        const { cluster } = localnet;
        const ahead = await start(opened, TEN_MINUTES);
        const jobId = await ask(opened, TEN_MINUTES / 2 + STANDSTILL_MS);
        await expect.poll(() => landings(cluster, jobId).size, { interval: 10, timeout: 30_000 }).toBe(1);
        // A leg is signed and sent, and no block is made any more.
        cluster.stop();
        const steps = () => context.journal.readSteps(jobId);
        const live = async () => (await steps()).filter(({ status }) => status === "in_flight");
        await expect.poll(async () => (await live()).length, { timeout: 30_000 }).toBe(1);
        const [inFlight] = await live();
        await ahead.kill("SIGKILL");
        cluster.setAccount(featureAccount(VERSION_ONE, cluster.head("processed").slot));
        const behind = await start(opened, -TEN_MINUTES);
        await sleep(STANDSTILL_MS);
        // Neither clock, nor the standstill, nor the takeover gives a reason to sign again or to give up.
        expect(await live()).toMatchObject([{ id: inFlight?.id, attempts: inFlight?.attempts ?? [] }]);
        cluster.skip(400);
        cluster.start();
        const ended = await opened.ended(jobId);
        expect(ended).toMatchObject({ status: "completed", result: { landed: LEGS } });
        expect([...landings(cluster, jobId).values()]).toEqual(Array.from({ length: LEGS }, () => 1));
        const attempts = (await steps()).flatMap((step) => step.attempts);
        // The legs of the first worker are of version 0, those of the market that the second one opened of version 1.
        const versions = attempts.map(({ messageVersion }) => messageVersion);
        expect(versions[0]).toBe(0);
        expect(versions.at(-1)).toBe(1);
        const decisions = await context.journal.readDecisions(jobId);
        expect(decisions.filter(({ kind }) => kind === "review" || kind === "signsAgain")).toEqual([]);
        const reader = createChainReader(localnet.rpcUrl);
        expect(await verifyReceipt(await loadReceipt(context, jobId, reader), reader)).toMatchObject({
          ok: true,
          memosVerified: LEGS,
        });

        // The worker that is behind would begin this operation for ten more minutes.
        await behind.kill("SIGKILL");
        const late = await ask(opened, 200);
        await sleep(300);
        await start(opened, -TEN_MINUTES);
        expect(await opened.ended(late)).toMatchObject({
          status: "failed",
          failure: { code: "CTO_E_OPERATION_EXPIRED" },
        });
        expect(landings(cluster, late).size).toBe(0);
      },
      120_000 + 2 * STANDSTILL_MS,
    );
  },
);
