/**
 * Measures how many operations a second are accepted, compared with the minimum: one durable insert and one
 * `queue.add`, with the same drivers. No worker runs, so after a user's first operation a wake-up waits already, and ours
 * reads its state instead of adding one.
 */
import { createPostgresBackend, Queue } from "bullmq";
import pg from "pg";
import { redisConnection } from "../../src/queue/servers.ts";
import { setLimits } from "../../src/services/limits.ts";
import { enqueue as accept } from "../../src/services/operations.ts";
import { type Figure, median, ofRounds, type Row } from "../figures.ts";
import { addUser, jobFor, openSystem, type System } from "../system.ts";

const ROUND_MS = 1_500;
const ROUNDS = 3;

/** Returns the calls per second of this many parallel callers. Each caller makes one call after the other. */
async function rateOf(callers: number, call: (caller: number) => Promise<unknown>): Promise<number> {
  const began = performance.now();
  const until = began + ROUND_MS;
  let done = 0;
  await Promise.all(
    Array.from({ length: callers }, async (_, caller) => {
      while (performance.now() < until) {
        await call(caller);
        done += 1;
      }
    }),
  );
  return (done * 1_000) / (performance.now() - began);
}

async function openRaw({ context }: System) {
  const { backend, databaseUrl } = context;
  if (databaseUrl === null) throw new Error("the raw insert goes to PostgreSQL");
  const pool = new pg.Pool({ connectionString: databaseUrl, max: 10 });
  await pool.query("create table if not exists cto.bench_raw (id text primary key, request jsonb not null)");
  const queue =
    backend.kind === "redis"
      ? new Queue("bench-raw", { connection: redisConnection(backend) })
      : (new Queue(
          "bench-raw",
          { connection: { connectionString: databaseUrl, schema: "bullmq", max: 5 } } as never,
          createPostgresBackend as never,
        ) as unknown as Queue);
  let last = 0;
  return {
    async add(request: object) {
      last += 1;
      await pool.query("insert into cto.bench_raw (id, request) values ($1, $2)", [
        `raw-${last}`,
        JSON.stringify(request),
      ]);
      await queue.add("wake-up", { userId: `raw-${last}` }, { jobId: `raw-${last}` });
    },
    async close() {
      await queue.close();
      await pool.end();
    },
  };
}

async function on(redis: boolean): Promise<Figure[]> {
  const system = await openSystem({ redis, env: { CTO_MAX_OPEN_OPERATIONS: "1000000" } });
  const raw = await openRaw(system);
  try {
    const mint = await system.cluster.deskToken();
    // They are set in production. Where they are not, each acceptance asks whether the endpoint is the localnet of this machine.
    const none = { maxOperationLamports: null, maxUserDayLamports: null, maxWalletLifetimeLamports: null };
    await setLimits(system.context, null, none);
    const figures: Figure[] = [];
    for (const callers of [1, 50]) {
      const users = Array.from({ length: callers }, (_, at) => `caller-${callers}-${at}`);
      for (const user of users) await addUser(system, user, 1);
      const ratios: number[] = [];
      const rates: number[] = [];
      for (let round = 0; round < ROUNDS; round += 1) {
        const theirs = await rateOf(callers, (caller) => raw.add(jobFor(users[caller] ?? "", mint, 1)));
        const ours = await rateOf(callers, (caller) =>
          accept(system.context, jobFor(users[caller] ?? "", mint, 1), 0, {}),
        );
        rates.push(ours);
        ratios.push(ours / theirs);
      }
      figures.push({
        what: `${redis ? "Redis" : "PostgreSQL"}, ${callers} callers: of the raw rate`,
        ...ofRounds(ratios),
        unit: "times",
        goal: { atLeast: 0.8 },
        note: `${Math.round(median(rates))} a second`,
      });
    }
    return figures;
  } finally {
    await raw.close();
    await system.close();
  }
}

export const enqueue: Row = {
  name: "enqueue",
  about: "operations accepted a second, against a raw insert and add",
  run: async () => [...(await on(false)), ...(await on(true))],
};
