/**
 * Tests R7 under a race, on a whole system: if many operations start at once, exactly the allowed sum passes.
 *
 * Every operation takes about half a second, so only the first race has fifty. The contract suite starts fifty
 * reservations at once on every journal.
 */
import { lamports } from "@solana/kit";
import { afterEach, describe, expect, inject, it } from "vitest";
import { setLimits } from "../../src/services/limits.ts";
import { enqueue } from "../../src/services/operations.ts";
import { type CTOWorker, createCTOWorker } from "../../src/worker/cto-worker.ts";
import { buildJob } from "../support/build-job.ts";
import { type Ended, openStage, type Stage, type StageOptions } from "../support/stage.ts";

const mongo = inject("testMongo");
const JOURNALS: [string, number, StageOptions][] = [
  ["PostgreSQL", 50, {}],
  ...(mongo === null ? [] : [["MongoDB", 20, { mongo }] as [string, number, StageOptions]]),
];
const SOL = 1_000_000_000n;
/** Enough for ten operations of 1 SOL with their costs, but not for an eleventh. */
const LIMIT = lamports(10n * SOL + SOL / 2n);

let stage: Stage;
let worker: CTOWorker | undefined;

afterEach(async () => {
  await worker?.close();
  worker = undefined;
  await stage.close();
});

const jobOf = (buyAmount: number) =>
  buildJob({ userId: stage.userId, tokenAddress: stage.mint, buyAmount, mode: "prefunded" as const });

/** Starts operations at once. @returns their results */
async function race(count: number, buyAmount: number): Promise<Ended[]> {
  const job = jobOf(buyAmount);
  const accepted = await Promise.all(Array.from({ length: count }, () => enqueue(stage.context, job, 0, {})));
  worker ??= await createCTOWorker({ context: stage.context, concurrency: 8 });
  // We wait for them in sequence, because many pollers at once would cause most of the load.
  const ended: Ended[] = [];
  for (const { jobId } of accepted) ended.push(await stage.ended(jobId));
  return ended;
}

function expectTenPassed(ended: readonly Ended[]): void {
  const passed = ended.filter(({ status }) => status === "completed");
  expect(passed).toHaveLength(10);
  expect(passed.every(({ result }) => result.landed === 1)).toBe(true);
  const refused = ended.filter(({ status }) => status === "failed");
  expect(refused).toHaveLength(ended.length - 10);
  for (const { failure, result } of refused) {
    expect(failure?.code).toBe("CTO_E_LIMIT_EXCEEDED");
    expect(result.legs.every(({ attempts }) => attempts === 0)).toBe(true);
  }
}

const dayOf = async () => (await stage.context.journal.readSpending(stage.userId)).day;

describe.each(JOURNALS)("limits, with the journal on %s", (_name, count, options) => {
  it(`of ${count} operations of 1 SOL at once, exactly 10 pass a limit of 10 SOL beside their costs`, async () => {
    stage = await openStage({ ...options, buyers: 1, buyerSol: 60n });
    await setLimits(stage.context, stage.userId, { maxUserDayLamports: LIMIT });
    expectTenPassed(await race(count, 1));
    const { spending, costs } = await dayOf();
    expect(spending).toBe(10n * SOL);
    expect(costs).toBeGreaterThan(0n);
  }, 240_000);

  it("of 20 operations that spend next to nothing, exactly 10 pass a limit that holds the costs of 10", async () => {
    stage = await openStage({ ...options, buyers: 1, buyerSol: 60n });
    worker = await createCTOWorker({ context: stage.context, concurrency: 8 });
    // The first operation opens the token account. The second one has the same costs as all later ones.
    const one = async () => stage.ended((await enqueue(stage.context, jobOf(0.000_001), 0, {})).jobId);
    await one();
    const first = await dayOf();
    await one();
    const second = await dayOf();
    const each = second.costs - first.costs;
    expect(each).toBeGreaterThanOrEqual(5_000n);
    const used = second.spending + second.costs;
    const room = 10n * (1_000n + each) + each / 2n;
    await setLimits(stage.context, stage.userId, { maxUserDayLamports: lamports(used + room) });
    expectTenPassed(await race(20, 0.000_001));
    expect((await dayOf()).costs).toBe(second.costs + 10n * each);
  }, 240_000);
});
