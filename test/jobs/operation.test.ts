/** Tests operations on a whole system, on both queues: progress, cancellation, weights, idempotency and failures. */
import { lamports } from "@solana/kit";
import { afterEach, describe, expect, inject, it } from "vitest";
import type { CTOJob, CTOJobStatus, CTOProgress } from "../../src/contract/types.ts";
import { hasLanded } from "../../src/engine/step/status.ts";
import { cancel, enqueue, readStatus } from "../../src/services/operations.ts";
import { subscribe } from "../../src/services/progress.ts";
import { type CTOWorker, createCTOWorker } from "../../src/worker/cto-worker.ts";
import { buildJob } from "../support/build-job.ts";
import { landings, readLedger } from "../support/ledger.ts";
import { openStage, type Stage, type StageOptions } from "../support/stage.ts";

const redisUrl = inject("testRedisUrl");
const BACKENDS: [string, StageOptions][] = [
  ["PostgreSQL", {}],
  ...(redisUrl === null ? [] : [["Redis", { redisUrl }] as [string, StageOptions]]),
];

let open: { stage: Stage; worker?: CTOWorker }[] = [];

async function stageWith(options: StageOptions = {}): Promise<Stage> {
  const stage = await openStage({ cluster: "today", ...options });
  open.push({ stage });
  return stage;
}

async function workOn(stage: Stage): Promise<CTOWorker> {
  const worker = await createCTOWorker({ context: stage.context });
  open = open.map((entry) => (entry.stage === stage ? { stage, worker } : entry));
  return worker;
}

const jobOf = (stage: Stage, over: Partial<CTOJob> = {}): CTOJob =>
  buildJob({ userId: stage.userId, tokenAddress: stage.mint, buyAmount: 1.5, ...over });

afterEach(async () => {
  for (const { stage, worker } of open) {
    await worker?.close();
    await stage.close();
  }
  open = [];
});

describe.each(BACKENDS)("an operation, with the queue on %s", (_, options) => {
  it.each(["prefunded", "standard"] as const)("lands every leg exactly once in %s mode", async (mode) => {
    // Each leg must land at its first attempt, even if the journal is slow.
    const localnet = { slotMs: 100 };
    const stage = await stageWith({ ...options, localnet, ...(mode === "standard" ? { buyerSol: 0n } : {}) });
    await workOn(stage);
    const { jobId, status, data } = await enqueue(stage.context, jobOf(stage, { mode }), 0, {});
    expect(status).toMatch(/waiting|active/);
    expect(data).toEqual(jobOf(stage, { mode }));

    const ended = await stage.ended(jobId);
    expect(ended).toMatchObject({ status: "completed", progress: 100 });
    expect(ended.result).toMatchObject({ landed: 3, partial: false, needsReview: false, venue: "jupiter" });
    expect(ended.result.spentLamports).toBe("1500000000");
    expect(ended.result.legs.map(({ address }) => address)).toEqual(
      stage.buyers.map(({ address }) => address),
    );
    for (const leg of ended.result.legs) {
      expect(leg).toMatchObject({ lamports: "500000000", attempts: 1 });
      expect(BigInt(leg.tokensReceived ?? 0)).toBeGreaterThan(0n);
    }
    expect(landings(stage.localnet.cluster, jobId)).toEqual(new Map([1, 2, 3].map((leg) => [leg, 1])));
  });

  it("sends another process the phases in order, every event once, then the result", async () => {
    const stage = await stageWith(options);
    const { jobId } = await enqueue(stage.context, jobOf(stage), 0, {});
    const heard: CTOProgress[] = [];
    const completed = new Promise<CTOJobStatus>((resolve) => {
      subscribe(stage.context, jobId, (progress) => heard.push(progress), resolve);
    });
    await workOn(stage);
    expect(await completed).toMatchObject({ status: "completed" });
    expect(heard.map(({ seq }) => seq)).toEqual(heard.map((_event, at) => at + 1));
    expect(heard.flatMap((event) => (event.type === "phase" ? [[event.label, event.progress]] : []))).toEqual(
      [
        ["CTO Operation Started", 10],
        ["Validating Parameters", 25],
        ["Platform Detection", 45],
        ["Executing Operation", 70],
        ["CTO Operation Completed", 100],
      ],
    );
    expect(heard.map(({ progress }) => progress)).toEqual(
      heard.map(({ progress }) => progress).sort((a, b) => a - b),
    );
    expect(heard.at(-1)).toMatchObject({ type: "result", status: "completed" });
  });

  it("cancels a waiting operation at once, and refuses to cancel one that has ended", async () => {
    const stage = await stageWith(options);
    const { jobId } = await enqueue(stage.context, jobOf(stage), 0, {});
    expect(await cancel(stage.context, jobId)).toMatchObject({ success: true });
    expect(await readStatus(stage.context, jobId)).toMatchObject({ status: "cancelled" });
    expect(await cancel(stage.context, jobId)).toMatchObject({ success: false, error: /cancelled/ });
    await workOn(stage);
    const next = await enqueue(stage.context, jobOf(stage), 0, {});
    await stage.ended(next.jobId);
    expect(landings(stage.localnet.cluster, jobId).size).toBe(0);
  });

  it("answers a job with a priority as waiting", async () => {
    const stage = await stageWith(options);
    const { jobId, status } = await enqueue(stage.context, jobOf(stage), 5, {});
    expect(status).toBe("waiting");
    expect(await readStatus(stage.context, jobId)).toMatchObject({ status: "waiting" });
    expect(await stage.context.queue.state(stage.userId)).toBe("waiting");
  });
});

