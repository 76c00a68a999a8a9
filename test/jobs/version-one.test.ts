/**
 * Tests operations in version 1: each leg is one transaction where version 0 needs two steps, and receipt, check and
 * recovery can read it.
 */
import {
  type Address,
  appendTransactionMessageInstructions,
  createTransactionMessage,
  generateKeyPairSigner,
  getBase64EncodedWireTransaction,
  getTransactionDecoder,
  lamports,
  pipe,
  setTransactionMessageFeePayerSigner,
  setTransactionMessageLifetimeUsingBlockhash,
  signTransactionMessageWithSigners,
} from "@solana/kit";
import { afterEach, describe, expect, it } from "vitest";
import { decodeMessage } from "../../src/base/message.ts";
import type { CTOJob } from "../../src/contract/types.ts";
import { createChainReader, loadReceipt, verifyReceipt } from "../../src/receipts/index.ts";
import type { WorkerPorts } from "../../src/runtime/worker-ports.ts";
import { enqueue } from "../../src/services/operations.ts";
import { recover } from "../../src/services/recovery.ts";
import { type CTOWorker, createCTOWorker } from "../../src/worker/cto-worker.ts";
import { memo, send, signed, signedV1, transfer } from "../localnet/support.ts";
import { buildJob } from "../support/build-job.ts";
import { failing } from "../support/failing.ts";
import { makeHeavy } from "../support/heavy.ts";
import { landings, readLedger } from "../support/ledger.ts";
import { openStage, type Stage, type StageOptions } from "../support/stage.ts";

let stage: Stage;
let worker: CTOWorker | undefined;

afterEach(async () => {
  await worker?.close();
  worker = undefined;
  await stage.close();
});

const jobOf = (mode: CTOJob["mode"]): CTOJob =>
  buildJob({ userId: stage.userId, tokenAddress: stage.mint, mode });

async function operate(mode: CTOJob["mode"], options: StageOptions = {}) {
  stage = await openStage({ buyers: 3, ...(mode === "standard" ? { buyerSol: 0n } : {}), ...options });
  worker = await createCTOWorker({ context: stage.context, wrapPorts: await makeHeavy(1) });
  const { jobId } = await enqueue(stage.context, jobOf(mode), 0, {});
  const ended = await stage.ended(jobId);
  expect(ended).toMatchObject({ status: "completed", result: { landed: 3 } });
  const steps = await stage.context.journal.readSteps(jobId);
  return { jobId, steps, attempts: steps.flatMap(({ attempts }) => attempts) };
}

/** Returns the messages of the operation's transactions on chain. */
const messages = () =>
  stage.localnet.cluster
    .history()
    .filter(({ memo }) => memo?.includes("cto:1:"))
    .map(({ wire }) => decodeMessage(getTransactionDecoder().decode(wire).messageBytes));

describe("on a cluster that takes version 1", () => {
  it("a buy that is too long for version 0 is funded in its own transaction, within limits of its own", async () => {
    const { jobId, steps, attempts } = await operate("standard");
    expect(steps.map(({ kind }) => kind)).toEqual(["buy", "buy", "buy"]);
    expect(attempts.map(({ messageVersion }) => messageVersion)).toEqual([1, 1, 1]);
    expect([...landings(stage.localnet.cluster, jobId).values()]).toEqual([1, 1, 1]);
    for (const { version, config, instructions, lookupTables } of messages()) {
      expect({ version, lookupTables }).toEqual({ version: 1, lookupTables: [] });
      expect(config.computeUnitLimit).toBeGreaterThan(0);
      expect(config.loadedAccountsDataSizeLimit).toBeGreaterThan(0);
      expect(config.loadedAccountsDataSizeLimit).toBeLessThan(64 * 1024 * 1024);
      expect(instructions.map(({ program }) => program)).not.toContain(
        "ComputeBudget111111111111111111111111111111",
      );
    }
    // The chain charged the priority fee that the journal states.
    const charged = attempts.map(
      ({ signature }) => stage.localnet.cluster.ledger.transaction(signature)?.fee,
    );
    expect(charged).toEqual(attempts.map(({ costs }) => costs.network + costs.priority));
  });

  it("the receipt, its check and a recovery read it", async () => {
    const { jobId } = await operate("prefunded");
    const { context, localnet } = stage;
    const reader = createChainReader(localnet.rpcUrl);
    const receipt = await loadReceipt(context, jobId, reader);
    expect(await verifyReceipt(receipt, reader)).toMatchObject({ ok: true, memosVerified: 3, problems: [] });
    expect(await recover(context, jobId)).toMatchObject({ state: "done" });
    expect((await context.journal.readOperation(jobId))?.recovery?.failure).toBeUndefined();
  });
});

