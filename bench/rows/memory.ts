/**
 * Measures whether a worker keeps anything of operations: what its process occupies with few and with many operations
 * queued, and after few and after many legs; and its live heap, and the signals that are still reachable, after few and
 * after many operations that have ended.
 */
import { setTimeout as sleep } from "node:timers/promises";
import { enqueue } from "../../src/services/operations.ts";
import { copyOperation, until } from "../backlog.ts";
import { type Figure, type Row, say } from "../figures.ts";
import { addUser, addUsers, jobFor, openSystem, type System } from "../system.ts";
import type { Memory } from "../worker.child.ts";
import { type BenchWorker, startWorker } from "../worker-process.ts";

const QUEUED_FEW = 1_000;
const QUEUED_MANY = Number(process.env.CTO_BENCH_QUEUED ?? 50_000);
/** Operations of one leg. */
const FEW = 400;
const MANY = Number(process.env.CTO_BENCH_OPERATIONS ?? 1_600);
/** Legs of larger operations, which come after those. The issue's own number is 100,000, which takes an hour or more. */
const LEGS = Number(process.env.CTO_BENCH_LEGS ?? 4_000);
const LEGS_EACH = 20;
const USERS = 20;
/** As many operations are carried out beside the queued ones before a look. */
const BESIDE = 40;
const WITHIN_MS = 1_800_000;
/** The pause before a look. Timers and idle connections of the last operations are over by then. */
const QUIET_MS = 12_000;

type Token = ReturnType<typeof jobFor>["tokenAddress"];

const userOf = (at: number, legs: number): string => `memory-${legs}-${at % USERS}`;

/** Runs so many operations, and waits until nothing of them is left to do, and a while longer. */
async function finish(
  { context, journal }: System,
  token: Token,
  count: number,
  legs: number,
): Promise<void> {
  const ids: string[] = [];
  for (let at = 0; at < count; at += 1) {
    const job = jobFor(userOf(at, legs), token, legs);
    ids.push((await enqueue(context, job, 0, { parallelism: legs })).jobId);
  }
  let said = performance.now();
  await until(async () => {
    const { rows } = await journal.pool.query(
      "select count(*)::int as ended from cto.operations where id = any($1) and settled",
      [ids],
    );
    if (performance.now() - said > 30_000) {
      said = performance.now();
      say("memory", `${rows[0]?.ended} of ${count} operations of ${legs} legs have ended`);
    }
    return rows[0]?.ended === count;
  }, WITHIN_MS);
  await sleep(QUIET_MS);
}

const MIB = 2 ** 20;
const mib = (bytes: number): string => `${(bytes / MIB).toFixed(0)} MiB`;

const flat = (what: string, early: Memory, late: Memory): Figure => ({
  what: `resident set ${what}`,
  value: late.residentBytes / early.residentBytes,
  unit: "times",
  goal: { atMost: 1.1 },
  note: `${mib(early.residentBytes)} to ${mib(late.residentBytes)}`,
});

/** Looks while so many operations of one user wait, and the worker carries out others beside them. */
async function whileQueued(system: System, worker: BenchWorker, token: Token): Promise<Figure> {
  await addUser(system, "queued", 1);
  const look = async (queued: number, more: number): Promise<Memory> => {
    const { jobId } = await enqueue(system.context, jobFor("queued", token, 1), 0, {});
    await copyOperation(system, jobId, more);
    await finish(system, token, BESIDE, 1);
    say("memory", `${queued} operations queued`);
    return worker.memory();
  };
  const few = await look(QUEUED_FEW, QUEUED_FEW - 1);
  const many = await look(QUEUED_MANY, QUEUED_MANY - QUEUED_FEW);
  await system.journal.pool.query(
    "update cto.operations set not_before = now() + interval '1 year' where user_id = 'queued' and status = 'waiting'",
  );
  return flat(
    `with ${QUEUED_MANY.toLocaleString("en-US")} operations queued, against ${QUEUED_FEW.toLocaleString("en-US")}`,
    few,
    many,
  );
}

async function run(): Promise<Figure[]> {
  const system = await openSystem();
  const worker = await startWorker(system, 8);
  try {
    const token = (await system.cluster.launch("pumpfun")) ?? (await system.cluster.deskToken());
    for (const legs of [1, LEGS_EACH])
      await addUsers(
        system,
        Array.from({ length: USERS }, (_, at) => userOf(at, legs)),
        legs,
      );
    await finish(system, token, FEW, 1);
    const early = await worker.memory();
    await finish(system, token, MANY - FEW, 1);
    const late = await worker.memory();
    const queued = await whileQueued(system, worker, token);
    const operations = Math.ceil(LEGS / LEGS_EACH / 2);
    await finish(system, token, operations, LEGS_EACH);
    const half = await worker.memory();
    await finish(system, token, operations, LEGS_EACH);
    const whole = await worker.memory();
    const more = `${FEW} to ${MANY} operations`;
    return [
      queued,
      flat(
        `after ${(operations * LEGS_EACH * 2).toLocaleString("en-US")} finished legs, against half of them`,
        half,
        whole,
      ),
      {
        what: "a worker's live heap for each operation that has ended",
        value: Math.max(0, (late.heapBytes - early.heapBytes) / (MANY - FEW)),
        unit: "bytes",
        goal: { atMost: 1_024 },
        note: `${(early.heapBytes / MIB).toFixed(1)} to ${(late.heapBytes / MIB).toFixed(1)} MiB over ${more}`,
      },
      {
        what: "signals that are still reachable, as many more as at first",
        value: Math.max(0, late.signals - early.signals),
        unit: "signals",
        goal: { atMost: 50 },
        note: `${early.signals} to ${late.signals}; ${late.warnings} warnings of too many listeners`,
      },
      {
        what: "listeners for the abort of signals, as many more as at first",
        value: Math.max(0, late.listeners - early.listeners),
        unit: "listeners",
        goal: { atMost: 50 },
        note: `${early.listeners} to ${late.listeners}`,
      },
    ];
  } finally {
    await worker.close();
    await system.close();
  }
}

export const memory: Row = {
  name: "memory",
  about: "what a worker keeps of operations that wait, and of those that have ended",
  run,
};