describe("an operation", () => {
  it("begins no new leg once cancelled, and ends cancelled with what landed", async () => {
    const stage = await stageWith({ buyers: 6 });
    const { jobId } = await enqueue(stage.context, jobOf(stage), 0, { parallelism: 1 });
    const firstLanded = new Promise<void>((resolve) => {
      subscribe(stage.context, jobId, (event) => {
        if (event.type === "leg" && hasLanded(event.status)) resolve();
      });
    });
    await workOn(stage);
    await firstLanded;
    expect(await cancel(stage.context, jobId)).toMatchObject({ success: true });
    const ended = await stage.ended(jobId);
    expect(ended.status).toBe("cancelled");
    expect(ended.result.landed).toBeGreaterThanOrEqual(1);
    expect(ended.result.landed).toBeLessThan(6);
    expect(landings(stage.localnet.cluster, jobId).size).toBe(ended.result.landed);
  });

  it("follows weights and the chosen wallets, in their order", async () => {
    const stage = await stageWith();
    await workOn(stage);
    const [first, , third] = stage.buyers;
    if (first === undefined || third === undefined) throw new Error("no wallets");
    const options = { weights: [1, 3], walletIds: [third.id, first.id] };
    const { jobId } = await enqueue(stage.context, jobOf(stage, { buyAmount: 1 }), 0, options);
    const { result } = await stage.ended(jobId);
    expect(result.legs.map(({ address, lamports: amount }) => [address, amount])).toEqual([
      [third.address, "250000000"],
      [first.address, "750000000"],
    ]);
  });

  it("answers the first job for the same idempotency key and data, and refuses other data", async () => {
    const stage = await stageWith();
    const options = { idempotencyKey: "once" };
    const first = await enqueue(stage.context, jobOf(stage), 0, options);
    const second = await enqueue(stage.context, jobOf(stage), 0, options);
    expect(second.jobId).toBe(first.jobId);
    await expect(enqueue(stage.context, jobOf(stage, { buyAmount: 2 }), 0, options)).rejects.toMatchObject({
      code: "CTO_E_IDEMPOTENCY_KEY_REUSED",
      context: { jobId: first.jobId },
    });
    // What has changed since does not refuse it: the wallets are disabled, and the queue is away.
    for (const { id } of await stage.context.journal.listWallets(stage.userId))
      await stage.context.journal.setWalletDisabled(id, true);
    const away = () => Promise.reject(new Error("the queue is away"));
    const queue = { ...stage.context.queue, check: away, wakeUser: away };
    const third = await enqueue({ ...stage.context, queue }, jobOf(stage), 0, options);
    expect(third.jobId).toBe(first.jobId);
    expect(await stage.context.journal.listOperations({ limit: 10 })).toHaveLength(1);
  });

  it("fails with a reason when the mint does not exist, and signs nothing", async () => {
    const stage = await stageWith();
    await workOn(stage);
    const tokenAddress = "EPjFWdd5AufqSSqeM2qN1xzybapC8G4wEGGkZwyTDt1v";
    const { jobId } = await enqueue(stage.context, jobOf(stage, { tokenAddress }), 0, {});
    const ended = await stage.ended(jobId);
    expect(ended).toMatchObject({ status: "failed", failure: { code: "CTO_E_MINT_NOT_FOUND" } });
    expect(ended.failedReason).toContain(tokenAddress);
    expect(landings(stage.localnet.cluster, jobId).size).toBe(0);
  });

  it("names the wallets that are short of funds, and how much they lack, before any leg", async () => {
    const stage = await stageWith({ buyerSol: 1n });
    await workOn(stage);
    const [rich, ...poor] = stage.buyers;
    if (rich === undefined) throw new Error("no wallets");
    await stage.localnet.cluster.airdrop(rich.address, lamports(100_000_000_000n));
    const { jobId } = await enqueue(stage.context, jobOf(stage, { buyAmount: 4.5 }), 0, {});
    const ended = await stage.ended(jobId);
    expect(ended).toMatchObject({ status: "failed", failure: { code: "CTO_E_WALLET_SHORT_OF_FUNDS" } });
    for (const { address } of poor) expect(ended.failedReason).toContain(address);
    expect(ended.failedReason).not.toContain(rich.address);
    expect(landings(stage.localnet.cluster, jobId).size).toBe(0);
  });

  it("names a funding wallet that is short of funds", async () => {
    const stage = await stageWith({ fundingSol: 1n });
    await workOn(stage);
    const { jobId } = await enqueue(stage.context, jobOf(stage, { mode: "standard" }), 0, {});
    const ended = await stage.ended(jobId);
    expect(ended.failure?.code).toBe("CTO_E_WALLET_SHORT_OF_FUNDS");
    expect(ended.failedReason).toContain(stage.funding.address);
  });

  it("refuses before signing when the whole operation would move the price too much", async () => {
    const stage = await stageWith();
    await workOn(stage);
    const { jobId } = await enqueue(stage.context, jobOf(stage), 0, { maxPriceImpactBps: 1 });
    expect(await stage.ended(jobId)).toMatchObject({
      status: "failed",
      failure: { code: "CTO_E_PRICE_IMPACT_ABOVE_LIMIT" },
    });
  });

  it("carries out two operations of one user one after the other", async () => {
    const stage = await stageWith();
    await workOn(stage);
    const jobs = await Promise.all([1, 2].map(() => enqueue(stage.context, jobOf(stage), 0, {})));
    const [one, two] = await Promise.all(jobs.map(({ jobId }) => stage.ended(jobId)));
    const spans = [one, two].map((ended) => [ended?.processedOn ?? 0, ended?.finishedOn ?? 0] as const);
    spans.sort(([a], [b]) => a - b);
    expect(spans[1]?.[0]).toBeGreaterThanOrEqual(spans[0]?.[1] ?? Number.POSITIVE_INFINITY);
    expect([one?.status, two?.status]).toEqual(["completed", "completed"]);
  });

  it("settles once its transactions are final", async () => {
    const stage = await stageWith();
    await workOn(stage);
    const { jobId } = await enqueue(stage.context, jobOf(stage), 0, {});
    await stage.ended(jobId);
    await expect
      .poll(async () => (await readStatus(stage.context, jobId)) as { settled?: boolean }, {
        timeout: 30_000,
      })
      .toMatchObject({ settled: true });
    const { result } = await stage.ended(jobId);
    expect(result.legs.map(({ status }) => status)).toEqual(["finalized", "finalized", "finalized"]);
  });

  it("needs one send and, the desk being an aggregator, one simulation per leg, and few other RPC calls", async () => {
    const stage = await stageWith({ buyers: 17, localnet: { slotMs: 100 } });
    const worker = await workOn(stage);
    const began = performance.now();
    const { jobId } = await enqueue(stage.context, jobOf(stage, { mode: "standard" }), 0, {
      parallelism: 17,
    });
    expect((await stage.ended(jobId)).result.landed).toBe(17);
    const elapsedMs = performance.now() - began;
    // The number of status requests depends on how long landing takes. `npm run bench` measures it.
    const {
      sendTransaction,
      getSignatureStatuses,
      getLatestBlockhash = 0,
      getAgGenesisCert = 0,
      ...others
    } = worker.ports.chain.stats().calls;
    expect(sendTransaction).toBe(17);
    expect(getAgGenesisCert).toBeLessThanOrEqual(1);
    expect(others).toEqual({
      getMultipleAccounts: 2,
      // No venue knows the desk's token, so we search Meteora's pools once.
      getProgramAccounts: 1,
      getRecentPrioritizationFees: 1,
      // One for the sample leg, and one per leg before its signature.
      simulateTransaction: 1 + 17,
    });
    // The simulation returned a blockhash that is used for two seconds. Each later one is used for one
    // second. No leg requests its own.
    expect(getLatestBlockhash).toBeLessThanOrEqual(Math.ceil(elapsedMs / 1_000));
    expect(getLatestBlockhash).toBeLessThan(20);
    expect(getSignatureStatuses).toBeGreaterThan(0);
  });

  it("carries its memo, signed by the buyer, in every transaction that a wallet of the user signs", async () => {
    const stage = await stageWith();
    await workOn(stage);
    const modes = ["prefunded", "standard"] as const;
    const jobs = await Promise.all(
      modes.map((mode) => enqueue(stage.context, jobOf(stage, { mode }), 0, {})),
    );
    await Promise.all(jobs.map(({ jobId }) => stage.ended(jobId)));
    const wallets = new Set([stage.funding, ...stage.buyers].map(({ address }) => address));
    const ours = readLedger(stage.localnet.cluster).filter(({ signers }) =>
      signers.some((one) => wallets.has(one)),
    );
    expect(ours).toHaveLength(6);
    for (const { memos, signers } of ours) {
      expect(memos).toHaveLength(1);
      const [memo] = memos;
      expect(jobs.map(({ jobId }) => jobId)).toContain(memo?.operationId);
      expect(memo?.signer).toBe(stage.buyers[(memo?.leg ?? 0) - 1]?.address);
      expect(signers).toContain(memo?.signer);
    }
  });
});
