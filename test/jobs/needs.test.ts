/** Tests the error "Needs N SOL, M SOL short": after a top-up of exactly M, the next try passes. */
import { type Address, type Lamports, lamports } from "@solana/kit";
import { afterEach, describe, expect, it } from "vitest";
import { parseSol } from "../../src/contract/amount.ts";
import { withChainPorts } from "../../src/runtime/chain-ports.ts";
import { estimate } from "../../src/services/estimate.ts";
import { enqueue } from "../../src/services/operations.ts";
import { type CTOWorker, createCTOWorker } from "../../src/worker/cto-worker.ts";
import { openVenueStage } from "../conformance/stage.ts";
import { buildJob } from "../support/build-job.ts";
import { describeWithPrograms } from "../support/programs.ts";
import { openStage, type Stage } from "../support/stage.ts";

let stage: Stage;
let worker: CTOWorker | undefined;

afterEach(async () => {
  await worker?.close();
  worker = undefined;
  await stage.close();
});

type Mode = "standard" | "prefunded";

const setBalance = (address: Address, amount: bigint): void =>
  stage.localnet.cluster.setBalance(address, lamports(amount));

const balanceOf = (address: Address): Lamports =>
  stage.localnet.cluster.account(address)?.lamports ?? lamports(0n);

const payersOf = (mode: Mode): Address[] =>
  mode === "standard" ? [stage.funding.address] : stage.buyers.map(({ address }) => address);

/** Enough for the buys alone. Only the costs are missing. */
const SHARE = 100_000_000n;

async function expectOneFigure(mint: Address, mode: Mode, by: "operation" | "estimate"): Promise<void> {
  worker = await createCTOWorker({ context: stage.context });
  const share = mode === "standard" ? SHARE * BigInt(stage.buyers.length) : SHARE;
  for (const payer of payersOf(mode)) setBalance(payer, share);
  const job = buildJob({ userId: stage.userId, tokenAddress: mint, mode });
  const run = async () => stage.ended((await enqueue(stage.context, job, 0, {})).jobId);
  if (by === "estimate") {
    const { shortOfFunds, funds } = await withChainPorts(stage.context, (ports) =>
      estimate(stage.context, ports, job),
    );
    expect(shortOfFunds.map(({ address }) => address)).toEqual(payersOf(mode));
    // The total and the shortages are one figure: what leaves the wallets, and what must stay in them.
    const needed = shortOfFunds.reduce((sum, { needs }) => sum + BigInt(needs), 0n);
    expect(BigInt(funds.leaves) + BigInt(funds.stays)).toBe(needed);
    expect(BigInt(funds.leaves)).toBeGreaterThan(share * BigInt(shortOfFunds.length));
    expect(BigInt(funds.stays)).toBeGreaterThan(0n);
    for (const { address, needs } of shortOfFunds) setBalance(address, BigInt(needs));
  } else {
    const refused = await run();
    expect(refused).toMatchObject({ status: "failed", failure: { code: "CTO_E_WALLET_SHORT_OF_FUNDS" } });
    const told = [
      ...(refused.failedReason ?? "").matchAll(
        /(\w+) has [\d.]+ SOL and needs [\d.]+ SOL, ([\d.]+) SOL short/g,
      ),
    ];
    expect(told.map(([, address]) => address)).toEqual(payersOf(mode));
    for (const [, address, short] of told)
      setBalance(address as Address, balanceOf(address as Address) + parseSol(short ?? ""));
  }
  expect(await run()).toMatchObject({ status: "completed", result: { landed: 3 } });
}

describe("the missing amount that is stated for a wallet, at the desk", () => {
  it.each<[Mode, "operation" | "estimate"]>([
    ["standard", "operation"],
    ["prefunded", "operation"],
    ["prefunded", "estimate"],
  ])("suffices in %s mode, stated by the %s", async (mode, by) => {
    stage = await openStage({ buyerSol: 0n, fundingSol: 1n });
    await expectOneFigure(stage.mint, mode, by);
  });
});

describeWithPrograms("the missing amount that is stated for a wallet", (folder) => {
  it.each<["cpmm" | "pumpfun", Mode, "operation" | "estimate"]>([
    ["cpmm", "standard", "operation"],
    ["cpmm", "prefunded", "operation"],
    ["cpmm", "standard", "estimate"],
    ["pumpfun", "standard", "operation"],
    ["pumpfun", "prefunded", "operation"],
    ["pumpfun", "prefunded", "estimate"],
  ])("suffices on %s in %s mode, stated by the %s", async (venue, mode, by) => {
    const opened = await openVenueStage(folder, venue, "token", { buyerSol: 0n, fundingSol: 1n });
    stage = opened.stage;
    await expectOneFigure(opened.mint, mode, by);
  });
});
