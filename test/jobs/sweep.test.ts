/** Tests a sweep: all SOL of the buyer wallets goes back publicly, once per wallet, and tokens stay. */
import { type Address, lamports, some } from "@solana/kit";
import { AccountState } from "@solana-program/token";
import { afterEach, describe, expect, it } from "vitest";
import type { CTOJob } from "../../src/contract/types.ts";
import { createChainReader, loadReceipt, verifyReceipt } from "../../src/receipts/index.ts";
import { withChainPorts } from "../../src/runtime/chain-ports.ts";
import { enqueue } from "../../src/services/operations.ts";
import { recover } from "../../src/services/recovery.ts";
import { previewSweep, startSweep } from "../../src/services/sweep-wallets.ts";
import { type CTOWorker, createCTOWorker } from "../../src/worker/cto-worker.ts";
import { buildJob } from "../support/build-job.ts";
import { makeHeavy } from "../support/heavy.ts";
import { readLedger } from "../support/ledger.ts";
import { openStage, type Stage } from "../support/stage.ts";
import { IMMUTABLE_OWNER, putTokenAccount, strangerOf } from "../support/token-accounts.ts";

const SOL = 1_000_000_000n;

/** Token-2022: fees of transfers that the account holds for the mint. The program refuses to close it. */
const WITHHELD_FEES = [2, 0, 8, 0, 1, 0, 0, 0, 0, 0, 0, 0];
/** Token-2022: a confidential account with a pending balance. */
const CONFIDENTIAL = [5, 0, 39, 1, ...Array.from({ length: 295 }, (_, at) => (at === 40 ? 1 : 0))];

/** Gives a token account a state that no program knows: it looks empty and ours, and the program refuses it. */
const damage = (address: Address): void => {
  const account = stage.localnet.cluster.account(address);
  if (account === null) return;
  const data = Uint8Array.from(account.data);
  data[108] = 77;
  stage.localnet.cluster.setAccount({ ...account, address, data });
};

let stage: Stage;
let worker: CTOWorker | undefined;

afterEach(async () => {
  await worker?.close();
  worker = undefined;
  await stage.close();
});

const balanceOf = (address: Address): bigint => stage.localnet.cluster.account(address)?.lamports ?? 0n;

const jobOf = (): CTOJob =>
  buildJob({ userId: stage.userId, tokenAddress: stage.mint, buyAmount: 0.2, mode: "standard" });

