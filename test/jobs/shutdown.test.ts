/** Tests that `cto worker` stops correctly in the middle of an operation when a supervisor sends a signal. */
import { afterEach, describe, expect, inject, it } from "vitest";
import { hasLanded } from "../../src/engine/step/status.ts";
import { enqueue } from "../../src/services/operations.ts";
import { subscribe } from "../../src/services/progress.ts";
import { type RunningCli, startCli } from "../cli/run-cli.ts";
import { buildJob } from "../support/build-job.ts";
import { landings, readLedger } from "../support/ledger.ts";
import { openStage, type Stage, type StageOptions } from "../support/stage.ts";

const LEGS = 8;
const redisUrl = inject("testRedisUrl");
const BACKENDS: [string, StageOptions][] = [
  ["PostgreSQL", {}],
  ...(redisUrl === null ? [] : [["Redis", { redisUrl }] as [string, StageOptions]]),
];

let stage: Stage | undefined;
let workers: RunningCli[] = [];

afterEach(async () => {
  for (const worker of workers) worker.signal("SIGKILL");
  await Promise.all(workers.map(({ ended }) => ended));
  workers = [];
  await stage?.close();
  stage = undefined;
});

async function start(env: Stage["env"]): Promise<RunningCli> {
  const worker = startCli(["worker", "--json"], env);
  workers.push(worker);
  await worker.says("Worker runs");
  return worker;
}

/** Returns an operation with one landed leg and others that are not signed yet. */
async function begin({ context, mint, userId }: Stage): Promise<string> {
  const job = buildJob({ userId, tokenAddress: mint, buyAmount: 2, mode: "standard" });
  const { jobId } = await enqueue(context, job, 0, { parallelism: 2 });
  await new Promise<void>((resolve) => {
    const stop = subscribe(context, jobId, (event) => {
      if (event.type !== "leg" || !hasLanded(event.status)) return;
      stop();
      resolve();
    });
  });
  return jobId;
}

const once = (): number[] => Array.from({ length: LEGS }, () => 1);

describe.each(BACKENDS)("a worker that gets SIGTERM, with the queue on %s", (_, options) => {
  it("journals what it has signed, takes nothing more and ends with 0; the rest is bought elsewhere", async () => {
    stage = await openStage({ ...options, buyers: LEGS });
    const { context, localnet, env, ended } = stage;
    const stopped = await start(env);
    const jobId = await begin(stage);
    stopped.signal("SIGTERM");
    const { code, stdout } = await stopped.ended;
    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toEqual({ stopped: true });

    const journaled = new Set(
      (await context.journal.readSteps(jobId)).flatMap(({ attempts }) =>
        attempts.map(({ signature }) => String(signature)),
      ),
    );
    expect(journaled.size).toBeLessThan(LEGS);
    const sent = readLedger(localnet.cluster, 0).filter(({ memos }) =>
      memos.some((memo) => memo.operationId === jobId),
    );
    expect(sent.filter(({ signature }) => !journaled.has(signature))).toEqual([]);
    expect((await context.journal.readOperation(jobId))?.status).toBe("active");

    await start(env);
    const { status, result } = await ended(jobId);
    expect(status).toBe("completed");
    expect(result.landed).toBe(LEGS);
    expect([...landings(localnet.cluster, jobId).values()]).toEqual(once());
  });
});

describe("a worker that gets SIGTERM while an endpoint never answers", () => {
  it("cancels the call; another worker continues the operation", async () => {
    stage = await openStage({ buyers: LEGS });
    const { localnet, env, ended } = stage;
    const stopped = await start(env);
    const jobId = await begin(stage);
    localnet.faults.intercept = () => ({ delayMs: 20_000 });
    const began = performance.now();
    stopped.signal("SIGTERM");
    const { code } = await stopped.ended;
    expect(code).toBe(0);
    // Without the shutdown, the call alone would wait four times for 10 s.
    expect(performance.now() - began).toBeLessThan(30_000);

    localnet.faults.intercept = undefined;
    await start(env);
    expect((await ended(jobId)).status).toBe("completed");
    expect([...landings(localnet.cluster, jobId).values()]).toEqual(once());
  });
});
