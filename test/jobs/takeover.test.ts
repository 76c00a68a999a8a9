/**
 * Tests how long it takes until an operation continues after its worker was killed while another worker runs, with
 * production intervals. `npm run takeover` repeats this twenty times on each queue and journal, and prints the times.
 */
import { MongoClient } from "mongodb";
import pg from "pg";
import { afterEach, describe, expect, inject, it } from "vitest";
import { z } from "zod";
import { MACHINES } from "../../src/localnet/index.ts";
import { cancel, enqueue } from "../../src/services/operations.ts";
import { buildJob } from "../support/build-job.ts";
import { landings } from "../support/ledger.ts";
import { openStage, type Stage, type StageOptions } from "../support/stage.ts";
import { startWorkerProcess, type WorkerProcess } from "../support/worker-process.ts";

const LEGS = 12;
const ROUNDS = Number(process.env.CTO_TAKEOVERS ?? "1");
/**
 * The real bound applies to an idle machine. Among other tests, we only check that the takeover did not wait
 * for the requeuer.
 */
const AT_MOST_MS = process.env.CTO_TAKEOVERS === undefined ? 12_000 : 5_000;

const redisUrl = inject("testRedisUrl");
const mongo = inject("testMongo");
const QUEUES: [string, StageOptions][] = [
  ["PostgreSQL", {}],
  ...(redisUrl === null ? [] : [["Redis", { redisUrl }] as [string, StageOptions]]),
];
const CASES = QUEUES.flatMap(([queue, options]): [string, string, StageOptions][] => [
  [queue, "PostgreSQL", options],
  ...(mongo === null ? [] : [[queue, "MongoDB", { ...options, mongo }] as [string, string, StageOptions]]),
]);

let stage: Stage | undefined;
let workers: WorkerProcess[] = [];

afterEach(async () => {
  for (const worker of workers) await worker.kill("SIGKILL");
  workers = [];
  await stage?.close();
  stage = undefined;
});

const start = async ({ env }: Stage): Promise<WorkerProcess> => {
  const worker = await startWorkerProcess(env);
  workers.push(worker);
  return worker;
};

/** Reads the lease of the stage's user. The other worker's first write is its takeover. */
async function openLeases({ context, env, userId }: Stage) {
  if (env.MONGODB_URI !== undefined) {
    const client = await MongoClient.connect(env.MONGODB_URI);
    const leases = client.db().collection<{ _id: string; token: number }>("leases");
    return {
      token: async () => (await leases.findOne({ _id: userId }))?.token ?? 0,
      close: () => client.close(),
    };
  }
  const client = new pg.Client(context.databaseUrl ?? "");
  await client.connect();
  return {
    token: async () => {
      const { rows } = await client.query("select token::int from cto.leases where user_id = $1", [userId]);
      return z.object({ token: z.number() }).parse(rows[0]).token;
    },
    close: () => client.end(),
  };
}

type TakenOver = {
  /** The time from SIGKILL until the other worker's first write, which acquires the lease. */
  readonly ms: number;
  /** The time from SIGKILL until the other worker has advanced a step. */
  readonly stepMs: number;
  readonly other: WorkerProcess;
};

/** Kills the worker that runs the operation. @returns how long the other worker took, and that worker */
async function takeOver(opened: Stage, working: WorkerProcess): Promise<TakenOver> {
  const { context, userId, mint, localnet } = opened;
  const job = buildJob({ userId, tokenAddress: mint, buyAmount: 0.12 });
  const { jobId } = await enqueue(context, job, 0, { parallelism: 1 });
  await expect.poll(() => landings(localnet.cluster, jobId).size, { interval: 20 }).toBeGreaterThan(0);
  const other = await start(opened);
  const leases = await openLeases(opened);
  const before = await leases.token();
  const versions = async (): Promise<number> =>
    (await context.journal.readSteps(jobId)).reduce((all, { version }) => all + version, 0);
  const killed = performance.now();
  await working.kill("SIGKILL");
  const left = await versions();
  await expect.poll(leases.token, { interval: 20, timeout: 30_000 }).toBeGreaterThan(before);
  const ms = Math.round(performance.now() - killed);
  await expect.poll(versions, { interval: 20, timeout: 60_000 }).toBeGreaterThan(left);
  const stepMs = Math.round(performance.now() - killed);
  await leases.close();
  await cancel(context, jobId);
  await opened.ended(jobId);
  expect([...landings(localnet.cluster, jobId).values()].every((count) => count === 1)).toBe(true);
  return { ms, stepMs, other };
}

describe.each(CASES)("with the queue on %s and the journal on %s", (queue, journal, options) => {
  it(
    "an operation whose worker is killed moves again within five seconds",
    async () => {
      stage = await openStage({
        ...options,
        buyers: LEGS,
        cluster: "today",
        localnet: { slotMs: MACHINES.today.slotMs },
      });
      const times: number[] = [];
      const stepTimes: number[] = [];
      let working = await start(stage);
      for (let round = 0; round < ROUNDS; round += 1) {
        const { ms, stepMs, other } = await takeOver(stage, working);
        times.push(ms);
        stepTimes.push(stepMs);
        working = other;
      }
      const within = times.filter((ms) => ms < 5_000).length;
      console.log(
        `queue ${queue}, journal ${journal}: ${within} of ${ROUNDS} under 5 s (${times.join(", ")} ms); ` +
          `to the first step that moved: ${stepTimes.join(", ")} ms`,
      );
      expect(Math.max(...times)).toBeLessThan(AT_MOST_MS);
    },
    60_000 * (ROUNDS + 1),
  );
});
