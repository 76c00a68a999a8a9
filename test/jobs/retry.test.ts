/** Tests a retry, which buys an operation's missing legs, and operations with a start time and an end time. */
import pc from "picocolors";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { describeStatus } from "../../src/cli/status-text.ts";
import { formatTokens } from "../../src/contract/amount.ts";
import { parseRequest } from "../../src/contract/parse.ts";
import type { EnqueueOptions } from "../../src/contract/types.ts";
import { hasLanded, type Lamports, type Step } from "../../src/engine/ports.ts";
import { createChainReader, loadReceipt, verifyReceipt } from "../../src/receipts/index.ts";
import type { WorkerPorts } from "../../src/runtime/worker-ports.ts";
import { explainOperation, storyText } from "../../src/services/explain.ts";
import { halt, resume } from "../../src/services/limits.ts";
import { cancel, enqueue, readStatus } from "../../src/services/operations.ts";
import { retry } from "../../src/services/retry.ts";
import { type CTOWorker, createCTOWorker } from "../../src/worker/cto-worker.ts";
import { landings } from "../support/ledger.ts";
import { openStage, type Stage } from "../support/stage.ts";

let stage: Stage;

beforeAll(async () => {
  stage = await openStage({ buyers: 3 });
});
afterAll(() => stage.close());

const ask = async (options: EnqueueOptions = {}): Promise<string> => {
  const { userId, mint: tokenAddress, context } = stage;
  const job = { userId, tokenAddress, buyAmount: "0.3", mode: "prefunded", platform: "auto" };
  return (await enqueue(context, job, 0, options)).jobId;
};

const PLAIN = pc.createColors(false);

const inMs = (ms: number): Date => new Date(Date.now() + ms);
const passed = (date: Date): Promise<void> =>
  new Promise((resolve) => setTimeout(resolve, date.getTime() - Date.now() + 5));

/**
 * If true, the next operation is cancelled when its first leg has landed. It runs one leg at a time, so its
 * other legs are never signed.
 */
let stopAfterOne = false;

const stopping = (ports: WorkerPorts): WorkerPorts => {
  const stop = async (step: Step | null): Promise<void> => {
    if (!stopAfterOne || step === null || !hasLanded(step.status)) return;
    stopAfterOne = false;
    await cancel(stage.context, step.operationId);
  };
  const { journal } = ports;
  return {
    ...ports,
    journal: {
      ...journal,
      async changeStep(...args) {
        const step = await journal.changeStep(...args);
        await stop(step);
        return step;
      },
      async changeSteps(...args) {
        const steps = await journal.changeSteps(...args);
        for (const step of steps) await stop(step);
        return steps;
      },
    },
  };
};

