/** Tests a worker that is stopped for longer than its lease: it signs nothing when it continues. */
import { setTimeout as sleep } from "node:timers/promises";
import { afterEach, describe, expect, inject, it } from "vitest";
import { hasLanded } from "../../src/engine/step/status.ts";
import { enqueue } from "../../src/services/operations.ts";
import { subscribe } from "../../src/services/progress.ts";
import { buildJob } from "../support/build-job.ts";
import { landings, readLedger } from "../support/ledger.ts";
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
  "a worker that is stopped for longer than its lease, with the queue on %s",
  (_, options) => {
    it("signs nothing when it continues: another worker has completed the operation", async () => {
      stage = await openStage({ ...options, buyers: LEGS });
      const { context, mint, userId, localnet, env, ended } = stage;
      const stopped = await start(env);
      const job = buildJob({ userId, tokenAddress: mint, buyAmount: 2, mode: "standard" });
      const { jobId } = await enqueue(context, job, 0, { parallelism: 2 });
      await new Promise<void>((resolve) => {
        const stop = subscribe(context, jobId, (event) => {
          if (event.type !== "leg" || !hasLanded(event.status)) return;
          stop();
          resolve();
        });
      });
      stopped.process.kill("SIGSTOP");
      expect(landings(localnet.cluster, jobId).size).toBeLessThan(LEGS);

      await start(env);
      const { status } = await ended(jobId);
      expect(status).toBe("completed");
      const signatures = async (): Promise<string[]> =>
        (await context.journal.readSteps(jobId)).flatMap(({ attempts }) =>
          attempts.map(({ signature }) => signature),
        );
      const before = await signatures();
      // The desk also sends transactions. Ours are those with a memo.
      const ours = (): number => readLedger(localnet.cluster).filter(({ memos }) => memos.length > 0).length;
      const executed = ours();

      stopped.process.kill("SIGCONT");
      // A normal exit shows that the worker continued, and completed the work that it had.
      await sleep(1_000);
      await stopped.kill("SIGTERM");
      expect(await signatures()).toEqual(before);
      expect(ours()).toBe(executed);
      expect([...landings(localnet.cluster, jobId).values()]).toEqual(Array.from({ length: LEGS }, () => 1));
    });
  },
);
