/**
 * Tests a buy that a block includes without executing it (SIMD-0290): it is dead like a failed buy, and has cost
 * nothing.
 */
import { getBase64Encoder, lamports } from "@solana/kit";
import { afterEach, expect, it } from "vitest";
import { createChainReader, loadReceipt, verifyReceipt } from "../../src/receipts/index.ts";
import { enqueue } from "../../src/services/operations.ts";
import { recover } from "../../src/services/recovery.ts";
import { type CTOWorker, createCTOWorker } from "../../src/worker/cto-worker.ts";
import { buildJob } from "../support/build-job.ts";
import { landings, readLedger } from "../support/ledger.ts";
import { openStage, type Stage } from "../support/stage.ts";

let stage: Stage | undefined;
let worker: CTOWorker | undefined;

afterEach(async () => {
  await worker?.close();
  await stage?.close();
});

it.each([
  ["holds nothing", 0n],
  // The status of this one may also be that of a transaction that was executed and has paid.
  ["would fall below its rent-exempt minimum by the fee", 650_240n + 1n],
])(
  "counts as failed where its payer %s, and costs, receipt, check and recovery count what the chain shows: nothing",
  async (_what, left) => {
    stage = await openStage({ buyers: 3, localnet: { includesUnpaid: true } });
    const { context, localnet, buyers, mint, userId } = stage;
    const [unlucky] = buyers;
    if (unlucky === undefined) throw new Error("no buyer");
    let spoiled = false;
    localnet.faults.intercept = (method, params) => {
      if (method !== "sendTransaction" || spoiled) return undefined;
      const wire = getBase64Encoder().encode(String(params[0]));
      if (!Buffer.from(wire).includes(":buy:1/3")) return undefined;
      spoiled = true;
      // The wallet is emptied after the simulation and before the block.
      localnet.cluster.setBalance(unlucky.address, lamports(left));
      localnet.cluster.submit(wire);
      return { httpStatus: 503 };
    };
    worker = await createCTOWorker({ context });
    const job = buildJob({ userId, tokenAddress: mint });
    const { jobId } = await enqueue(context, job, 0, {});
    expect(await stage.ended(jobId)).toMatchObject({
      status: "completed",
      result: { landed: 2, partial: true, costs: { networkLamports: "10000" } },
    });
    const steps = await context.journal.readSteps(jobId);
    const failed = steps.filter(({ status }) => status === "failed");
    expect(failed).toMatchObject([
      { number: 1, failure: { code: "CTO_E_TRANSACTION_FAILED" }, attempts: [{ status: "dead" }] },
    ]);
    const unpaid = readLedger(localnet.cluster).filter(({ signers }) => signers.includes(unlucky.address));
    expect(unpaid).toMatchObject([{ failed: true, fee: 0n }]);
    expect(landings(localnet.cluster, jobId)).toEqual(new Map([2, 3].map((leg) => [leg, 1])));

    const reader = createChainReader(localnet.rpcUrl);
    const receipt = await loadReceipt(context, jobId, reader);
    expect(await verifyReceipt(receipt, reader)).toMatchObject({ ok: true, memosVerified: 2, problems: [] });
    const recovered = await recover(context, jobId);
    expect(recovered).toMatchObject({ state: "done" });
    expect(recovered).not.toHaveProperty("failure");
  },
);