describe("without a worker", () => {
  it("refuses the retry of an operation under way, and of one in review", async () => {
    const { context } = stage;
    const jobId = await ask();
    await expect(retry(context, jobId)).rejects.toMatchObject({ code: "CTO_E_RETRY_TOO_EARLY" });
    const lease = await context.journal.acquireLease(stage.userId, "test", 60_000);
    if (lease === null) throw new Error("no lease");
    await context.journal.beginOperation(jobId, lease);
    await expect(retry(context, jobId)).rejects.toMatchObject({ code: "CTO_E_RETRY_TOO_EARLY" });
    await context.journal.changeOperation(jobId, lease, { status: "needs_review" });
    await expect(retry(context, jobId)).rejects.toMatchObject({ code: "CTO_E_RETRY_NEEDS_REVIEW" });
    await context.journal.changeOperation(jobId, lease, { status: "failed" });
    await context.journal.releaseLease(lease);
    await expect(retry(context, "op_none")).rejects.toMatchObject({ code: "CTO_E_OPERATION_UNKNOWN" });
  });

  it("retries what was never planned as a whole, once, whoever asks at the same moment", async () => {
    const { context } = stage;
    const jobId = await ask({ expiresAt: inMs(60_000), weights: [1, 2, 3] });
    await cancel(context, jobId);
    const asked = await Promise.allSettled(Array.from({ length: 5 }, () => retry(context, jobId)));
    const accepted = asked.flatMap((each) => (each.status === "fulfilled" ? [each.value] : []));
    expect(accepted).toHaveLength(1);
    for (const each of asked.filter(({ status }) => status === "rejected"))
      expect(each).toMatchObject({
        reason: { code: "CTO_E_RETRY_EXISTS", context: { jobId, retryId: accepted[0]?.id } },
      });
    const before = await context.journal.readOperation(jobId);
    const { expiresAt: _gone, ...terms } = before?.request ?? {};
    expect(accepted[0]?.request).toEqual({ ...terms, retry: { of: jobId, leastTokens: [] } });
    await cancel(context, accepted[0]?.id ?? "");
  });

  it("retries nothing of a restored journal without its plan, and looks for what a retry bought after the backup", async () => {
    const { context, buyers } = stage;
    const { journal } = context;
    const [unplanned, planned] = [await ask(), await ask()];
    const lease = await journal.acquireLease(stage.userId, "test", 60_000);
    if (lease === null) throw new Error("no lease");
    await journal.beginOperation(planned, lease);
    const legs = buyers.map(({ id: walletId, address }, at) => {
      return { index: at + 1, walletId, address, lamports: 100_000_000n as Lamports, tokensBefore: 0n };
    });
    await journal.writePlan(planned, lease, legs);
    for (const { id, version } of await journal.readSteps(planned))
      await journal.changeStep(id, version, lease, { status: "failed" });
    await journal.changeOperation(planned, lease, { status: "failed" });
    await journal.releaseLease(lease);
    await journal.declareRestore({ by: "ops", reason: "a test", since: 0n, lastValidBlockHeight: 1n });
    // Nobody knows whether a worker had begun it after the backup.
    await cancel(context, unplanned);
    await expect(retry(context, unplanned)).rejects.toMatchObject({ code: "CTO_E_RETRY_RESTORED" });
    const again = await retry(context, planned);
    expect(again.restored).toBe(true);
    await cancel(context, again.id);
    await expect(retry(context, again.id)).rejects.toMatchObject({ code: "CTO_E_RETRY_RESTORED" });
  });

  it("accepts times and names, or states what is wrong with them", () => {
    const { userId, mint: tokenAddress, config } = stage;
    const job = { userId, tokenAddress, buyAmount: "0.3", mode: "prefunded", platform: "auto" };
    const parse = (options: unknown) => parseRequest(config, job, 0, options).request;
    const request = parse({
      notBefore: "2030-01-01T01:00:00+01:00",
      expiresAt: new Date(Date.UTC(2031, 0, 1)),
    });
    expect(request).toMatchObject({ userChatId: 0, notBefore: new Date(Date.UTC(2030, 0, 1)) });
    for (const options of [
      { notBefore: "tomorrow" },
      { notBefore: "2030-01-01T00:00:00Z", expiresAt: "2030-01-01T00:00:00Z" },
      { expiresAt: "9999-01-01T00:00:00Z" },
      { expiresAt: new Date(Number.NaN) },
      { notBefore: new Date(1_900_000_000) },
      { tags: [] },
      { tags: Array.from({ length: 11 }, String) },
      { tags: ["a\u0000"] },
      { reference: "" },
    ])
      expect(() => parse(options), JSON.stringify(options)).toThrow(/CTO_E_OPERATION_INVALID|is not valid/);
    // Seconds since 1970 would mean "at once".
    expect(() => parse({ notBefore: new Date(1_900_000_000) })).toThrow(/milliseconds, not seconds/);
  });

  it("refuses what has expired before it was asked for", async () => {
    await expect(ask({ expiresAt: inMs(-1) })).rejects.toMatchObject({
      code: "CTO_E_OPERATION_EXPIRED",
      message: expect.stringContaining("expiresAt is in the past"),
    });
  });
});

