/** Tests that a recovery returns exactly the lamports that an operation left in its wallets, and nothing else. */
import { type Address, createNoopSigner, lamports } from "@solana/kit";
import {
  findAssociatedTokenPda,
  getCreateAssociatedTokenIdempotentInstruction,
  getTransferInstruction,
  TOKEN_PROGRAM_ADDRESS,
} from "@solana-program/token";
import { afterEach, describe, expect, it } from "vitest";
import { formatSol } from "../../src/base/sol.ts";
import type { CTOJob } from "../../src/contract/types.ts";
import type { Wallet } from "../../src/engine/ports.ts";
import { createChainReader, loadReceipt, verifyReceipt } from "../../src/receipts/index.ts";
import { withChainPorts } from "../../src/runtime/chain-ports.ts";
import type { WorkerPorts } from "../../src/runtime/worker-ports.ts";
import { enqueue, readStatus } from "../../src/services/operations.ts";
import { previewRecovery } from "../../src/services/preview-recovery.ts";
import { recover } from "../../src/services/recovery.ts";
import { type CTOWorker, createCTOWorker } from "../../src/worker/cto-worker.ts";
import { runCli } from "../cli/run-cli.ts";
import { buildJob } from "../support/build-job.ts";
import { failing } from "../support/failing.ts";
import { makeHeavy } from "../support/heavy.ts";
import { readLedger } from "../support/ledger.ts";
import { openStage, type Stage } from "../support/stage.ts";
import { unjudged } from "../support/unjudged.ts";

const SOL = 1_000_000_000n;

let stage: Stage;
let worker: CTOWorker | undefined;

const tokenAccountRent = (): bigint => stage.localnet.cluster.rentExemption(165n);

afterEach(async () => {
  await worker?.close();
  worker = undefined;
  await stage.close();
});

const jobOf = (mode: CTOJob["mode"] = "standard"): CTOJob =>
  buildJob({ userId: stage.userId, tokenAddress: stage.mint, buyAmount: 0.4, mode });

const balanceOf = (address: Address): bigint => stage.localnet.cluster.account(address)?.lamports ?? 0n;

async function work(wrapPorts: (ports: WorkerPorts) => WorkerPorts = (ports) => ports): Promise<CTOWorker> {
  worker = await createCTOWorker({ context: stage.context, wrapPorts });
  return worker;
}

const give = async (wallet: Wallet | undefined, amount: bigint): Promise<void> => {
  if (wallet) await stage.localnet.cluster.airdrop(wallet.address, lamports(amount));
};

const recoverMemos = (jobId: string) =>
  readLedger(stage.localnet.cluster).flatMap(({ memos, failed, signers }) =>
    memos
      .filter(({ operationId, kind }) => operationId === jobId && kind === "recover")
      .map(({ leg, signer }) => ({ leg, signer, failed, payer: signers[0] })),
  );

const feesOf = (): bigint =>
  readLedger(stage.localnet.cluster)
    .filter(
      ({ signers }) =>
        signers.includes(stage.funding.address) ||
        stage.buyers.some(({ address }) => signers.includes(address)),
    )
    .reduce((all, { fee }) => all + fee, 0n);

/** The wallet sends its tokens away, in a transaction that belongs to no operation. */
async function emptyTokenAccount({ ports }: CTOWorker, wallet: Wallet): Promise<Address> {
  const accountOf = async (owner: Address): Promise<Address> =>
    (await findAssociatedTokenPda({ owner, mint: stage.mint, tokenProgram: TOKEN_PROGRAM_ADDRESS }))[0];
  const [from, to] = await Promise.all([accountOf(wallet.address), accountOf(stage.funding.address)]);
  const funder = createNoopSigner(stage.funding.address);
  const owner = createNoopSigner(wallet.address);
  const [held] = (await stage.context.journal.listOperations({ limit: 1 })).slice(0, 1);
  const legs = await stage.context.journal.readLegs(held?.id ?? "");
  const amount = legs.find(({ walletId }) => walletId === wallet.id)?.tokensReceived ?? 0n;
  const { slot: _slot, ...lifetime } = await ports.chain.latestBlockhash();
  const unsigned = ports.chain.compose({
    feePayer: stage.funding.address,
    transfers: [],
    setup: [
      getCreateAssociatedTokenIdempotentInstruction({
        payer: funder,
        ata: to,
        owner: stage.funding.address,
        mint: stage.mint,
      }),
      getTransferInstruction({ source: from, destination: to, authority: owner, amount }),
    ],
    swap: [],
    memo: { text: "not ours", signer: wallet.address },
    cleanup: [],
    computeUnitLimit: 200_000,
    computeUnitPrice: 0n,
    lifetime,
    lookupTables: {},
  });
  const { wire, signature } = await ports.keyring.sign(unjudged(unsigned), [wallet.id, stage.funding.id]);
  expect(await ports.chain.broadcast(wire, { preflight: true })).toBe("sent");
  await ports.chain.watch(signature, { timeoutMs: 20_000, until: "finalized" });
  return from;
}

