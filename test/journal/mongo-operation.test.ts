/** Tests whole operations with the journal on MongoDB, selected by `MONGODB_URI` in the environment. */
import { afterEach, describe, expect, inject, it } from "vitest";
import type { CTOJob, CTOJobStatus } from "../../src/contract/types.ts";
import { hasLanded } from "../../src/engine/step/status.ts";
import { enqueue, readStatus } from "../../src/services/operations.ts";
import { subscribe } from "../../src/services/progress.ts";
import { type CTOWorker, createCTOWorker } from "../../src/worker/cto-worker.ts";
import { buildJob } from "../support/build-job.ts";
import { landings } from "../support/ledger.ts";
import { openStage, type Stage, type StageOptions } from "../support/stage.ts";
import { startWorkerProcess, type WorkerProcess } from "../support/worker-process.ts";

const mongo = inject("testMongo");
const redisUrl = inject("testRedisUrl");
const QUEUES: [string, StageOptions][] = [
  ["PostgreSQL", {}],
  ...(redisUrl === null ? [] : [["Redis", { redisUrl }] as [string, StageOptions]]),
];

const jobOf = (stage: Stage, mode: CTOJob["mode"]): CTOJob =>
  buildJob({ userId: stage.userId, tokenAddress: stage.mint, buyAmount: 1.5, mode });

const EACH_ONCE = new Map([1, 2, 3].map((leg) => [leg, 1]));

describe.skipIf(mongo === null).each(QUEUES)(
  "with MONGODB_URI, and the queue on %s, an operation",
  (_, queue) => {
    let stage: Stage;
    let worker: CTOWorker | undefined;
    let process: WorkerProcess | undefined;

    const open = async (options: StageOptions): Promise<void> => {
      if (mongo !== null) stage = await openStage({ ...queue, ...options, mongo });
    };
    afterEach(async () => {
      await worker?.close();
      await process?.kill("SIGKILL");
      await stage.close();
      worker = undefined;
      process = undefined;
    });

    it.each(["prefunded", "standard"] as const)(
      "lands every leg once and settles, in %s mode",
      async (mode) => {
        await open(mode === "standard" ? { buyerSol: 0n } : {});
        worker = await createCTOWorker({ context: stage.context });
        const { jobId } = await enqueue(stage.context, jobOf(stage, mode), 0, {});
        const ended = await stage.ended(jobId);
        expect(ended).toMatchObject({
          status: "completed",
          progress: 100,
          result: { landed: 3, partial: false },
        });
        expect(ended.result.spentLamports).toBe("1500000000");
        expect(landings(stage.localnet.cluster, jobId)).toEqual(EACH_ONCE);
        await expect
          .poll(async () => await readStatus(stage.context, jobId), { timeout: 30_000 })
          .toMatchObject({ settled: true });
        const steps = await stage.context.journal.readSteps(jobId);
        expect(steps.map(({ status }) => status)).toEqual(["finalized", "finalized", "finalized"]);
      },
    );

    it("emits every event once, in order, and then the result", async () => {
      await open({});
      const { jobId } = await enqueue(stage.context, jobOf(stage, "prefunded"), 0, {});
      const heard: number[] = [];
      const completed = new Promise<CTOJobStatus>((resolve) => {
        subscribe(stage.context, jobId, ({ seq }) => heard.push(seq), resolve);
      });
      worker = await createCTOWorker({ context: stage.context });
      expect(await completed).toMatchObject({ status: "completed" });
      expect(heard).toEqual(heard.map((_event, at) => at + 1));
    });

    it("is carried on by another process when its worker is killed after a leg has landed", async () => {
      await open({});
      const { jobId } = await enqueue(stage.context, jobOf(stage, "prefunded"), 0, { parallelism: 1 });
      const landed = new Promise<void>((resolve) => {
        subscribe(stage.context, jobId, (event) => {
          if (event.type === "leg" && hasLanded(event.status)) resolve();
        });
      });
      process = await startWorkerProcess(stage.env);
      await landed;
      await process.kill("SIGKILL");
      process = await startWorkerProcess(stage.env);
      expect(await stage.ended(jobId)).toMatchObject({ status: "completed", result: { landed: 3 } });
      expect(landings(stage.localnet.cluster, jobId)).toEqual(EACH_ONCE);
    });
  },
);

if (mongo !== null && redisUrl !== null) {
  it("with MONGODB_URI and REDIS_URL no PostgreSQL is opened", async () => {
    const stage = await openStage({ mongo, redisUrl });
    try {
      expect(stage.context.databaseUrl).toBeNull();
    } finally {
      await stage.close();
    }
  });
}