describe("with a worker", () => {
  let worker: CTOWorker;
  const start = async (): Promise<void> => {
    worker = await createCTOWorker({ context: stage.context, wrapPorts: stopping });
  };
  afterEach(() => worker.close());

  it("buys the missing legs and no other, on the same terms, each wallet once over both", async () => {
    await start();
    const { context, localnet, buyers } = stage;
    const named = { tags: ["spring"], reference: "order 7" };
    stopAfterOne = true;
    const jobId = await ask({ parallelism: 1, slippageBps: 321, ...named });
    const before = await stage.ended(jobId);
    expect(before).toMatchObject({ status: "cancelled", result: { landed: 1, partial: true } });
    const again = await retry(context, jobId);
    const after = await stage.ended(again.id);
    expect(after).toMatchObject({
      status: "completed",
      result: { landed: 2 },
      retryOf: jobId,
      tags: ["spring"],
      reference: "order 7",
    });
    expect(again.request).toMatchObject({ slippageBps: 321, buyLamports: 200_000_000n });
    expect(after.result.legs.map(({ address, lamports }) => [address, lamports])).toEqual(
      buyers.slice(1).map(({ address }) => [address, "100000000"]),
    );
    const anchors = before.result.legs.slice(1).map(({ leastTokens }) => leastTokens);
    expect(anchors.every((anchor) => anchor !== undefined)).toBe(true);
    expect(after.result.legs.map(({ previousLeastTokens }) => previousLeastTokens)).toEqual(anchors);
    const anchorsNow = after.result.legs.map(({ leastTokens }) => leastTokens);
    expect(anchorsNow).not.toEqual(anchors);
    const [now, then] = [anchorsNow, anchors].map((all) =>
      formatTokens(String(all.reduce((sum, one) => sum + BigInt(one ?? 0), 0n)), 6),
    );
    expect(describeStatus(after, 6, PLAIN).split("\n")).toContain(
      `Accepts at least ${now} tokens; before, the same legs accepted at least ${then}`,
    );
    expect(describeStatus(before, 6, PLAIN)).not.toContain("Accepts at least");
    expect([...landings(localnet.cluster, jobId)]).toEqual([[1, 1]]);
    expect([...landings(localnet.cluster, again.id)].sort()).toEqual([
      [1, 1],
      [2, 1],
    ]);
    expect(await readStatus(context, jobId)).toMatchObject({ retriedBy: again.id });
    const reader = createChainReader(localnet.rpcUrl);
    const receipt = await loadReceipt(context, again.id, reader);
    expect(await verifyReceipt(receipt, reader)).toMatchObject({ ok: true, memosVerified: 2 });
    expect(receipt).toMatchObject({ retryOf: jobId });
    const first = await loadReceipt(context, jobId, reader);
    expect(first).toMatchObject({ retriedBy: again.id });
    expect(first).not.toHaveProperty("retryOf");
    expect(storyText(await explainOperation(context, jobId))).toContain(`${again.id} retries it`);
    expect(storyText(await explainOperation(context, again.id))).toContain(`It retries ${jobId}`);
    await expect(retry(context, jobId)).rejects.toMatchObject({ code: "CTO_E_RETRY_EXISTS" });
    await expect(retry(context, again.id)).rejects.toMatchObject({ code: "CTO_E_RETRY_NOTHING" });
  });

  it("begins none before its time, and lets others pass", async () => {
    await start();
    const notBefore = inMs(6_000);
    const timed = await ask({ notBefore });
    expect(await readStatus(stage.context, timed)).toMatchObject({ status: "waiting", progress: 0 });
    const other = await stage.ended(await ask());
    expect(other.processedOn).toBeLessThan(notBefore.getTime());
    const ended = await stage.ended(timed);
    expect(ended).toMatchObject({ status: "completed", notBefore: notBefore.getTime() });
    expect(ended.processedOn ?? 0).toBeGreaterThanOrEqual(notBefore.getTime());
  });

  it("signs nothing of what has expired while it waited", async () => {
    const expiresAt = inMs(300);
    const jobId = await ask({ expiresAt });
    await passed(expiresAt);
    await start();
    const ended = await stage.ended(jobId);
    expect(ended).toMatchObject({
      status: "failed",
      failure: { code: "CTO_E_OPERATION_EXPIRED" },
      result: { legs: [] },
    });
    // It can be retried, because the retry does not copy its times.
    const again = await stage.ended((await retry(stage.context, jobId)).id);
    expect(again).toMatchObject({ status: "completed", result: { landed: 3 } });
  });

  it("signs nothing of what expires half-way", async () => {
    await start();
    const { context, localnet } = stage;
    await halt(context, "a test");
    const jobId = await ask({ expiresAt: inMs(2_500) });
    const ended = await stage.ended(jobId);
    await resume(context);
    expect(ended).toMatchObject({ status: "failed", result: { landed: 0 } });
    expect(ended.result.legs.map(({ failure }) => failure?.code)).toEqual(
      Array(3).fill("CTO_E_OPERATION_EXPIRED"),
    );
    expect(landings(localnet.cluster, jobId).size).toBe(0);
  });
});
