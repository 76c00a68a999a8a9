/**
 * Measures the legs per second of one and of two workers with many users, compared with a raw client that lands
 * presigned buys.
 */
import { setTimeout as sleep } from "node:timers/promises";
import { enqueue } from "../../src/services/operations.ts";
import { type Figure, percentile, type Row, say } from "../figures.ts";
import { land } from "../raw-client.ts";
import { openSigning } from "../signing.ts";
import { addUser, addUsers, jobFor, openSystem, type System } from "../system.ts";
import { startWorker } from "../worker-process.ts";

const USERS = Number(process.env.CTO_BENCH_USERS ?? 40);
/** Small, so that the operations that run at once do not move the coin's price beyond each other's slippage. */
const SOL_PER_LEG = 0.0002;
const OPERATIONS_EACH = 2;
const LEGS = 10;
const CONCURRENCY = 16;
const LATENCY_MS = 50;
const GOALS: ReadonlyMap<number, number> = new Map([
  [1, 150],
  [2, 250],
]);

/** Returns how many of our own buys, signed in advance, a client without decisions lands per second. */
async function rawRate(system: System): Promise<number> {
  const coin = await system.cluster.launch("pumpfun");
  if (coin === null) return Number.NaN;
  const wallets = await addUser(system, "raw", 200);
  const signing = await openSigning(system, coin, wallets);
  const signed = [];
  for (const leg of signing.legs) signed.push(await signing.sign(leg));
  signing.close();
  const { rpcUrl } = await system.cluster.where();
  return (signed.length * 1_000) / (await land(rpcUrl, signed));
}

async function drive(system: System, workers: number, round: number) {
  const coin = (await system.cluster.launch("pumpfun")) ?? (await system.cluster.deskToken());
  const users = Array.from({ length: USERS }, (_, at) => `user-${round}-${at}`);
  await addUsers(system, users, LEGS);
  const running = await Promise.all(Array.from({ length: workers }, () => startWorker(system, CONCURRENCY)));
  const before = await Promise.all(running.map((worker) => worker.cpu()));
  const localnetBefore = await system.cluster.cpu();
  const began = performance.now();
  const ids: string[] = [];
  for (let each = 0; each < OPERATIONS_EACH; each += 1)
    for (const user of users)
      ids.push(
        (
          await enqueue(system.context, jobFor(user, coin, LEGS, "prefunded", SOL_PER_LEG), 0, {
            parallelism: LEGS,
          })
        ).jobId,
      );
  const open = new Set(ids);
  const times: number[] = [];
  while (open.size > 0) {
    const { rows } = await system.journal.pool.query(
      "select id, status, created_at, finished_at from cto.operations where id = any($1) and finished_at is not null",
      [[...open]],
    );
    for (const { id, status, created_at: from, finished_at: to } of rows) {
      if (status !== "completed") {
        const operation = await system.context.journal.readOperation(id);
        throw new Error(`${id}: ${status}, ${operation?.failure?.message}`);
      }
      open.delete(id);
      times.push(to.getTime() - from.getTime());
    }
    await sleep(100);
  }
  const seconds = (performance.now() - began) / 1_000;
  const after = await Promise.all(running.map((worker) => worker.cpu()));
  const localnet = (await system.cluster.cpu()) - localnetBefore;
  for (const worker of running) await worker.close();
  const legs = ids.length * LEGS;
  return {
    rate: legs / seconds,
    cpuPerLeg: after.reduce((all, ms, at) => all + ms - (before[at] ?? 0), 0) / legs,
    localnetPerLeg: localnet / legs,
    times,
  };
}

async function run(): Promise<Figure[]> {
  const figures: Figure[] = [];
  for (const redis of [true, false]) {
    const system = await openSystem({ redis, latencyMs: LATENCY_MS });
    const queue = redis ? "Redis" : "all PostgreSQL";
    try {
      const raw = await rawRate(system);
      for (const [workers, goal] of GOALS) {
        say("throughput", `${queue}, ${workers} workers`);
        const { rate, cpuPerLeg, localnetPerLeg, times } = await drive(system, workers, workers);
        const at = (share: number): string => `${(percentile(times, share) / 1_000).toFixed(1)} s`;
        figures.push(
          {
            what: `${queue}, ${workers} workers: legs a second`,
            value: rate,
            unit: "/s",
            goal: { atLeast: goal },
            note: `p50 ${at(0.5)}, p95 ${at(0.95)}, p99 ${at(0.99)} with all ${USERS * OPERATIONS_EACH} operations queued at once`,
          },
          {
            what: `${queue}, ${workers} workers: of the raw client's rate`,
            value: rate / raw,
            unit: "times",
            goal: { atLeast: 0.7 },
            note: `raw ${Math.round(raw)} a second; the localnet uses ${localnetPerLeg.toFixed(1)} ms of processor time a leg`,
          },
          {
            what: `${queue}, ${workers} workers: processor time a leg`,
            value: cpuPerLeg,
            unit: "ms",
            goal: { atMost: 3 },
          },
        );
      }
    } finally {
      await system.close();
    }
  }
  return figures;
}

export const throughput: Row = {
  name: "throughput",
  about: `${USERS * OPERATIONS_EACH} operations of ${LEGS} legs by ${USERS} users, ${LATENCY_MS} ms of RPC latency`,
  run,
};