describe("recovery of what the funding ahead of the buys left", () => {
  it("returns every lamport that conservation says, whether a buy landed or failed, and keeps what the wallet had and got", async () => {
    stage = await openStage({ buyers: 4, buyerSol: 0n });
    const [first, second, third, fourth] = stage.buyers;
    await give(second, 2n * SOL);
    await give(third, SOL);
    const heavy = await makeHeavy();
    const { ports: wired } = await work((ports) =>
      failing(
        heavy(ports),
        [third?.address, fourth?.address].filter((one) => one !== undefined),
      ),
    );
    const fundingBefore = balanceOf(stage.funding.address);
    const { jobId } = await enqueue(stage.context, jobOf(), 0, {});
    const ended = await stage.ended(jobId);
    expect(ended).toMatchObject({ status: "completed", result: { landed: 2, partial: true } });
    await give(fourth, SOL / 2n);

    const preview = await previewRecovery(stage.context, wired, jobId, { waitMs: 120_000 });
    expect(recoverMemos(jobId)).toEqual([]);
    expect(await stage.context.journal.readOperation(jobId)).not.toHaveProperty("recovery");
    const funded = balanceOf(stage.funding.address);
    const answer = await recover(stage.context, jobId);
    expect(answer.state).toBe("done");
    // The recovery did what the preview showed.
    expect(preview).toMatchObject({
      fundingAddress: stage.funding.address,
      returnLamports: answer.returnedLamports,
      legs: answer.legs.map(({ leg, address, returnedLamports }) => ({
        leg,
        address,
        owedLamports: returnedLamports,
        returnLamports: returnedLamports,
      })),
    });
    const fees = readLedger(stage.localnet.cluster)
      .filter(({ memos }) => memos[0]?.kind === "recover")
      .reduce((all, { fee }) => all + fee, 0n);
    expect(balanceOf(stage.funding.address)).toBe(funded + BigInt(preview.returnLamports) - fees);
    expect(await previewRecovery(stage.context, wired, jobId)).toMatchObject({
      returnLamports: "0",
      legs: [],
    });
    expect(answer.legs.map(({ status, leftLamports, why }) => [status, leftLamports, why])).toEqual(
      stage.buyers.map(() => [expect.stringMatching(/confirmed|finalized/), "0", undefined]),
    );
    // Each wallet holds exactly its earlier balance, plus what it received in the meantime.
    expect([first, second, third, fourth].map((wallet) => wallet && balanceOf(wallet.address))).toEqual([
      0n,
      2n * SOL,
      SOL,
      SOL / 2n,
    ]);
    // The funding wallet's loss is the tokens' price, the fees, and the rent of the two accounts that hold
    // tokens.
    const spent = fundingBefore - balanceOf(stage.funding.address);
    expect(spent).toBe(2n * 100_000_000n + 2n * tokenAccountRent() + feesOf());
    expect(recoverMemos(jobId).sort((a, b) => a.leg - b.leg)).toEqual(
      stage.buyers.map(({ address }, at) => ({
        leg: at + 1,
        signer: address,
        failed: false,
        payer: stage.funding.address,
      })),
    );

    // A second recovery finds nothing, and does nothing.
    const history = stage.localnet.cluster.history().length;
    const again = await recover(stage.context, jobId);
    expect(again.legs.map(({ leg, returnedLamports }) => [leg, returnedLamports])).toEqual(
      answer.legs.map(({ leg, returnedLamports }) => [leg, returnedLamports]),
    );
    expect(stage.localnet.cluster.history().length).toBe(history);
    const status = await readStatus(stage.context, jobId);
    expect(status).toMatchObject({ status: "completed", result: { recovery: { state: "done" } } });
    const receipt = await loadReceipt(stage.context, jobId, createChainReader(stage.localnet.rpcUrl));
    expect(receipt.recovered?.map(({ lamports: back }) => back)).toEqual(
      answer.legs.map(({ returnedLamports }) => returnedLamports),
    );
    const verification = await verifyReceipt(receipt, createChainReader(stage.localnet.rpcUrl));
    expect(verification).toMatchObject({ ok: true, memosVerified: 6, problems: [] });
    const [one, ...others] = receipt.recovered ?? [];
    const forged = { ...receipt, recovered: [{ ...one, lamports: "1" }, ...others] } as typeof receipt;
    expect((await verifyReceipt(forged, createChainReader(stage.localnet.rpcUrl))).problems).toHaveLength(1);
    const silent = { ...receipt, recovered: others };
    expect((await verifyReceipt(silent, createChainReader(stage.localnet.rpcUrl))).problems).toHaveLength(1);
    const events = await stage.context.journal.readEvents(jobId, 0, 500);
    expect(events.filter(({ type }) => type === "recover").length).toBeGreaterThanOrEqual(8);
    expect(events.map(({ seq }) => seq)).toEqual(events.map((_event, at) => at + 1));
  });

  it("takes nothing from a wallet whose owner has taken the money out, and says so", async () => {
    stage = await openStage({ buyers: 1, buyerSol: 1n });
    const { ports } = await work(await makeHeavy());
    const { jobId } = await enqueue(stage.context, { ...jobOf(), buyAmount: 0.1 }, 0, {});
    await stage.ended(jobId);
    const [wallet] = stage.buyers;
    if (wallet === undefined) throw new Error("no wallet");
    const { slot: _slot, ...lifetime } = await ports.chain.latestBlockhash();
    const unsigned = ports.chain.compose({
      feePayer: stage.funding.address,
      transfers: [{ from: wallet.address, to: stage.funding.address, lamports: lamports(SOL / 2n) }],
      setup: [],
      swap: [],
      memo: { text: "not ours", signer: wallet.address },
      cleanup: [],
      computeUnitLimit: 50_000,
      computeUnitPrice: 0n,
      lifetime,
      lookupTables: {},
    });
    const { wire, signature } = await ports.keyring.sign(unjudged(unsigned), [wallet.id, stage.funding.id]);
    await ports.chain.broadcast(wire, { preflight: true });
    await ports.chain.watch(signature, { timeoutMs: 20_000, until: "finalized" });
    const before = balanceOf(wallet.address);
    const preview = await previewRecovery(stage.context, { chain: ports.chain }, jobId, { waitMs: 120_000 });
    const answer = await recover(stage.context, jobId);
    expect(answer).toMatchObject({ state: "done", returnedLamports: "0" });
    expect(preview).toMatchObject({ returnLamports: "0", feeLamports: "0" });
    expect(preview.legs).toMatchObject([
      { returnLamports: "0", owedLamports: answer.legs[0]?.leftLamports, why: answer.legs[0]?.why },
    ]);
    expect(answer.legs[0]).toMatchObject({ status: "none", why: expect.stringContaining("had before") });
    expect(BigInt(answer.legs[0]?.leftLamports ?? 0)).toBeGreaterThan(0n);
    expect(balanceOf(wallet.address)).toBe(before);
    expect(recoverMemos(jobId)).toEqual([]);
  });

  it("two operations over the same wallet are each recovered in full, the earlier one first", async () => {
    stage = await openStage({ buyers: 1, buyerSol: 1n });
    await work(await makeHeavy());
    const [wallet] = stage.buyers;
    const jobs = [];
    for (const _round of [1, 2]) {
      const { jobId } = await enqueue(stage.context, { ...jobOf(), buyAmount: 0.1 }, 0, {});
      await stage.ended(jobId);
      jobs.push(jobId);
    }
    for (const jobId of jobs) {
      const answer = await recover(stage.context, jobId);
      expect(answer.legs[0]).toMatchObject({ leftLamports: "0" });
    }
    expect(wallet && balanceOf(wallet.address)).toBe(SOL);
  });
});

