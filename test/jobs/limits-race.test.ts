/** R7 under a race, on a whole system: however many operations ask at once, exactly the allowed sum passes. */
import { lamports } from "@solana/kit";
import { afterEach, describe, expect, inject, it } from "vitest";
import { type CTOWorker, createCTOWorker } from "../../src/jobs/cto-worker.ts";
import { setLimits } from "../../src/jobs/limits.ts";
import { enqueue } from "../../src/jobs/operations.ts";
import { type Ended, openStage, type Stage, type StageOptions } from "../support/stage.ts";

const mongo = inject("testMongo");
const JOURNALS: [string, StageOptions][] = [
  ["PostgreSQL", {}],
  ...(mongo === null ? [] : [["MongoDB", { mongo }] as [string, StageOptions]]),
];
const LIMIT = lamports(10_000_000_000n);

let stage: Stage;
let worker: CTOWorker | undefined;

afterEach(async () => {
  await worker?.close();
  await stage.close();
});

describe.each(JOURNALS)("limits, with the journal on %s", (_name, options) => {
  it("of 50 operations of 1 SOL at once, exactly 10 pass a limit of 10 SOL", async () => {
    stage = await openStage({ ...options, buyers: 1, buyerSol: 60n });
    await setLimits(stage.context, stage.userId, { maxUserDayLamports: LIMIT });
    const job = {
      userId: stage.userId,
      userChatId: 1,
      tokenAddress: stage.mint,
      buyAmount: 1,
      mode: "prefunded" as const,
      platform: "auto",
    };
    const accepted = await Promise.all(Array.from({ length: 50 }, () => enqueue(stage.context, job, 0, {})));
    worker = await createCTOWorker({ context: stage.context, concurrency: 8 });
    // One after the other, as they run: fifty pollers at once would be most of the load.
    const ended: Ended[] = [];
    for (const { jobId } of accepted) ended.push(await stage.ended(jobId));
    const passed = ended.filter(({ status }) => status === "completed");
    expect(passed).toHaveLength(10);
    expect(passed.every(({ result }) => result.landed === 1)).toBe(true);
    const refused = ended.filter(({ status }) => status === "failed");
    expect(refused).toHaveLength(40);
    for (const { failure, result } of refused) {
      expect(failure?.code).toBe("CTO_E_LIMIT_EXCEEDED");
      expect(result.legs.every(({ attempts }) => attempts === 0)).toBe(true);
    }
    expect((await stage.context.journal.readSpending(stage.userId)).dayLamports).toBe(LIMIT);
  }, 240_000);
});
