/**
 * Measures what a leg costs each part of the system, and what each part can do, and says from these which one is full
 * first at 10, 100 and 1,000 times today's load. It also runs two shards side by side. See docs/scale.md.
 */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { Redis } from "ioredis";
import { readConfig } from "../../src/config.ts";
import { writeLocalnetAddress } from "../../src/runtime/cluster-address.ts";
import { enqueue } from "../../src/services/operations.ts";
import { openShards } from "../../src/services/shards.ts";
import { until } from "../backlog.ts";
import { type Figure, type Row, say } from "../figures.ts";
import { addUser, addUsers, jobFor, openSystem, type System } from "../system.ts";
import { startWorker } from "../worker-process.ts";

/** Today's load, legs a second, which the factors multiply. The default is one operation of ten legs every ten seconds. */
const TODAY = Number(process.env.CTO_BENCH_LOAD ?? 1);
const FACTORS = [10, 100, 1_000];
const USERS = Number(process.env.CTO_BENCH_SCALE_USERS ?? 20);
const LEGS = 10;
/** Small, so that the operations that run at once do not move the coin's price beyond each other's slippage. */
const SOL_PER_LEG = 0.0002;
const CONCURRENCY = 16;
/** An endpoint's plan is not measured: it is what CTO_RPC_REQUESTS_PER_SECOND says by default. */
const ENDPOINT_PER_SECOND = readConfig({}).CTO_RPC_REQUESTS_PER_SECOND;
const CAPACITY_MS = 3_000;
/** As many as the journal's pool has. */
const CONNECTIONS = 10;
const REDIS_CALLERS = 50;

/** What one leg costs, in operations of ten legs. */
type Costs = Readonly<Record<"worker" | "endpoint" | "journal" | "queue", number>>;

const RESOURCES: Readonly<Record<keyof Costs, { name: string; unit: Figure["unit"]; more: string }>> = {
  worker: { name: "one core of workers", unit: "ms", more: "cores" },
  endpoint: {
    name: `one endpoint of ${ENDPOINT_PER_SECOND} calls a second`,
    unit: "calls",
    more: "endpoints",
  },
  journal: { name: "one PostgreSQL", unit: "statements", more: "journals (shards)" },
  queue: { name: "one Redis", unit: "calls", more: "Redis servers (shards)" },
};

const journalTransactions = async ({ journal }: System): Promise<number> => {
  const { rows } = await journal.pool.query(
    "select (xact_commit + xact_rollback)::float8 as all from pg_stat_database where datname = current_database()",
  );
  return Number(rows[0]?.all);
};

const redisCommands = async (redis: Redis): Promise<number> =>
  Number(/total_commands_processed:(\d+)/.exec(await redis.info("stats"))?.[1]);

/** PostgreSQL publishes a session's counts up to a second late. */
const UNTIL_COUNTED_MS = 2_000;

async function measureCosts(system: System, redis: Redis): Promise<Costs> {
  const token = (await system.cluster.launch("pumpfun")) ?? (await system.cluster.deskToken());
  const users = Array.from({ length: USERS }, (_, at) => `scale-${at}`);
  await addUsers(system, users, LEGS);
  const worker = await startWorker(system, CONCURRENCY);
  const round = async (): Promise<void> => {
    const ids: string[] = [];
    for (const user of users)
      ids.push(
        (
          await enqueue(system.context, jobFor(user, token, LEGS, "prefunded", SOL_PER_LEG), 0, {
            parallelism: LEGS,
          })
        ).jobId,
      );
    await until(async () => {
      const { rows } = await system.journal.pool.query(
        "select count(*)::int as ended from cto.operations where id = any($1) and settled",
        [ids],
      );
      return rows[0]?.ended === ids.length;
    }, 300_000);
    await sleep(UNTIL_COUNTED_MS);
  };
  const read = async () => ({
    worker: await worker.cpu(),
    journal: await journalTransactions(system),
    queue: await redisCommands(redis),
  });
  try {
    say("scale", `${USERS} operations, to fill the caches`);
    await round(); // The first round fills the caches of keys and programs.
    await system.cluster.calls();
    const before = await read();
    say("scale", `${USERS} operations, counted`);
    await round();
    const after = await read();
    const calls = Object.values(await system.cluster.calls()).reduce((all, count) => all + count, 0);
    const legs = USERS * LEGS;
    return {
      worker: (after.worker - before.worker) / legs,
      endpoint: calls / legs,
      journal: (after.journal - before.journal) / legs,
      queue: (after.queue - before.queue) / legs,
    };
  } finally {
    await worker.close();
  }
}

/** Returns how many calls a second this many callers make, each one after the other. */
async function rateOf(callers: number, call: (caller: number) => Promise<unknown>): Promise<number> {
  const began = performance.now();
  let done = 0;
  await Promise.all(
    Array.from({ length: callers }, async (_, caller) => {
      while (performance.now() - began < CAPACITY_MS) {
        await call(caller);
        done += 1;
      }
    }),
  );
  return (done * 1_000) / (performance.now() - began);
}

