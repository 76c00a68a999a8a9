/**
 * Tests a worker that is killed in the middle of an operation: the next worker takes over, and no wallet buys twice.
 */
import { afterEach, describe, expect, inject, it } from "vitest";
import { hasLanded } from "../../src/engine/step/status.ts";
import { enqueue } from "../../src/services/operations.ts";
import { subscribe } from "../../src/services/progress.ts";
import { buildJob } from "../support/build-job.ts";
import { landings } from "../support/ledger.ts";
import { openStage, type Stage, type StageOptions } from "../support/stage.ts";
import { startWorkerProcess, type WorkerProcess } from "../support/worker-process.ts";

const LEGS = 8;
const redisUrl = inject("testRedisUrl");
const BACKENDS: [string, StageOptions][] = [
  ["PostgreSQL", {}],
  ...(redisUrl === null ? [] : [["Redis", { redisUrl }] as [string, StageOptions]]),
];

let stage: Stage | undefined;
let workers: WorkerProcess[] = [];

afterEach(async () => {
  for (const worker of workers) await worker.kill("SIGKILL");
  workers = [];
  await stage?.close();
  stage = undefined;
});

const start = async (env: Stage["env"]): Promise<WorkerProcess> => {
  const worker = await startWorkerProcess(env);
  workers.push(worker);
  return worker;
};

describe.each(BACKENDS)(
  "a worker that is killed in the middle of an operation, with the queue on %s",
  (_, options) => {
    it("is taken over by the next one, and no wallet buys twice", async () => {
      stage = await openStage({
        ...options,
        buyers: LEGS,
      });
      const { context, mint, userId, localnet, env, ended } = stage;
      const killed = await start(env);
      const job = buildJob({ userId, tokenAddress: mint, buyAmount: 2, mode: "standard" });
      const { jobId } = await enqueue(context, job, 0, { parallelism: 2 });
      await new Promise<void>((resolve) => {
        const stop = subscribe(context, jobId, (event) => {
          if (event.type !== "leg" || !hasLanded(event.status)) return;
          stop();
          resolve();
        });
      });
      await killed.kill("SIGKILL");
      const before = landings(localnet.cluster, jobId).size;
      expect(before).toBeGreaterThanOrEqual(1);
      expect(before).toBeLessThan(LEGS);

      await start(env);
      const { status, result } = await ended(jobId);
      expect(status).toBe("completed");
      expect(result.landed).toBe(LEGS);
      expect([...landings(localnet.cluster, jobId).values()]).toEqual(Array.from({ length: LEGS }, () => 1));
    });
  },
);
