/** Tests wallets whose accounts would make a buy fail: we name or exclude them before anything is signed. */
import type { Address } from "@solana/kit";
import { AccountState, type TokenArgs } from "@solana-program/token";
import { afterEach, describe, expect, it } from "vitest";
import type { EnqueueOptions } from "../../src/contract/types.ts";
import { createChainReader, loadReceipt, verifyReceipt } from "../../src/receipts/index.ts";
import { withChainPorts } from "../../src/runtime/chain-ports.ts";
import { estimate } from "../../src/services/estimate.ts";
import { enqueue } from "../../src/services/operations.ts";
import { WRAPPED_SOL_MINT } from "../../src/venues/token-layout.ts";
import { type CTOWorker, createCTOWorker } from "../../src/worker/cto-worker.ts";
import { openVenueStage } from "../conformance/stage.ts";
import { buildJob } from "../support/build-job.ts";
import { readLedger } from "../support/ledger.ts";
import { describeWithPrograms } from "../support/programs.ts";
import { openStage, type Stage } from "../support/stage.ts";
import { DEMANDS_MEMOS, IMMUTABLE_OWNER, putTokenAccount, strangerOf } from "../support/token-accounts.ts";

let stage: Stage;
let worker: CTOWorker | undefined;

afterEach(async () => {
  await worker?.close();
  worker = undefined;
  await stage.close();
});

const jobOf = (mint: Address, mode: "standard" | "prefunded") =>
  buildJob({ userId: stage.userId, tokenAddress: mint, buyAmount: 1.5, mode });

const buyerAt = (at: number): Address => {
  const buyer = stage.buyers[at];
  if (buyer === undefined) throw new Error(`no buyer ${at}`);
  return buyer.address;
};

const estimated = (mint: Address, mode: "standard" | "prefunded", options: EnqueueOptions = {}) =>
  withChainPorts(stage.context, (ports) => estimate(stage.context, ports, jobOf(mint, mode), options));

/**
 * Checks that the operation fails without a signature, and that its error and the estimate's name the wallet
 * and the fault.
 */
async function expectNamed(mint: Address, mode: "standard" | "prefunded", wallet: Address, says: string) {
  worker = await createCTOWorker({ context: stage.context });
  await expect(estimated(mint, mode)).rejects.toMatchObject({
    code: "CTO_E_WALLETS_UNFIT",
    context: { mint, wallets: [{ address: wallet, reasons: [expect.stringContaining(says)] }] },
  });
  const { jobId } = await enqueue(stage.context, jobOf(mint, mode), 0, {});
  const ended = await stage.ended(jobId);
  expect(ended).toMatchObject({ status: "failed", failure: { code: "CTO_E_WALLETS_UNFIT" } });
  expect(ended.failedReason).toContain(wallet);
  expect(ended.failedReason).toContain(says);
  expect(readLedger(stage.localnet.cluster).filter(({ memos }) => memos.length > 0)).toEqual([]);
}

const STRANGER = strangerOf(7);

