/**
 * Tests a transaction that is lost: its wallet signs again after the attempt is provably dead, with a higher fee, and
 * buys once.
 */
import { afterEach, expect, it } from "vitest";
import { hasLanded } from "../../src/engine/step/status.ts";
import { enqueue } from "../../src/services/operations.ts";
import { type CTOWorker, createCTOWorker } from "../../src/worker/cto-worker.ts";
import { buildJob } from "../support/build-job.ts";
import { landings } from "../support/ledger.ts";
import { openStage, type Stage } from "../support/stage.ts";

let stage: Stage | undefined;
let worker: CTOWorker | undefined;

afterEach(async () => {
  await worker?.close();
  await stage?.close();
});

it("signs again only what is provably dead, offers more for it, and every wallet buys once", async () => {
  stage = await openStage();
  const { context, localnet, mint, userId } = stage;
  let lost: unknown;
  let heights: bigint[] = [];
  localnet.faults.intercept = (method, params) => {
    if (method !== "sendTransaction") return undefined;
    // Loses only the first transaction with leg 1's memo.
    if (Buffer.from(String(params[0]), "base64").includes(":buy:1/3")) lost ??= params[0];
    if (params[0] !== lost) return undefined;
    heights = [...heights, localnet.cluster.head("finalized").height];
    return { httpStatus: 429 };
  };
  worker = await createCTOWorker({ context });
  const job = buildJob({ userId, tokenAddress: mint, buyAmount: 1.5, mode: "standard" });
  const { jobId } = await enqueue(context, job, 0, {});
  // The other legs land first. Then the lost transaction's blockhash expires, and that becomes final.
  const landed = async () =>
    (await context.journal.readSteps(jobId)).filter(({ status }) => hasLanded(status)).length;
  await expect.poll(landed).toBe(2);
  localnet.cluster.tick(200);
  const { status, result } = await stage.ended(jobId);
  expect(status).toBe("completed");
  expect(result).toMatchObject({ landed: 3, partial: false });
  expect(landings(localnet.cluster, jobId)).toEqual(new Map([1, 2, 3].map((leg) => [leg, 1])));
  const steps = await context.journal.readSteps(jobId);
  const again = steps.filter(({ attempts }) => attempts.length === 2);
  expect(again).toHaveLength(1);
  const [first, second] = again[0]?.attempts ?? [];
  expect(first).toMatchObject({ wire: lost, status: "dead", reason: "its blockhash expired" });
  // At the finalized height at which the second attempt was signed, the first could no longer land.
  expect(second?.blockhashSlot).toBeGreaterThan(first?.lastValidBlockHeight ?? 0n);
  expect(second?.lastValidBlockHeight).toBeGreaterThan((first?.lastValidBlockHeight ?? 0n) + 150n);
  const [before, after] = [first?.costs.priority ?? 0n, second?.costs.priority ?? 0n];
  expect(after * 2n).toBeGreaterThanOrEqual(before * 3n - 2n);
  expect(heights.length).toBeGreaterThan(1);
});
