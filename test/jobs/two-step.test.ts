/**
 * Tests a standard operation whose buys do not fit into one transaction with their funding: it is funded ahead,
 * publicly.
 */
import { AccountState } from "@solana-program/token";
import { afterEach, describe, expect, it } from "vitest";
import type { CTOJob } from "../../src/contract/types.ts";
import { createChainReader, loadReceipt, verifyReceipt } from "../../src/receipts/index.ts";
import { enqueue } from "../../src/services/operations.ts";
import { type CTOWorker, createCTOWorker } from "../../src/worker/cto-worker.ts";
import { buildJob } from "../support/build-job.ts";
import { makeHeavy } from "../support/heavy.ts";
import { readLedger } from "../support/ledger.ts";
import { openStage, type Stage } from "../support/stage.ts";
import { putTokenAccount } from "../support/token-accounts.ts";

let stage: Stage;
let worker: CTOWorker | undefined;

afterEach(async () => {
  await worker?.close();
  await stage.close();
});

const jobOf = (): CTOJob =>
  buildJob({ userId: stage.userId, tokenAddress: stage.mint, buyAmount: 1.7, mode: "standard" });

async function workHeavily(): Promise<void> {
  worker = await createCTOWorker({ context: stage.context, wrapPorts: await makeHeavy() });
}

describe("a buy that does not fit into one transaction with its funding", () => {
  it("is funded ahead by transfers straight from the funding wallet, and lands once", async () => {
    stage = await openStage({ buyers: 17, buyerSol: 0n, localnet: { slotMs: 100 } });
    await workHeavily();
    const { jobId } = await enqueue(stage.context, jobOf(), 0, {});
    const ended = await stage.ended(jobId);
    expect(ended).toMatchObject({ status: "completed", result: { landed: 17, partial: false } });

    const steps = await stage.context.journal.readSteps(jobId);
    const funds = steps.filter(({ kind }) => kind === "fund");
    expect(funds.map(({ number, attempts }) => [number, attempts.length])).toEqual([
      [1, 1],
      [2, 1],
    ]);
    const entries = readLedger(stage.localnet.cluster).filter(({ memos }) => memos.length > 0);
    const bySigner = entries.map(({ failed, signers, memos }) => [
      failed,
      signers.length,
      memos[0]?.signer === signers[0],
    ]);
    // Each transaction has one signer: the funding wallet for the two batches, the buyer for each of
    // seventeen buys.
    expect(bySigner).toEqual(Array.from({ length: 19 }, () => [false, 1, true]));
    expect(entries.filter(({ signers }) => signers[0] === stage.funding.address)).toHaveLength(2);
  });

  it("leaves out a wallet that became unfit after the plan, where the request says so: the others land", async () => {
    stage = await openStage({ buyers: 3, buyerSol: 2n, localnet: { slotMs: 100 } });
    const { mint, localnet, context, buyers } = stage;
    const [, unfit] = buyers;
    if (unfit === undefined) throw new Error("three buyers");
    const heavy = await makeHeavy();
    worker = await createCTOWorker({
      context,
      wrapPorts: (ports) => {
        const wrapped = heavy(ports);
        const open: typeof wrapped.venues.open = async (...asked) => {
          await putTokenAccount(localnet.cluster, unfit.address, mint, { state: AccountState.Frozen });
          return wrapped.venues.open(...asked);
        };
        return { ...wrapped, venues: { ...wrapped.venues, open } };
      },
    });
    const { jobId } = await enqueue(context, jobOf(), 0, { skipUnfit: true });
    const ended = await stage.ended(jobId);
    expect(ended).toMatchObject({ status: "completed", result: { landed: 2, partial: true } });
    expect(ended.result.legs.map(({ status, failure }) => [status, failure?.code])).toEqual([
      [expect.stringMatching(/confirmed|finalized/), undefined],
      ["failed", "CTO_E_WALLETS_UNFIT"],
      [expect.stringMatching(/confirmed|finalized/), undefined],
    ]);
    // It was sent nothing, and spent nothing of its own.
    expect(localnet.cluster.account(unfit.address)?.lamports).toBe(2_000_000_000n);
    const reader = createChainReader(localnet.rpcUrl);
    const receipt = await loadReceipt(context, jobId, reader);
    expect(await verifyReceipt(receipt, reader)).toMatchObject({ ok: true, problems: [] });
  });

  it("does not begin the buys when the funding wallet is short, and says so", async () => {
    stage = await openStage({ buyers: 2, buyerSol: 0n, fundingSol: 1n });
    await workHeavily();
    const { jobId } = await enqueue(stage.context, jobOf(), 0, {});
    const ended = await stage.ended(jobId);
    expect(ended).toMatchObject({
      status: "failed",
      failure: { code: "CTO_E_WALLET_SHORT_OF_FUNDS" },
      result: { landed: 0 },
    });
    const steps = await stage.context.journal.readSteps(jobId);
    expect(steps.filter(({ attempts }) => attempts.length > 0)).toEqual([]);
  });
});
