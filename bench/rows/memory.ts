/**
 * Measures whether a worker keeps anything of an operation that has ended: its heap, and the signals that are still
 * reachable, after few and after many operations.
 */
import { fork } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { enqueue } from "../../src/services/operations.ts";
import { until } from "../backlog.ts";
import type { Figure, Row } from "../figures.ts";
import { addUser, jobFor, openSystem, type System } from "../system.ts";
import type { Memory } from "../worker.child.ts";

const FEW = 400;
const MANY = Number(process.env.CTO_BENCH_OPERATIONS ?? 1_600);
const USERS = 20;
const CHILD = fileURLToPath(new URL("../worker.child.ts", import.meta.url));

/** Runs so many operations of one leg, and waits until nothing of them is left to do. */
async function finish(
  { context, journal }: System,
  token: ReturnType<typeof jobFor>["tokenAddress"],
  count: number,
) {
  const ids: string[] = [];
  for (let at = 0; at < count; at += 1) {
    const job = jobFor(`memory-${at % USERS}`, token, 1);
    ids.push((await enqueue(context, job, 0, {})).jobId);
  }
  await until(async () => {
    const { rows } = await journal.pool.query(
      "select count(*)::int as ended from cto.operations where id = any($1) and settled",
      [ids],
    );
    return rows[0]?.ended === count;
  }, 1_800_000);
}

async function run(): Promise<Figure[]> {
  const system = await openSystem();
  const child = fork(CHILD, [], {
    env: { PATH: process.env.PATH ?? "", CTO_CONCURRENCY: "8", ...system.env },
    execArgv: ["--expose-gc", "--import", "tsx"],
  });
  const used = async (): Promise<Memory> => {
    child.send("memory");
    const [found] = await once(child, "message");
    return found as Memory;
  };
  try {
    await once(child, "message");
    const token = (await system.cluster.launch("pumpfun")) ?? (await system.cluster.deskToken());
    for (let at = 0; at < USERS; at += 1) await addUser(system, `memory-${at}`, 1);
    await finish(system, token, FEW);
    const early = await used();
    await finish(system, token, MANY - FEW);
    const late = await used();
    const more = `${FEW} to ${MANY} operations`;
    return [
      {
        what: "a worker's live heap for each operation that has ended",
        value: Math.max(0, (late.heapBytes - early.heapBytes) / (MANY - FEW)),
        unit: "bytes",
        goal: { atMost: 1_024 },
        note: `${(early.heapBytes / 2 ** 20).toFixed(1)} to ${(late.heapBytes / 2 ** 20).toFixed(1)} MiB over ${more}`,
      },
      {
        what: "signals that are still reachable, as many more as at first",
        value: Math.max(0, late.signals - early.signals),
        unit: "signals",
        goal: { atMost: 50 },
        note: `${early.signals} to ${late.signals}; ${late.warnings} warnings of too many listeners`,
      },
    ];
  } finally {
    child.send("close");
    await once(child, "exit");
    await system.close();
  }
}

export const memory: Row = {
  name: "memory",
  about: "what a worker keeps of operations that have ended",
  run,
};
