/**
 * Tests on pump.fun's own programs that both verifiers confirm the receipts of buys of cashback coins: a wallet's first
 * buy pays fees back into an account that it opens.
 */
import type { Address } from "@solana/kit";
import { afterEach, expect, it } from "vitest";
import { launchToken, prepareVenues } from "../../src/localnet/launch/index.ts";
import type { ProgramsFolder } from "../../src/localnet/programs-folder.ts";
import { createChainReader, loadReceipt, verifyReceipt } from "../../src/receipts/index.ts";
import { enqueue } from "../../src/services/operations.ts";
import { curveOf } from "../../src/venues/pumpfun/program.ts";
import { canonicalPoolOf } from "../../src/venues/pumpswap/program.ts";
import { type CTOWorker, createCTOWorker } from "../../src/worker/cto-worker.ts";
import { buildJob } from "../support/build-job.ts";
import { describeWithPumpswap } from "../support/programs.ts";
import { openStage, type Stage, type StageOptions } from "../support/stage.ts";
import { findPython, startPython } from "../verifiers/python.ts";
import { putPumpswapPool } from "./pumpswap-pool.ts";

const LEGS = 3;
type Mode = "prefunded" | "standard";
type Venue = "pumpfun" | "pumpswap";

let stage: Stage | undefined;
let worker: CTOWorker | undefined;

afterEach(async () => {
  await worker?.close();
  await stage?.close();
  worker = undefined;
  stage = undefined;
});

const python = findPython();

const openFor = (folder: ProgramsFolder, mode: Mode, localnet: StageOptions["localnet"] = {}) =>
  openStage({
    buyers: LEGS,
    ...(mode === "standard" ? { buyerSol: 0n } : {}),
    localnet: { programs: folder.programs, ...localnet },
  });

async function listMarket({ localnet }: Stage, folder: ProgramsFolder, venue: Venue): Promise<Address> {
  if (venue === "pumpswap") return putPumpswapPool(localnet.cluster, folder, "token");
  await prepareVenues(localnet.cluster, folder);
  return launchToken(localnet.rpcUrl, "pumpfun");
}

/** Carries out an operation, and returns the problems that each verifier finds in its receipt. */
async function operate(opened: Stage, mint: Address, mode: Mode, config = opened.context.config) {
  const { context, localnet, userId } = opened;
  worker = await createCTOWorker({ context: { ...context, config } });
  const job = buildJob({ userId, tokenAddress: mint, buyAmount: "0.3", mode });
  const { jobId } = await enqueue(context, job, 0, {});
  const ended = await opened.ended(jobId);
  expect(ended).toMatchObject({ status: "completed", result: { landed: LEGS } });
  const reader = createChainReader(localnet.rpcUrl);
  const receipt = await loadReceipt(context, jobId, reader);
  const ours = await verifyReceipt(receipt, reader);
  expect(ours).toMatchObject({ problems: [], memosVerified: LEGS });
  if (python !== null) {
    const second = startPython(python, localnet.rpcUrl);
    expect(await second.verify(receipt)).toMatchObject({ problems: [], memosVerified: LEGS });
    // A receipt that understates a buy by more than any rent is not confirmed.
    const [first, ...others] = receipt.legs;
    const less = String(BigInt(first?.lamports ?? 0n) - 5_000_000n);
    const lie = { ...receipt, legs: [{ ...first, lamports: less }, ...others] };
    expect((await second.verify(lie)).problems.join()).toContain("lamports is");
    second.close();
  }
  return { ended, receipt };
}

describeWithPumpswap("fees that a buy pays into an account that it opens", (folder) => {
  it.each<[string, Venue, Mode]>([
    ["a cashback coin", "pumpswap", "prefunded"],
    ["a cashback coin", "pumpswap", "standard"],
    ["a cashback coin", "pumpfun", "prefunded"],
  ])("a receipt of buys of %s on %s in %s mode is confirmed", async (_name, venue, mode) => {
    stage = await openFor(folder, mode);
    const { cluster } = stage.localnet;
    const mint = await listMarket(stage, folder, venue);
    const market = await (venue === "pumpfun" ? curveOf(mint) : canonicalPoolOf(mint));
    const account = cluster.account(market) ?? expect.fail("no market");
    const data = new Uint8Array(account.data);
    data[venue === "pumpfun" ? 82 : 244] = 1;
    cluster.setAccount({ ...account, data });
    await operate(stage, mint, mode);
  });
});
