/** Tests P6 on a whole system: limits count everything that leaves a wallet, for the wallet that it leaves. */
import { type Address, lamports } from "@solana/kit";
import { afterEach, describe, expect, it, vi } from "vitest";
import type { CTOJob } from "../../src/contract/types.ts";
import { setLimits } from "../../src/services/limits.ts";
import { enqueue } from "../../src/services/operations.ts";
import { recover } from "../../src/services/recovery.ts";
import { type CTOWorker, createCTOWorker } from "../../src/worker/cto-worker.ts";
import { buildJob } from "../support/build-job.ts";
import { makeHeavy } from "../support/heavy.ts";
import { type Ended, openStage, type Stage } from "../support/stage.ts";

const SOL = 1_000_000_000n;

let stage: Stage;
let worker: CTOWorker | undefined;

afterEach(async () => {
  await worker?.close();
  worker = undefined;
  await stage.close();
});

const run = async (over: Partial<CTOJob>): Promise<Ended> => {
  const job = buildJob({
    userId: stage.userId,
    tokenAddress: stage.mint,
    buyAmount: 0.1,
    mode: "standard" as const,
    ...over,
  });
  return stage.ended((await enqueue(stage.context, job, 0, {})).jobId);
};

const balanceOf = (address: Address): bigint => stage.localnet.cluster.account(address)?.lamports ?? 0n;
const counted = () => stage.context.journal.readSpending(stage.userId);

/** Waits until the real costs have replaced the reservation. */
const settled = (operationId: string) =>
  vi.waitFor(
    async () => expect((await stage.context.journal.readOperation(operationId))?.settled).toBe(true),
    { timeout: 60_000 },
  );

const tokenOf = (): Promise<Address> =>
  stage.desk.createToken({ decimals: 6, supply: 10n ** 15n, lamportsReserve: 1_000n * SOL });

describe("eight operations over twenty new wallets", () => {
  it("cost the funding wallet what the limits count, to the lamport, and are refused by a limit below it", async () => {
    // The rent of older clusters: a token account takes 2,039,280 lamports, and an empty wallet 890,880.
    const localnet = { lamportsPerByte: 6_960n };
    stage = await openStage({ buyers: 20, buyerSol: 0n, fundingSol: 10n, localnet });
    worker = await createCTOWorker({ context: stage.context });
    const before = balanceOf(stage.funding.address);
    // 1,000 lamports for each of 20 wallets: 20,000 per operation, 160,000 in all eight.
    const buyAmount = 0.000_02;
    await setLimits(stage.context, stage.userId, { maxUserDayLamports: lamports(200_000n) });
    const mints = await Promise.all(Array.from({ length: 8 }, tokenOf));
    for (const tokenAddress of mints) {
      expect(await run({ tokenAddress, buyAmount })).toMatchObject({
        status: "failed",
        failure: { code: "CTO_E_LIMIT_EXCEEDED", message: expect.stringContaining("nothing fits") },
      });
    }
    expect(balanceOf(stage.funding.address)).toBe(before);
    expect((await counted()).day).toEqual({ spending: 0n, costs: 0n });

    await setLimits(stage.context, stage.userId, { maxUserDayLamports: null });
    const ids: string[] = [];
    for (const tokenAddress of mints) {
      const ended = await run({ tokenAddress, buyAmount });
      expect(ended).toMatchObject({ status: "completed", result: { landed: 20 } });
      ids.push(ended.jobId);
    }
    await Promise.all(ids.map(settled));
    const { day, wallets } = await counted();
    const lost = before - balanceOf(stage.funding.address);
    expect(day.spending).toBe(160_000n);
    expect(day.spending + day.costs).toBe(lost);
    expect((Number(lost) / 1e9).toFixed(4)).toBe("0.3459");
    // Each wallet needs one account per token, and one rent-exempt minimum. The limit was about a thousandth
    // of that.
    const { cluster } = stage.localnet;
    const rents = 160n * cluster.rentExemption(165n) + 20n * cluster.rentExemption(0n);
    expect(day.costs).toBeGreaterThanOrEqual(rents + 160n * 10_000n);
    // The funding wallet bears all costs. Each buyer has only its spending.
    expect(wallets.get(stage.funding.id)).toEqual({ spending: 0n, costs: day.costs });
    for (const { id } of stage.buyers) expect(wallets.get(id)).toEqual({ spending: 8_000n, costs: 0n });
  }, 240_000);
});

describe("an operation whose buyers are funded ahead", () => {
  it("counts a transfer once, through the buy, and its returns whatever the limits say", async () => {
    stage = await openStage({ buyers: 2, buyerSol: 0n });
    worker = await createCTOWorker({ context: stage.context, wrapPorts: await makeHeavy() });
    const all = [stage.funding, ...stage.buyers].map(({ address }) => address);
    const held = () => all.reduce((sum, address) => sum + balanceOf(address), 0n);
    const before = held();
    const ended = await run({ buyAmount: 0.1 });
    expect(ended).toMatchObject({ status: "completed", result: { landed: 2 } });
    await settled(ended.jobId);
    const { day, wallets } = await counted();
    const minimums = 2n * stage.localnet.cluster.rentExemption(0n);
    expect(day.spending).toBe(SOL / 10n);
    // Everything that left the user's wallets, and the minimums that stay in the new wallets.
    expect(day.spending + day.costs).toBe(before - held() + minimums);
    // The buyers pay their own fees and rents. The funding wallet pays the fees of its transfers, and the
    // minimums.
    const fees = (wallets.get(stage.funding.id)?.costs ?? 0n) - minimums;
    expect(fees).toBeGreaterThanOrEqual(5_000n);
    expect(fees).toBeLessThan(100_000n);
    for (const { id } of stage.buyers)
      expect(wallets.get(id)?.costs).toBeGreaterThan(stage.localnet.cluster.rentExemption(165n));

    await setLimits(stage.context, stage.userId, {
      maxOperationLamports: lamports(1n),
      maxUserDayLamports: lamports(1n),
      maxWalletLifetimeLamports: lamports(1n),
    });
    await recover(stage.context, ended.jobId);
    await vi.waitFor(
      async () =>
        expect((await stage.context.journal.readOperation(ended.jobId))?.recovery?.state).toBe("done"),
      { timeout: 60_000 },
    );
    const steps = await stage.context.journal.readSteps(ended.jobId);
    const returns = steps.filter(({ kind }) => kind === "recover");
    expect(returns.map(({ status }) => status)).not.toContain("failed");
    const paid = returns
      .flatMap(({ attempts }) => attempts)
      .map(({ costs }) => costs.network + costs.priority);
    expect(paid.length).toBeGreaterThan(0);
    expect((await counted()).day.costs).toBe(day.costs + paid.reduce((sum, fee) => sum + fee, 0n));
  }, 240_000);
});
