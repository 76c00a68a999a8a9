/**
 * Tests the counts of an operation that do not depend on the machine: round trips to the journal for each leg, calls to
 * the endpoint, and bytes. This test fails if one of them grows; `npm run bench` measures the rest.
 */
import { afterAll, beforeAll, expect, test } from "vitest";
import { countTrips, statementsOf, type Trips, tripsOf } from "../../bench/trips.ts";
import type { PostgresJournal } from "../../src/journal/postgres/index.ts";
import { enqueue } from "../../src/services/operations.ts";
import { type CTOWorker, createCTOWorker } from "../../src/worker/cto-worker.ts";
import { buildJob } from "../support/build-job.ts";
import { openStage, type Stage } from "../support/stage.ts";

const SMALL = 4;
const LARGE = 20;
/** Statements that run by the clock for any number of legs: the settler, the requeuer, webhooks, renewals of the lease. */
const BY_THE_CLOCK = /where not settled|settled = true|collate "C" >|set expires_at|from cto\.webhooks/;
/**
 * Calls whose number follows the time until the legs land: a slow machine polls longer, and a blockhash grows old. A process
 * reads the consensus and the cluster's identity rarely.
 */
const BY_TIME = new Set([
  "getSignatureStatuses",
  "getLatestBlockhash",
  "getBlockHeight",
  "getGenesisHash",
  "getAgGenesisCert",
  "getRecentPerformanceSamples",
  "sendTransaction",
]);

let stage: Stage;
let worker: CTOWorker;
let trips: Trips;

beforeAll(async () => {
  stage = await openStage({ buyers: LARGE, localnet: { slotMs: 50 } });
  trips = countTrips(stage.context.journal as PostgresJournal);
  worker = await createCTOWorker({ context: stage.context });
}, 120_000);

afterAll(async () => {
  await worker.close();
  await stage.close();
});

type Counted = { readonly trips: number; readonly statements: number; readonly calls: number };

async function run(legs: number): Promise<Counted> {
  const { userId, mint, buyers, context } = stage;
  trips.take();
  const before = { ...worker.ports.chain.stats().calls };
  const { jobId } = await enqueue(
    context,
    buildJob({ userId, tokenAddress: mint, buyAmount: legs / 100 }),
    0,
    { parallelism: legs, walletIds: buyers.slice(0, legs).map(({ id }) => id) },
  );
  const { result } = await stage.ended(jobId);
  expect(result.landed).toBe(legs);
  const made = new Map(
    Object.entries(worker.ports.chain.stats().calls).map(([method, calls]) => [
      method,
      calls - (before[method] ?? 0),
    ]),
  );
  expect(made.get("sendTransaction")).toBe(legs);
  const others = [...made].filter(([method]) => !BY_TIME.has(method));
  const polled = /^select \* from cto\.operations where id = \$1/;
  const taken = [...trips.take()].filter(([text]) => !BY_THE_CLOCK.test(text) && !polled.test(text));
  const steps = await context.journal.readSteps(jobId);
  const sizes = steps.flatMap(({ attempts }) =>
    attempts.map(({ wire }) => Buffer.from(wire, "base64").length),
  );
  expect(Math.max(...sizes)).toBeLessThanOrEqual(700);
  const counts = new Map(taken);
  return {
    trips: tripsOf(counts),
    statements: statementsOf(counts),
    calls: others.reduce((all, [, calls]) => all + calls, 0),
  };
}

test("a leg takes fewer trips to the journal than it has writes, one send, two calls, and no more bytes than it did", async () => {
  await run(SMALL); // The first run reads keys and programs. Later runs have them already.
  const small = await run(SMALL);
  const large = await run(LARGE);
  // Without waves, a leg takes nine or more. The desk quotes each leg separately, so its waves are short on a
  // busy machine. On pump.fun, `npm run bench -- journal` counts less than one.
  expect((large.trips - small.trips) / (LARGE - SMALL)).toBeLessThanOrEqual(6);
  // Of one moment, several statements share a trip.
  expect(small.trips).toBeLessThanOrEqual(60);
  expect(small.trips).toBeLessThan(small.statements - 8);
  // The desk's legs are each simulated once. The survey, its repetition after the buys, the fees, and the sample's own
  // simulation do not grow with them.
  expect(small.calls).toBeLessThanOrEqual(SMALL + 6);
  expect(large.calls).toBeLessThanOrEqual(LARGE + 8);
}, 120_000);
