/**
 * Counts the round trips to the journal per operation and per leg. The count per leg is the difference between a large
 * and a small operation.
 */
import type { Figure, Row } from "../figures.ts";
import { addUser, jobFor, openSystem, startRunner } from "../system.ts";
import { countTrips, total } from "../trips.ts";

const SMALL = 4;
const LARGE = 24;
/**
 * Returns true for statements of the settler, the requeuer and the lease renewal. They run periodically and are not part
 * of an operation.
 */
const isByTheClock = (text: string): boolean =>
  /from cto\.operations where (not settled|settled = false)|set expires_at/i.test(text);

async function run(): Promise<Figure[]> {
  const system = await openSystem();
  const trips = countTrips(system.journal);
  const runner = await startRunner(system);
  try {
    const coin = (await system.cluster.launch("pumpfun")) ?? (await system.cluster.deskToken());
    const counts: number[] = [];
    for (const legs of [SMALL, LARGE]) {
      const user = `journal-${legs}`;
      await addUser(system, user, legs);
      await runner.run(jobFor(user, coin, legs), legs); // The first run fills the caches of keys and programs.
      trips.take();
      await runner.run(jobFor(user, coin, legs), legs);
      const taken = new Map([...trips.take()].filter(([text]) => !isByTheClock(text)));
      counts.push(total(taken));
      if (process.env.CTO_BENCH_VERBOSE)
        for (const [text, count] of [...taken].sort((a, b) => b[1] - a[1])) console.error(legs, count, text);
    }
    const [small = 0, large = 0] = counts;
    const perLeg = (large - small) / (LARGE - SMALL);
    return [
      { what: "per leg", value: perLeg, unit: "trips", goal: { atMost: 2 } },
      {
        what: "per operation, beside its legs",
        value: small - SMALL * perLeg,
        unit: "trips",
        goal: { atMost: 8 },
        note: "the caller's enqueue included",
      },
    ];
  } finally {
    await runner.worker.close();
    await system.close();
  }
}

export const journal: Row = { name: "journal", about: "round trips to the journal, counted", run };
