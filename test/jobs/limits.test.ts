/**
 * Tests limits and the kill switch on a whole system: a refused step is never signed, and a dead step releases its
 * reservation.
 */
import { setTimeout as sleep } from "node:timers/promises";
import { lamports } from "@solana/kit";
import { afterEach, describe, expect, it, vi } from "vitest";
import { readConfig } from "../../src/config.ts";
import type { CTOJob } from "../../src/contract/types.ts";
import { estimate } from "../../src/services/estimate.ts";
import { halt, resume, setLimits } from "../../src/services/limits.ts";
import { cancel, enqueue, readStatus } from "../../src/services/operations.ts";
import { type CTOWorker, type CTOWorkerOptions, createCTOWorker } from "../../src/worker/cto-worker.ts";
import { buildJob } from "../support/build-job.ts";
import { landings } from "../support/ledger.ts";
import { openStage, type Stage } from "../support/stage.ts";

const sol = (amount: bigint) => lamports(amount * 1_000_000_000n);

let stage: Stage;
let worker: CTOWorker | undefined;

const jobOf = (over: Partial<CTOJob> = {}): CTOJob =>
  buildJob({ userId: stage.userId, tokenAddress: stage.mint, buyAmount: 1, ...over });

/** Starts a worker. @returns a function that returns the number of its signatures */
const workOn = async (options: CTOWorkerOptions = {}): Promise<() => number> => {
  let signed = 0;
  worker = await createCTOWorker({
    context: stage.context,
    wrapPorts: (ports) => ({
      ...ports,
      keyring: {
        ...ports.keyring,
        sign: (...given) => {
          signed += 1;
          return ports.keyring.sign(...given);
        },
      },
    }),
    ...options,
  });
  return () => signed;
};

afterEach(async () => {
  await worker?.close();
  worker = undefined;
  await stage.close();
});

describe("limits", () => {
  it("are reserved before anything is signed", async () => {
    stage = await openStage();
    await setLimits(stage.context, null, { maxWalletLifetimeLamports: lamports(333_333_333n) });
    const signed = await workOn();
    const { jobId } = await enqueue(stage.context, jobOf(), 0, {});
    const ended = await stage.ended(jobId);
    // There are three legs. The first gets the lamport that remains after the division by three.
    expect(ended).toMatchObject({ status: "failed", failure: { code: "CTO_E_LIMIT_EXCEEDED" } });
    expect(signed()).toBe(0);
    expect((await stage.context.journal.readSpending(stage.userId)).day).toEqual({ spending: 0n, costs: 0n });
  });

  it("count in an estimate what has been spent already", async () => {
    stage = await openStage();
    await workOn();
    await setLimits(stage.context, stage.userId, { maxUserDayLamports: lamports(1_500_000_000n) });
    const { jobId } = await enqueue(stage.context, jobOf(), 0, {});
    expect(await stage.ended(jobId)).toMatchObject({ status: "completed" });
    const ask = async (buyAmount: number) => {
      if (worker === undefined) throw new Error("no worker");
      return estimate(stage.context, worker.ports, jobOf({ buyAmount }));
    };
    await expect(ask(1)).rejects.toMatchObject({
      code: "CTO_E_LIMIT_EXCEEDED",
      context: { limit: "a user within 24 hours", allowed: "1.5 SOL" },
    });
    expect(await ask(0.25)).toMatchObject({ totalLamports: "250000000" });
    await setLimits(stage.context, stage.userId, { maxWalletLifetimeLamports: lamports(400_000_000n) });
    await expect(ask(0.25)).rejects.toThrow(/The limit on a wallet, ever \(w_[\w-]+\) is 0\.4 SOL/);
  });

  it("refuse at once what could never pass, and leave the rest to the worker", async () => {
    stage = await openStage();
    const { context } = stage;
    await setLimits(context, null, { maxOperationLamports: sol(2n), maxSlippageBps: 100 });
    await setLimits(context, stage.userId, { maxSlippageBps: null, deniedMints: [stage.mint] });
    await expect(enqueue(context, jobOf({ buyAmount: 2.000_000_001 }), 0, {})).rejects.toMatchObject({
      code: "CTO_E_LIMIT_EXCEEDED",
    });
    await expect(enqueue(context, jobOf(), 0, {})).rejects.toMatchObject({ code: "CTO_E_MINT_NOT_ALLOWED" });
    await workOn();
    const { jobId } = await enqueue(context, jobOf(), 0, { idempotencyKey: "k" });
    expect(await stage.ended(jobId)).toMatchObject({
      status: "failed",
      failure: { code: "CTO_E_MINT_NOT_ALLOWED" },
    });
    await setLimits(context, stage.userId, { deniedMints: undefined });
    const again = await enqueue(context, jobOf(), 0, { idempotencyKey: "k" });
    expect(again.jobId).toBe(jobId);
    const passed = await enqueue(context, jobOf(), 0, {});
    expect(await stage.ended(passed.jobId)).toMatchObject({ status: "completed" });
  });

  it("must have been set where the endpoint is not on this machine", async () => {
    stage = await openStage();
    const config = readConfig({
      ...stage.env,
      SOLANA_RPC_URL: "http://rpc.example",
      ENCRYPTION_SECRET: "a secret of the test's own",
    });
    const far = { ...stage.context, config };
    await expect(enqueue(far, jobOf(), 0, {})).rejects.toMatchObject({ code: "CTO_E_LIMITS_UNSET" });
    await setLimits(far, null, {
      maxOperationLamports: sol(1n),
      maxUserDayLamports: null,
      maxWalletLifetimeLamports: null,
    });
    expect(await enqueue(far, jobOf(), 0, {})).toMatchObject({ status: "waiting" });
  });
});

