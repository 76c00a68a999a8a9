/**
 * Counts the round trips to the journal per operation and per leg. The count per leg is the difference between a large
 * and a small operation.
 */
import { setTimeout as sleep } from "node:timers/promises";
import { type Figure, median, type Row } from "../figures.ts";
import { addUser, jobFor, openSystem, startRunner } from "../system.ts";
import { type Counts, countTrips, statementsOf, tripsOf } from "../trips.ts";

const SMALL = 4;
const LARGE = 24;
/**
 * Returns true for statements of the settler's search, the requeuer, the webhooks and the lease renewal. They run
 * periodically and are not part of an operation.
 */
const isByTheClock = (text: string): boolean =>
  /from cto\.operations o? ?where (not settled|settled = false)|set expires_at|from cto\.webhooks|collate "C" >/i.test(
    text,
  );

/** The bench's own look at the result. */
const ASKED_BY_THE_BENCH = 1;
/** The settler looks every half second. After this time, it has settled the operation. */
const UNTIL_SETTLED_MS = 3_000;

const ROUNDS = 3;

async function run(): Promise<Figure[]> {
  const system = await openSystem();
  const trips = countTrips(system.journal);
  const runner = await startRunner(system);
  try {
    const coin = (await system.cluster.launch("pumpfun")) ?? (await system.cluster.deskToken());
    const count = async (user: string, legs: number): Promise<Counts> => {
      await runner.run(jobFor(user, coin, legs), legs);
      await sleep(UNTIL_SETTLED_MS);
      return new Map([...trips.take()].filter(([text]) => !isByTheClock(text)));
    };
    const rounds = new Map<number, Counts[]>();
    for (const legs of [SMALL, LARGE]) {
      const user = `journal-${legs}`;
      await addUser(system, user, legs);
      await count(user, legs); // The first run fills the caches of keys and programs.
      const counts: Counts[] = [];
      for (let round = 0; round < ROUNDS; round += 1) counts.push(await count(user, legs));
      rounds.set(legs, counts);
      if (process.env.CTO_BENCH_VERBOSE)
        for (const [text, { statements, trips: own }] of counts.at(-1) ?? [])
          console.error(legs, "legs:", statements, "statements,", own, "trips:", text);
    }
    const figuresOf = (of: (counts: Counts) => number) => {
      const typical = (legs: number): number => median((rounds.get(legs) ?? []).map(of)) - ASKED_BY_THE_BENCH;
      const perLeg = Math.max(0, (typical(LARGE) - typical(SMALL)) / (LARGE - SMALL));
      return { perLeg, perOperation: typical(SMALL) - SMALL * perLeg };
    };
    const inTrips = figuresOf(tripsOf);
    const inStatements = figuresOf(statementsOf);
    return [
      { what: "per leg", value: inTrips.perLeg, unit: "trips", goal: { atMost: 2 } },
      {
        what: "per operation, beside its legs",
        value: inTrips.perOperation,
        unit: "trips",
        goal: { atMost: 8 },
        note: "the caller's enqueue and the settler included",
      },
      { what: "per leg", value: inStatements.perLeg, unit: "statements" },
      { what: "per operation, beside its legs", value: inStatements.perOperation, unit: "statements" },
    ];
  } finally {
    await runner.worker.close();
    await system.close();
  }
}

export const journal: Row = { name: "journal", about: "round trips to the journal, counted", run };