describe("a sweep of a user's buyer wallets", () => {
  it("returns what was previewed to the lamport, once per wallet, by memos that its receipt names", async () => {
    stage = await openStage({ buyers: 3, buyerSol: 1n });
    worker = await createCTOWorker({ context: stage.context });
    const { ports } = worker;
    const { jobId } = await enqueue(stage.context, jobOf(), 0, {});
    await stage.ended(jobId);
    const before = balanceOf(stage.funding.address);
    const held = stage.buyers.reduce((sum, { address }) => sum + balanceOf(address), 0n);
    const preview = await previewSweep(stage.context, ports, stage.userId);
    expect([preview.totalLamports, preview.wallets.length]).toEqual([held, 3]);

    const id = await startSweep(stage.context, ports, stage.userId, preview.totalLamports);
    const ended = await stage.ended(id);
    expect(ended).toMatchObject({ status: "completed", result: { partial: false } });
    expect(ended.result.recovery).toMatchObject({ state: "done", returnedLamports: String(held) });
    expect(stage.buyers.map(({ address }) => balanceOf(address))).toEqual([0n, 0n, 0n]);
    const entries = readLedger(stage.localnet.cluster).filter(({ memos }) => memos[0]?.operationId === id);
    expect(entries.map(({ failed, memos }) => [failed, memos[0]?.kind, memos.length])).toEqual(
      stage.buyers.map(() => [false, "recover", 1]),
    );
    const fees = entries.reduce((sum, { fee }) => sum + fee, 0n);
    expect(balanceOf(stage.funding.address)).toBe(before + held - fees);
    // The tokens stay in the wallets.
    const legs = await stage.context.journal.readLegs(jobId);
    expect(legs.every(({ tokensReceived }) => (tokensReceived ?? 0n) > 0n)).toBe(true);
    const receipt = await loadReceipt(stage.context, id, createChainReader(stage.localnet.rpcUrl));
    const verification = await verifyReceipt(receipt, createChainReader(stage.localnet.rpcUrl));
    expect(verification).toMatchObject({ ok: true, memosVerified: 3 });
    await expect(startSweep(stage.context, ports, stage.userId, held as never)).rejects.toMatchObject({
      code: "CTO_E_SWEEP_NOTHING",
    });
  });

  it("begins nothing when another total is confirmed, and fails whole when more came before it was carried out", async () => {
    stage = await openStage({ buyers: 2, buyerSol: 1n });
    const start = (total: bigint) =>
      withChainPorts(stage.context, (ports) =>
        startSweep(stage.context, ports, stage.userId, lamports(total)),
      );
    await expect(start(SOL)).rejects.toMatchObject({
      code: "CTO_E_SWEEP_CHANGED",
      message: expect.stringMatching(/^1 SOL was confirmed, and the wallets would return [\d.]+ SOL$/),
    });
    expect(await stage.context.journal.listOperations({ limit: 10 })).toEqual([]);
    const id = await start(2n * SOL);
    const [first] = stage.buyers;
    if (first) await stage.localnet.cluster.airdrop(first.address, lamports(SOL));
    worker = await createCTOWorker({ context: stage.context });
    const ended = await stage.ended(id);
    expect(ended).toMatchObject({ status: "failed", failure: { code: "CTO_E_SWEEP_CHANGED" } });
    expect(stage.buyers.map(({ address }) => balanceOf(address))).toEqual([2n * SOL, SOL]);
    expect(readLedger(stage.localnet.cluster).filter(({ memos }) => memos[0]?.operationId === id)).toEqual(
      [],
    );
  });

  it("closes all that can be closed, whatever keeps other accounts of the wallet open, and promises no more", async () => {
    stage = await openStage({ buyers: 2, buyerSol: 1n });
    const { cluster } = stage.localnet;
    const [{ address: full }, { address: other }] = stage.buyers as [Stage["buyers"][0], Stage["buyers"][0]];
    const put = (
      seed: number,
      ...given: Parameters<typeof putTokenAccount> extends [unknown, unknown, unknown, ...infer Rest]
        ? Rest
        : never
    ) => putTokenAccount(cluster, full, strangerOf(seed), ...given);
    const good = [
      await put(11),
      await put(12, { state: AccountState.Frozen }),
      await put(13, {}, IMMUTABLE_OWNER),
    ];
    const bad = [
      await put(21, { amount: 1n }),
      await put(22, { closeAuthority: some(other) }),
      await put(23, {}, WITHHELD_FEES),
      await put(24, {}, CONFIDENTIAL),
      await put(25),
    ];
    damage(bad[4] as Address);
    const rents = good.reduce((sum, address) => sum + balanceOf(address), 0n);
    worker = await createCTOWorker({ context: stage.context });
    const { ports } = worker;
    const preview = await previewSweep(stage.context, ports, stage.userId);
    expect(preview.totalLamports).toBe(2n * SOL + rents);
    const ended = await stage.ended(
      await startSweep(stage.context, ports, stage.userId, preview.totalLamports),
    );
    expect(ended.result.recovery).toMatchObject({
      state: "done",
      returnedLamports: String(preview.totalLamports),
      legs: [{ leftLamports: "0" }, { leftLamports: "0" }],
    });
    expect(good.map(balanceOf)).toEqual([0n, 0n, 0n]);
    expect(bad.every((address) => balanceOf(address) > 0n)).toBe(true);
    expect(await previewSweep(stage.context, ports, stage.userId)).toMatchObject({ totalLamports: 0n });
  });

  it("says why less came back when an account was damaged after the plan, and leaves a wallet of a program alone", async () => {
    stage = await openStage({ buyers: 2, buyerSol: 1n });
    const { cluster } = stage.localnet;
    const [{ address: full }, { address: assigned }] = stage.buyers as [
      Stage["buyers"][0],
      Stage["buyers"][0],
    ];
    cluster.setAccount({
      address: assigned,
      lamports: lamports(SOL),
      owner: strangerOf(9),
      data: new Uint8Array(),
      executable: false,
    });
    await putTokenAccount(cluster, full, strangerOf(11));
    const damaged = await putTokenAccount(cluster, full, strangerOf(25), {}, IMMUTABLE_OWNER);
    const rent = balanceOf(damaged);
    worker = await createCTOWorker({
      context: stage.context,
      wrapPorts: (ports) => ({
        ...ports,
        chain: {
          ...ports.chain,
          // The return is signed from these accounts; its plan was made before.
          witnessAccounts: async (addresses) => {
            if (addresses.includes(damaged)) damage(damaged);
            return ports.chain.witnessAccounts?.(addresses) ?? [];
          },
        },
      }),
    });
    const { ports } = worker;
    const { totalLamports, wallets } = await previewSweep(stage.context, ports, stage.userId);
    expect(wallets.map(({ wallet }) => wallet.address)).toEqual([full]);
    const ended = await stage.ended(await startSweep(stage.context, ports, stage.userId, totalLamports));
    expect(ended.result.recovery).toMatchObject({
      returnedLamports: String(totalLamports - rent),
      legs: [{ leftLamports: String(rent), why: expect.stringContaining("cannot be closed") }],
    });
    expect(balanceOf(full)).toBe(0n);
  });

  it("leaves nothing for a later recovery to take from newer money", async () => {
    stage = await openStage({ buyers: 1, buyerSol: 1n });
    worker = await createCTOWorker({ context: stage.context, wrapPorts: await makeHeavy() });
    const { ports } = worker;
    const { jobId } = await enqueue(stage.context, { ...jobOf(), buyAmount: 0.1 }, 0, {});
    await stage.ended(jobId);
    const { totalLamports } = await previewSweep(stage.context, ports, stage.userId);
    await stage.ended(await startSweep(stage.context, ports, stage.userId, totalLamports));
    const [wallet] = stage.buyers;
    if (wallet === undefined) throw new Error("no wallet");
    await stage.localnet.cluster.airdrop(wallet.address, lamports(3n * SOL));
    const answer = await recover(stage.context, jobId);
    expect(answer).toMatchObject({ state: "done", returnedLamports: "0", legs: [{ status: "none" }] });
    expect(balanceOf(wallet.address)).toBe(3n * SOL);
  });
});