describe("the kill switch", () => {
  it("stops new signatures within a second, lets cancel give the reservation back, and lets the rest go on", async () => {
    stage = await openStage({ buyers: 6 });
    const { context, localnet } = stage;
    const signed = await workOn();
    // We run one leg at a time, so that the halt comes between two legs.
    const { jobId } = await enqueue(context, jobOf(), 0, { parallelism: 1 });
    await vi.waitFor(() => expect(landings(localnet.cluster, jobId).size).toBeGreaterThan(0), {
      timeout: 120_000,
      interval: 5,
    });
    await halt(context, "a test");
    await sleep(1_000);
    const before = signed();
    expect(before).toBeLessThan(6);
    const { jobId: waiting } = await enqueue(context, jobOf({ userId: stage.userId }), 0, {});
    await sleep(1_500);
    expect(signed()).toBe(before);
    expect(await readStatus(context, jobId)).toMatchObject({
      status: "active",
      halted: { reason: "a test" },
    });
    // Attempts that were journaled before the halt have landed. Bytes that were signed during the halt were
    // dropped.
    const { length: landed } = [...landings(localnet.cluster, jobId)];
    expect([before, before - 1]).toContain(landed);
    expect((await context.journal.readSpending(stage.userId)).day.spending).toBe(sol(1n));

    await cancel(context, jobId);
    const cancelled = await stage.ended(jobId);
    expect(cancelled.result.landed).toBe(landed);
    const spent = cancelled.result.legs
      .filter(({ status }) => status === "confirmed" || status === "finalized")
      .reduce((all, leg) => all + BigInt(leg.lamports), 0n);
    await vi.waitFor(
      async () => {
        const { day } = await context.journal.readSpending(stage.userId);
        expect([spent, spent + sol(1n)]).toContain(day.spending);
      },
      { timeout: 60_000 },
    );

    await resume(context);
    expect(await stage.ended(waiting)).toMatchObject({ status: "completed" });
    expect((await context.journal.readSpending(stage.userId)).day.spending).toBe(spent + sol(1n));
  });
});