/** What a stranger's gift of each version brings, lamports. */
const GIFT = 1_000_000n;

/** A stranger pays each of these wallets in a transaction of every version there is: legacy, 0 and 1. */
async function giveInEveryVersion(wallets: readonly Address[]): Promise<void> {
  const { cluster } = stage.localnet;
  const payer = await generateKeyPairSigner();
  cluster.setBalance(payer.address, lamports(1_000_000_000n));
  const { blockhash } = cluster.head("finalized");
  const limits = { computeUnitLimit: 100_000, loadedAccountsDataSizeLimit: 500_000 };
  for (const to of wallets) {
    const instructions = [transfer(payer, to, GIFT), memo(`a gift for ${to}`)];
    const legacy = await pipe(
      createTransactionMessage({ version: "legacy" }),
      (message) => setTransactionMessageFeePayerSigner(payer, message),
      (message) =>
        setTransactionMessageLifetimeUsingBlockhash({ blockhash, lastValidBlockHeight: 0n }, message),
      (message) => appendTransactionMessageInstructions(instructions, message),
      (message) => signTransactionMessageWithSigners(message),
    );
    for (const wire of [
      getBase64EncodedWireTransaction(legacy),
      await signed(payer, blockhash, instructions),
      await signedV1(payer, blockhash, instructions, limits),
    ]) {
      const signature = String(send(cluster, wire).result);
      await expect.poll(() => cluster.ledger.transaction(signature as never)?.err).toBeNull();
    }
  }
}

describe("a wallet's history of legacy, version 0 and version 1", () => {
  it("is read by recovery, conservation, receipt and check: each lamport goes to its owner", async () => {
    stage = await openStage({ buyers: 3, buyerSol: 0n });
    const { context, localnet, funding, buyers } = stage;
    const { cluster } = localnet;
    const wallets = buyers.map(({ address }) => address);
    const balances = () => [funding.address, ...wallets].map((at) => cluster.account(at)?.lamports ?? 0n);
    const sum = (all: readonly bigint[]) => all.reduce((total, one) => total + one, 0n);
    await giveInEveryVersion(wallets);
    const before = sum(balances());
    const heavy = await makeHeavy();
    // The funding wallet signs version 1, the buyers do not: the operation itself mixes both.
    const mixed = (ports: WorkerPorts): WorkerPorts => {
      const newestVersion: typeof ports.keyring.newestVersion = async (ids) =>
        ids.every((id) => id === funding.id) ? 1 : 0;
      const wired = failing(heavy(ports), wallets.slice(1));
      return { ...wired, keyring: { ...wired.keyring, newestVersion } };
    };
    worker = await createCTOWorker({ context, wrapPorts: mixed });
    const { jobId } = await enqueue(context, jobOf("standard"), 0, {});
    expect((await stage.ended(jobId)).result).toMatchObject({ landed: 1, partial: true });
    await giveInEveryVersion(wallets);
    expect((await recover(context, jobId)).state).toBe("done");

    const steps = await context.journal.readSteps(jobId);
    const versions = steps.flatMap(({ attempts }) => attempts.map(({ messageVersion }) => messageVersion));
    expect(new Set(versions)).toEqual(new Set([0, 1]));
    const ours = readLedger(cluster).filter(({ memos }) => memos[0]?.operationId === jobId);
    const fees = sum(ours.map(({ fee }) => fee));
    // One leg has bought, and opened one token account. The rest is where it was, and the gifts came on top.
    const [leg] = await context.journal.readLegs(jobId);
    const gone = (leg?.lamports ?? 0n) + cluster.rentExemption(165n) + fees;
    expect(sum(balances())).toBe(before + 3n * 3n * GIFT - gone);
    expect(balances().slice(2)).toEqual([6n * GIFT, 6n * GIFT]);
    const reader = createChainReader(localnet.rpcUrl);
    const check = await verifyReceipt(await loadReceipt(context, jobId, reader), reader);
    // The leg that has landed, and the return of each of the three.
    expect(check).toMatchObject({ ok: true, problems: [], memosVerified: 4 });
  });
});

describe("on a cluster that does not", () => {
  it("the same buy is funded ahead, in version 0", async () => {
    const { steps, attempts } = await operate("standard", { localnet: { versionOne: false } });
    expect(steps.map(({ kind }) => kind).sort()).toEqual(["buy", "buy", "buy", "fund"]);
    expect(new Set(attempts.map(({ messageVersion }) => messageVersion))).toEqual(new Set([0]));
    expect(new Set(messages().map(({ version }) => version))).toEqual(new Set([0]));
  });
});