describe("a wallet whose accounts would make its buy fail", () => {
  it.each<[string, number, "token" | "wrapped", Partial<TokenArgs>, string]>([
    [
      "first, a token account of another owner",
      0,
      "token",
      { owner: STRANGER },
      `another owner, ${STRANGER}`,
    ],
    ["last, a token account of another owner", 2, "token", { owner: STRANGER }, `another owner, ${STRANGER}`],
    ["last, wrapped SOL of another owner", 2, "wrapped", { owner: STRANGER }, `another owner, ${STRANGER}`],
    [
      "last, a foreign close authority",
      2,
      "token",
      { closeAuthority: STRANGER },
      `closed by ${STRANGER} alone`,
    ],
    [
      "first, a foreign close authority over wrapped SOL",
      0,
      "wrapped",
      { closeAuthority: STRANGER },
      `closed by ${STRANGER} alone`,
    ],
    [
      "last, a delegate",
      2,
      "token",
      { delegate: STRANGER, delegatedAmount: 5n },
      `may be spent by ${STRANGER}`,
    ],
    ["last, frozen", 2, "token", { state: AccountState.Frozen }, "is frozen"],
  ])("is named before anything is signed: %s", async (_name, at, which, changes, says) => {
    stage = await openStage();
    const mint = which === "token" ? stage.mint : WRAPPED_SOL_MINT;
    await putTokenAccount(stage.localnet.cluster, buyerAt(at), mint, changes);
    await expectNamed(stage.mint, "standard", buyerAt(at), says);
  });

  it("is named when it belongs to a program, and so is such a funding wallet", async () => {
    stage = await openStage();
    const { cluster } = stage.localnet;
    const taken = (address: Address) => {
      const account = cluster.account(address);
      if (account === null) throw new Error("it is not there");
      cluster.setAccount({ ...account, owner: STRANGER });
    };
    taken(buyerAt(1));
    await expectNamed(stage.mint, "prefunded", buyerAt(1), `belongs to the program ${STRANGER}`);
    taken(stage.funding.address);
    await expect(estimated(stage.mint, "standard", { skipUnfit: true })).rejects.toMatchObject({
      code: "CTO_E_WALLETS_UNFIT",
      context: { wallets: [{ address: stage.funding.address }] },
    });
  });

  it("is left out where the caller says so, and the others share the whole amount by the stated rule", async () => {
    stage = await openStage();
    const { cluster } = stage.localnet;
    await putTokenAccount(cluster, buyerAt(1), stage.mint, { owner: STRANGER });
    worker = await createCTOWorker({ context: stage.context });
    const options = { skipUnfit: true, weights: [1, 5, 3] };
    const told = await estimated(stage.mint, "standard", options);
    expect(told.legs.map(({ lamports }) => lamports)).toEqual(["375000000", "1125000000"]);
    const leftOut = [
      {
        place: 2,
        walletId: stage.buyers[1]?.id,
        address: buyerAt(1),
        reason: expect.stringContaining("another owner"),
      },
    ];
    expect(told.leftOut).toEqual(leftOut);

    const { jobId } = await enqueue(stage.context, jobOf(stage.mint, "standard"), 0, options);
    const ended = await stage.ended(jobId);
    expect(ended).toMatchObject({ status: "completed", result: { landed: 2, partial: false, leftOut } });
    expect(ended.result.legs.map(({ address, lamports }) => [address, lamports])).toEqual([
      [buyerAt(0), "375000000"],
      [buyerAt(2), "1125000000"],
    ]);
    const reader = createChainReader(stage.localnet.rpcUrl);
    const receipt = await loadReceipt(stage.context, jobId, reader);
    expect(receipt.split).toContain("by the caller's weights 1:3");
    expect(receipt.split).toContain("One wallet is left out");
    expect(await verifyReceipt(receipt, reader)).toMatchObject({ ok: true, problems: [] });
  });

  it("refuses the operation all the same when no other wallet is left", async () => {
    stage = await openStage({ buyers: 1 });
    await putTokenAccount(stage.localnet.cluster, buyerAt(0), stage.mint, { state: AccountState.Frozen });
    await expect(estimated(stage.mint, "standard", { skipUnfit: true })).rejects.toMatchObject({
      code: "CTO_E_WALLETS_UNFIT",
    });
  });
});

describeWithPrograms("a Token-2022 account that demands memos", (folder) => {
  it.each([0, 2])("is named before anything is signed, at place %i", async (at) => {
    const opened = await openVenueStage(folder, "cpmm", "token-2022");
    stage = opened.stage;
    const extensions = [...IMMUTABLE_OWNER, ...DEMANDS_MEMOS];
    await putTokenAccount(stage.localnet.cluster, buyerAt(at), opened.mint, {}, extensions);
    await expectNamed(opened.mint, "prefunded", buyerAt(at), "demands a memo");
  });
});
