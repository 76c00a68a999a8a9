/**
 * Measures how long an operation stands still when its worker's process is killed (`kill -9`) while another worker runs:
 * until the other worker's first write, which takes over the lease. All intervals are those of production.
 */
import { setTimeout as sleep } from "node:timers/promises";
import type { Address } from "@solana/kit";
import type { Step } from "../../src/engine/ports.ts";
import { cancel, enqueue } from "../../src/services/operations.ts";
import { until } from "../backlog.ts";
import { type Figure, ofRounds, type Row, say } from "../figures.ts";
import { addUser, jobFor, openSystem, type System } from "../system.ts";
import { type BenchWorker, startWorker } from "../worker-process.ts";

const ROUNDS = Number(process.env.CTO_BENCH_TAKEOVERS ?? 5);
/** They go one after the other, so the operation is under way until long after the other worker has started. */
const LEGS = 60;
const USER = "recovery";
const WITHIN_MS = 60_000;

const leaseToken = async ({ journal }: System): Promise<number> => {
  const { rows } = await journal.pool.query("select token::int from cto.leases where user_id = $1", [USER]);
  return Number(rows[0]?.token ?? 0);
};

const landed = async ({ journal }: System, id: string): Promise<Step[]> =>
  (await journal.readSteps(id)).filter(({ status }) => status === "confirmed" || status === "finalized");

const landings = (attempts: Step["attempts"]): number =>
  attempts.filter(({ status }) => status === "landed").length;

type Round = { readonly ms: number; readonly left: BenchWorker };

/** Kills the worker that has the operation. Returns how long the other one took, and that one. */
async function takeOver(system: System, working: BenchWorker, token: Address): Promise<Round> {
  const { context, journal } = system;
  const { jobId } = await enqueue(context, jobFor(USER, token, LEGS), 0, { parallelism: 1 });
  await until(async () => (await landed(system, jobId)).length > 0, WITHIN_MS);
  const other = await startWorker(system, 4);
  if ((await journal.readOperation(jobId))?.finishedAt !== undefined)
    throw new Error("the operation had ended before the other worker was ready: this machine is too busy");
  const before = await leaseToken(system);
  const killed = performance.now();
  await working.kill();
  await until(async () => (await leaseToken(system)) > before, WITHIN_MS);
  const ms = performance.now() - killed;
  const { length: landedBefore } = await landed(system, jobId);
  await until(async () => (await landed(system, jobId)).length > landedBefore, WITHIN_MS);
  await cancel(context, jobId);
  await until(async () => (await journal.readOperation(jobId))?.finishedAt !== undefined, WITHIN_MS);
  const twice = (await journal.readSteps(jobId)).filter(({ attempts }) => landings(attempts) > 1);
  if (twice.length > 0) throw new Error(`${twice.length} legs landed twice`);
  return { ms, left: other };
}

async function runOn(redis: boolean): Promise<Figure> {
  const system = await openSystem({ redis });
  let working: BenchWorker | null = null;
  try {
    const token = await system.cluster.deskToken();
    await addUser(system, USER, LEGS);
    working = await startWorker(system, 4);
    const times: number[] = [];
    for (let round = 1; round <= ROUNDS; round += 1) {
      const { ms, left } = await takeOver(system, working, token);
      working = left;
      times.push(ms);
      say("recovery", `${redis ? "Redis" : "PostgreSQL"}, round ${round} of ${ROUNDS}: ${Math.round(ms)} ms`);
      await sleep(500);
    }
    return {
      what: `kill -9 of a worker to the other worker's first write, the queue on ${redis ? "Redis" : "PostgreSQL"}`,
      ...ofRounds(times),
      unit: "ms",
      goal: { atMost: 5_000 },
      note: `the other worker then bought the next leg in each of ${ROUNDS} rounds`,
    };
  } finally {
    await working?.close();
    await system.close();
  }
}

export const recovery: Row = {
  name: "recovery",
  about: "from the kill of a worker's process to another worker's first write",
  run: async () => [await runOn(false), await runOn(true)],
};
