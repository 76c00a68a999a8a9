/**
 * Measures the legs per second of one and of two workers with many users, compared with a raw client that lands
 * presigned buys; and how long an operation takes at a steady rate, compared with one alone.
 */
import { setTimeout as sleep } from "node:timers/promises";
import type { Address } from "@solana/kit";
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
const CONCURRENCY = Number(process.env.CTO_BENCH_CONCURRENCY ?? 16);
/** Legs a second. */
const STEADY_RATE = 50;
const ALONE_ROUNDS = 9;
const RAW_WARM_UP = 200;
const LATENCY_MS = 50;
const GOALS: ReadonlyMap<number, number> = new Map([
  [1, 150],
  [2, 250],
]);

/** Signs one buy for each wallet, and returns how many of them a client without decisions lands per second. */
async function landRaw(system: System, coin: Address, user: string, legs: number): Promise<number> {
  const wallets = await addUser(system, user, legs);
  const signing = await openSigning(system, coin, wallets, BigInt(SOL_PER_LEG * 1e9));
  const signed = [];
  for (const leg of signing.legs) signed.push(await signing.sign(leg));
  signing.close();
  const { rpcUrl } = await system.cluster.where();
  return (signed.length * 1_000) / (await land(rpcUrl, signed));
}

/** As many legs as the workers land in one go, after a first burst, because code that runs often is compiled. */
async function rawRate(system: System): Promise<number> {
  const coin = await system.cluster.launch("pumpfun");
  if (coin === null) return Number.NaN;
  await landRaw(system, coin, "raw-first", RAW_WARM_UP);
  return landRaw(system, coin, "raw", USERS * OPERATIONS_EACH * LEGS);
}

/** Enqueues an operation for each of these users, `everyMs` apart, and waits for all. Returns their times, ms. */
async function finish(
  { context, journal }: System,
  coin: Address,
  users: readonly string[],
  everyMs = 0,
): Promise<number[]> {
  const ids: string[] = [];
  for (const user of users) {
    const job = jobFor(user, coin, LEGS, "prefunded", SOL_PER_LEG);
    ids.push((await enqueue(context, job, 0, { parallelism: LEGS })).jobId);
    if (everyMs > 0) await sleep(everyMs);
  }
  const open = new Set(ids);
  const times: number[] = [];
  while (open.size > 0) {
    const { rows } = await journal.pool.query(
      "select id, status, created_at, finished_at from cto.operations where id = any($1) and finished_at is not null",
      [[...open]],
    );
    for (const { id, status, created_at: from, finished_at: to } of rows) {
      if (status !== "completed") {
        const operation = await context.journal.readOperation(id);
        throw new Error(`${id}: ${status}, ${operation?.failure?.message}`);
      }
      open.delete(id);
      times.push(to.getTime() - from.getTime());
    }
    await sleep(100);
  }
  return times;
}

async function drive(system: System, coin: Address, users: readonly string[], workers: number) {
  const running = await Promise.all(Array.from({ length: workers }, () => startWorker(system, CONCURRENCY)));
  const before = await Promise.all(running.map((worker) => worker.cpu()));
  const localnetBefore = await system.cluster.cpu();
  const began = performance.now();
  const times = await finish(system, coin, Array.from({ length: OPERATIONS_EACH }, () => users).flat());
  const seconds = (performance.now() - began) / 1_000;
  const after = await Promise.all(running.map((worker) => worker.cpu()));
  const localnet = (await system.cluster.cpu()) - localnetBefore;
  for (const worker of running) await worker.close();
  const legs = times.length * LEGS;
  return {
    rate: legs / seconds,
    cpuPerLeg: after.reduce((all, ms, at) => all + ms - (before[at] ?? 0), 0) / legs,
    localnetPerLeg: localnet / legs,
    times,
  };
}

/** The p95 of operations that come in at a steady rate, in times of the median of one alone. */
async function steady(system: System, coin: Address, users: readonly string[]): Promise<Figure> {
  const worker = await startWorker(system, CONCURRENCY);
  const [first = "", ...others] = users;
  // Code that runs often is compiled. "Alone" is measured after that, as the steady operations are.
  await finish(system, coin, users);
  const alone: number[] = [];
  for (let round = 0; round < ALONE_ROUNDS; round += 1) alone.push(...(await finish(system, coin, [first])));
  const times = await finish(system, coin, [...others, ...others], (1_000 * LEGS) / STEADY_RATE);
  await worker.close();
  const single = percentile(alone, 0.5);
  return {
    what: `1 worker at ${STEADY_RATE} legs a second: p95 of an operation, against one alone`,
    value: percentile(times, 0.95) / single,
    unit: "times",
    goal: { atMost: 2 },
    note: `p95 ${Math.round(percentile(times, 0.95))} ms, p50 ${Math.round(percentile(times, 0.5))} ms; alone ${Math.round(single)} ms`,
  };
}

async function run(): Promise<Figure[]> {
  const figures: Figure[] = [];
  for (const redis of [true, false]) {
    const system = await openSystem({ redis, latencyMs: LATENCY_MS });
    const queue = redis ? "Redis" : "all PostgreSQL";
    try {
      const raw = await rawRate(system);
      const coin = (await system.cluster.launch("pumpfun")) ?? (await system.cluster.deskToken());
      const users = Array.from({ length: USERS }, (_, at) => `user-${at}`);
      await addUsers(system, users, LEGS);
      for (const [workers, goal] of GOALS) {
        say("throughput", `${queue}, ${workers} workers`);
        const { rate, cpuPerLeg, localnetPerLeg, times } = await drive(system, coin, users, workers);
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
      say("throughput", `${queue}, steadily`);
      const { what, ...rest } = await steady(system, coin, users);
      figures.push({ what: `${queue}, ${what}`, ...rest });
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