/** What each part can do in a second, in the units of its costs. */
async function measureCapacities({ journal }: System, redis: Redis): Promise<Costs> {
  await journal.pool.query("create table if not exists cto.bench_scale (id int primary key, n int not null)");
  await journal.pool.query(
    "insert into cto.bench_scale select n, 0 from generate_series(0, $1) n on conflict do nothing",
    [CONNECTIONS],
  );
  return {
    worker: 1_000,
    endpoint: ENDPOINT_PER_SECOND,
    journal: await rateOf(CONNECTIONS, (caller) =>
      journal.pool.query("update cto.bench_scale set n = n + 1 where id = $1", [caller]),
    ),
    queue: await rateOf(REDIS_CALLERS, (caller) => redis.incr(`bench-scale-${caller}`)),
  };
}

const short = (value: number): string =>
  value.toLocaleString("en-US", { maximumSignificantDigits: value >= 100 ? 4 : 3 });

/** How full each part is at a load: 1 means that it can do no more. */
function modelAt(factor: number, costs: Costs, capacities: Costs): Figure {
  const legsPerSecond = TODAY * factor;
  const full = (Object.keys(RESOURCES) as (keyof Costs)[])
    .map((part) => ({ part, use: (legsPerSecond * costs[part]) / capacities[part] }))
    .sort((a, b) => b.use - a.use);
  const parts = full.map(
    ({ part, use }) =>
      `${short(use)} of ${RESOURCES[part].name}${use > 1 ? ` (${Math.ceil(use)} ${RESOURCES[part].more})` : ""}`,
  );
  return {
    what: `${short(factor)} times today's load, ${short(legsPerSecond)} legs a second: the part that is full first`,
    value: full[0]?.use ?? Number.NaN,
    unit: "times",
    note: parts.join("; "),
  };
}

const SHARDS = ["a", "b"];

/** Runs operations of several users on two shards, each with its own journal, queue and worker. */
async function runShards(system: System): Promise<Figure> {
  const { REDIS_URL = "", CTO_HOME: _, ...shared } = system.env;
  const envs = new Map<string, Record<string, string>>();
  for (const name of SHARDS) {
    const own = {
      CTO_HOME: await mkdtemp(join(tmpdir(), "cto-bench-shard-")),
      CTO_REDIS_PREFIX: `shard-${name}`,
    };
    envs.set(name, { ...shared, REDIS_URL, ...own });
  }
  const where = await system.cluster.where();
  const configs = new Map([...envs].map(([name, env]) => [name, readConfig(env)]));
  for (const config of configs.values()) await writeLocalnetAddress(config, where);
  const shards = await openShards(configs);
  const workers = [];
  try {
    for (const env of envs.values()) workers.push(await startWorker({ env }, CONCURRENCY));
    const token = await system.cluster.deskToken();
    const ids = new Map<string, string>();
    for (let at = 0; at < USERS; at += 1) {
      const user = `sharded-${at}`;
      const context = shards.of(user);
      await addUser({ context, cluster: system.cluster }, user, 1);
      ids.set(user, (await enqueue(context, jobFor(user, token, 1), 0, {})).jobId);
    }
    let ended = 0;
    await until(async () => {
      const found = await Promise.all([...ids.values()].map((id) => shards.readOperation(id)));
      ended = found.filter((operation) => operation?.status === "completed").length;
      return found.every((operation) => operation?.finishedAt !== undefined);
    }, 120_000);
    const users = await Promise.all(shards.names.map((name) => shards.named(name).journal.listUsers()));
    return {
      what: `two shards, each with its journal, queue and worker: operations of ${USERS} users that completed in their own`,
      value: ended,
      unit: "operations",
      goal: { atLeast: USERS },
      note: `${users.map((own) => own.length).join(" and ")} users`,
    };
  } finally {
    for (const worker of workers) await worker.close();
    await shards.close();
    for (const { CTO_HOME = "" } of envs.values()) await rm(CTO_HOME, { recursive: true, force: true });
  }
}

async function run(): Promise<Figure[]> {
  const system = await openSystem({ redis: true });
  const redis = new Redis(system.env.REDIS_URL ?? "");
  try {
    const costs = await measureCosts(system, redis);
    say("scale", "what each part can do");
    const capacities = await measureCapacities(system, redis);
    say("scale", "two shards");
    const shards = await runShards(system);
    const parts = Object.keys(RESOURCES) as (keyof Costs)[];
    return [
      ...parts.map(
        (part): Figure => ({
          what: `a leg's use of ${RESOURCES[part].name}, in operations of ${LEGS}`,
          value: costs[part],
          unit: RESOURCES[part].unit,
          note: `${short(capacities[part])} a second are possible`,
        }),
      ),
      ...FACTORS.map((factor) => modelAt(factor, costs, capacities)),
      shards,
    ];
  } finally {
    redis.disconnect();
    await system.close();
  }
}

export const scale: Row = {
  name: "scale",
  about: "what is full first at 10, 100 and 1,000 times today's load, and two shards side by side",
  run,
};