describe("cto recover", () => {
  it("shows what would go back, to the lamport, and returns it", async () => {
    stage = await openStage({ buyers: 2, buyerSol: 0n });
    await work(await makeHeavy());
    const { jobId } = await enqueue(stage.context, jobOf(), 0, {});
    await stage.ended(jobId);
    const run = async (...args: string[]) => {
      const { code, stdout, stderr } = await runCli(["recover", jobId, ...args], stage.env);
      expect(code, stderr).toBe(0);
      return stdout;
    };
    const preview = JSON.parse(await run("--dry-run", "--json"));
    expect(preview).toMatchObject({ jobId, dryRun: true, fundingAddress: stage.funding.address });
    expect(BigInt(preview.returnLamports)).toBeGreaterThan(0n);
    expect(await run("--dry-run")).toContain(
      `${formatSol(BigInt(preview.returnLamports))} SOL would go to ${stage.funding.address}; fees of about `,
    );
    expect(recoverMemos(jobId)).toEqual([]);
    const answer = JSON.parse(await run("--json"));
    expect(answer).toMatchObject({ state: "done", returnedLamports: preview.returnLamports });
    expect(await run("--dry-run")).toContain("A return was begun for every leg");
  });
});

describe("recovery where nothing was funded ahead", () => {
  it("closes an empty token account to the funding wallet that paid for it, and leaves the wallet's SOL", async () => {
    stage = await openStage({ buyers: 2, buyerSol: 1n });
    const working = await work();
    const { jobId } = await enqueue(stage.context, jobOf(), 0, {});
    await stage.ended(jobId);
    const [wallet, other] = stage.buyers;
    if (wallet === undefined || other === undefined) throw new Error("no wallet");
    const account = await emptyTokenAccount(working, wallet);
    const held = balanceOf(wallet.address);
    const answer = await recover(stage.context, jobId);
    expect(answer).toMatchObject({ state: "done", returnedLamports: String(tokenAccountRent()) });
    expect(answer.legs.map(({ status }) => status)).toEqual([
      expect.stringMatching(/confirmed|finalized/),
      "none",
    ]);
    expect(stage.localnet.cluster.account(account)).toBeNull();
    expect(balanceOf(wallet.address)).toBe(held);
  });

  it("gives a prefunded buyer its own rent back, at its own cost", async () => {
    stage = await openStage({ buyers: 1, buyerSol: 1n });
    const working = await work();
    const { jobId } = await enqueue(stage.context, jobOf("prefunded"), 0, {});
    await stage.ended(jobId);
    const [wallet] = stage.buyers;
    if (wallet === undefined) throw new Error("no wallet");
    await emptyTokenAccount(working, wallet);
    const [held, funding] = [balanceOf(wallet.address), balanceOf(stage.funding.address)];
    const answer = await recover(stage.context, jobId);
    expect(answer).toMatchObject({ state: "done", returnedLamports: String(tokenAccountRent()) });
    const [entry] = readLedger(stage.localnet.cluster).filter(({ memos }) => memos[0]?.kind === "recover");
    expect(balanceOf(wallet.address)).toBe(held + tokenAccountRent() - (entry?.fee ?? 0n));
    expect(balanceOf(stage.funding.address)).toBe(funding);
  });

  it("is refused for an operation that has not ended, and for one that does not exist", async () => {
    stage = await openStage({ buyers: 1 });
    const asks = [
      (id: string) => recover(stage.context, id),
      (id: string) => withChainPorts(stage.context, (ports) => previewRecovery(stage.context, ports, id)),
    ];
    for (const ask of asks)
      await expect(ask("op_none")).rejects.toMatchObject({ code: "CTO_E_OPERATION_UNKNOWN" });
    const { jobId } = await enqueue(stage.context, jobOf(), 0, {});
    for (const ask of asks)
      await expect(ask(jobId)).rejects.toMatchObject({ code: "CTO_E_RECOVERY_TOO_EARLY" });
  });
});
