/** Measures how long another user's first operation waits behind a long backlog of one user. */
import { enqueue } from "../../src/services/operations.ts";
import { copyOperation, until } from "../backlog.ts";
import { type Figure, ofRounds, type Row } from "../figures.ts";
import { addUser, jobFor, openSystem, startRunner } from "../system.ts";

const BACKLOG = Number(process.env.CTO_BENCH_BACKLOG ?? 10_000);
const ROUNDS = 5;

async function runOn(redis: boolean): Promise<Figure> {
  const system = await openSystem({ redis });
  const { journal, context } = system;
  const token = await system.cluster.deskToken();
  await addUser(system, "many", 1);
  const others = Array.from({ length: ROUNDS }, (_, at) => `other-${at}`);
  for (const user of others) await addUser(system, user, 1);
  const { jobId } = await enqueue(context, jobFor("many", token, 1), 0, {});
  await copyOperation(system, jobId, BACKLOG - 1);
  const runner = await startRunner(system);
  try {
    await until(async () => (await journal.readOperation(jobId))?.startedAt !== undefined);
    const waits: number[] = [];
    for (const user of others) {
      // The round waits for its operation's end. Otherwise the rounds themselves would fill the worker's places.
      const { operation } = await runner.run(jobFor(user, token, 1), 1);
      waits.push((operation.startedAt?.getTime() ?? Number.NaN) - operation.createdAt.getTime());
    }
    const { rows } = await journal.pool.query(
      "select count(*)::int as left from cto.operations where user_id = 'many' and status = 'waiting'",
    );
    return {
      what: `from acceptance to the beginning, behind ${BACKLOG.toLocaleString("en-US")} of another user, on ${redis ? "Redis" : "PostgreSQL"}`,
      ...ofRounds(waits),
      unit: "ms",
      goal: { atMost: 2_000 },
      note: `${Number(rows[0]?.left).toLocaleString("en-US")} were still waiting after the last round`,
    };
  } finally {
    await runner.worker.close();
    await system.close();
  }
}

const run = async (): Promise<Figure[]> => [await runOn(false), await runOn(true)];

export const fairness: Row = {
  name: "fairness",
  about: "another user's first operation behind a backlog of one user",
  run,
};
