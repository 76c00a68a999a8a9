/** Tests receipts: they name no person, a change of them is detected, and they can be read from the chain alone. */
import {
  type Address,
  appendTransactionMessageInstructions,
  createTransactionMessage,
  generateKeyPairSigner,
  getTransactionEncoder,
  type Instruction,
  type KeyPairSigner,
  lamports,
  pipe,
  setTransactionMessageConfig,
  setTransactionMessageFeePayerSigner,
  setTransactionMessageLifetimeUsingBlockhash,
  signTransactionMessageWithSigners,
} from "@solana/kit";
import { getAddMemoInstruction } from "@solana-program/memo";
import { getTransferSolInstruction } from "@solana-program/system";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { readFromChain } from "../../src/receipts/from-chain.ts";
import {
  type ChainReader,
  createChainReader,
  createReceipt,
  verifyReceipt,
} from "../../src/receipts/index.ts";
import { enqueue } from "../../src/services/operations.ts";
import { type CTOWorker, createCTOWorker } from "../../src/worker/cto-worker.ts";
import { openStage, type Stage } from "../support/stage.ts";

const MEMO_PROGRAM = "MemoSq4gqABAXKb96qnH8TysNcWxMyWCqXgDLGmfcHr" as Address;

const LIMITS = { computeUnitLimit: 200_000, loadedAccountsDataSizeLimit: 1_000_000 };

let stage: Stage;
let worker: CTOWorker;
let reader: ChainReader;

beforeAll(async () => {
  stage = await openStage();
  worker = await createCTOWorker({ context: stage.context });
  reader = createChainReader(stage.localnet.rpcUrl);
});
afterAll(async () => {
  await worker.close();
  await stage.close();
});

async function operate(mode: "prefunded" | "standard", buyAmount: number): Promise<string> {
  const { userId, mint: tokenAddress, context } = stage;
  const job = { userId, userChatId: 77, tokenAddress, buyAmount, mode, platform: "auto" };
  const { jobId } = await enqueue(context, job, 0, {});
  await stage.ended(jobId);
  return jobId;
}

async function receiptOf(jobId: string) {
  const { journal } = stage.context;
  const operation = await journal.readOperation(jobId);
  if (operation === null) throw new Error("no operation");
  const decimals = await reader.decimals(operation.request.tokenAddress);
  return createReceipt(operation, await journal.readLegs(jobId), await journal.readSteps(jobId), {
    decimals,
  });
}

const recordOf = (operationId: string) =>
  readFromChain(reader, {
    operationId,
    addresses: stage.buyers.map(({ address }) => address),
    token: stage.mint,
  });

/** Sends a transaction, as anyone could, and waits until it is confirmed. */
async function send(
  payer: KeyPairSigner,
  instructions: readonly Instruction[],
  version: 0 | 1 = 0,
): Promise<void> {
  const { cluster } = stage.localnet;
  const { blockhash, height } = cluster.head("confirmed");
  const empty =
    version === 0
      ? createTransactionMessage({ version })
      : setTransactionMessageConfig(LIMITS, createTransactionMessage({ version }));
  const message = pipe(
    empty,
    (draft) => setTransactionMessageFeePayerSigner(payer, draft),
    (draft) =>
      setTransactionMessageLifetimeUsingBlockhash({ blockhash, lastValidBlockHeight: height + 150n }, draft),
    (draft) => appendTransactionMessageInstructions(instructions, draft),
  );
  const signed = await signTransactionMessageWithSigners(message);
  const signature = cluster.submit(getTransactionEncoder().encode(signed));
  await expect.poll(() => cluster.ledger.transaction(signature)).not.toBeNull();
  const slot = cluster.ledger.transaction(signature)?.slot ?? 0n;
  await expect.poll(() => cluster.head("confirmed").slot >= slot).toBe(true);
}

describe("a receipt", () => {
  it.each(["prefunded", "standard"] as const)(
    "of a %s operation is what the chain alone says",
    async (mode) => {
      const jobId = await operate(mode, 0.7);
      const receipt = await receiptOf(jobId);
      const record = await recordOf(jobId);
      expect(record.legs.map(({ leg, address, lamports: spent }) => [leg, address, spent])).toEqual(
        stage.buyers.map(({ address }, at) => [at + 1, address, at === 0 ? 233_333_334n : 233_333_333n]),
      );
      const payers = mode === "standard" ? [stage.funding, stage.funding, stage.funding] : stage.buyers;
      expect(record.legs.map(({ payer }) => payer)).toEqual(payers.map(({ address }) => address));
      expect(await verifyReceipt(receipt, reader)).toMatchObject({
        ok: true,
        memosVerified: 3,
        problems: [],
      });
      expect(receipt.totals).toMatchObject({ legs: 3, landed: 3, lamports: "700000000" });
      for (const { price, memo, payer } of receipt.legs) {
        expect(price).toMatch(/^0\.\d+$/);
        expect(memo).toContain(jobId);
        expect(payer).toBeDefined();
      }
    },
  );

  it("names no person: no user, chat or wallet id", async () => {
    const text = JSON.stringify(await receiptOf(await operate("prefunded", 0.1)));
    for (const { id } of [...stage.buyers, stage.funding]) expect(text).not.toContain(id);
    expect(text).not.toContain(stage.userId);
    const words = text.replace(/[1-9A-HJ-NP-Za-km-z]{16,}/g, ""); // An address may contain any word.
    expect(words).not.toMatch(/user|chat|label/i);
  });

  it("that was changed fails the check", async () => {
    const receipt = await receiptOf(await operate("prefunded", 0.1));
    const legs = receipt.legs.map((leg) => (leg.leg === 2 ? { ...leg, tokens: "1" } : leg));
    const { ok, problems } = await verifyReceipt({ ...receipt, legs }, reader);
    expect(ok).toBe(false);
    expect(problems).toContainEqual(
      expect.stringMatching(/^leg 2: the amount of tokens is 1 in the receipt/),
    );
  });

  it.each([0, 1] as const)(
    "takes no notice of a stranger's memo to its wallets, in version %s",
    async (version) => {
      const jobId = await operate("prefunded", 0.1);
      const stranger = await generateKeyPairSigner();
      await stage.localnet.cluster.airdrop(stranger.address, lamports(1_000_000_000n));
      const [buyer] = stage.buyers;
      if (buyer === undefined) throw new Error("no buyer");
      const memo = `cto:1:${jobId}:buy:1/3`;
      await send(
        stranger,
        [
          getTransferSolInstruction({ source: stranger, destination: buyer.address, amount: 1_000_000n }),
          getAddMemoInstruction({ memo, signers: [stranger] }, { programAddress: MEMO_PROGRAM }),
        ],
        version,
      );
      expect((await reader.history(buyer.address)).filter((line) => line.memo?.includes(memo))).toHaveLength(
        2,
      );
      expect((await recordOf(jobId)).legs).toHaveLength(3);
      expect(await verifyReceipt(await receiptOf(jobId), reader)).toMatchObject({
        ok: true,
        memosVerified: 3,
      });
    },
  );
});

describe("reading from the chain", () => {
  it("reads a long history page by page, and says when it gave up", async () => {
    const asked: (string | undefined)[] = [];
    const endless: ChainReader = {
      history: async (_address, before) => {
        asked.push(before);
        return Array.from({ length: 1_000 }, (_, at) => ({
          signature: `${asked.length}.${at}`,
          slot: 1n,
          err: null,
          memo: null,
        }));
      },
      transaction: async () => null,
      walletMinimum: async () => 890_880n,
      genesisHash: async () => "genesis",
      decimals: async () => 6,
    };
    const record = await readFromChain(endless, { operationId: "op", addresses: ["whale"], token: "mint" });
    expect(asked.slice(0, 3)).toEqual([undefined, "1.999", "2.999"]);
    expect(asked).toHaveLength(20);
    expect(record.problems).toEqual([
      "whale has a longer history than was read: after 20 pages the reading stopped, and what is older was not seen",
    ]);
  });

  it("never treats an endpoint that does not answer as an empty chain", async () => {
    const away = createChainReader("http://127.0.0.1:1/secret-path");
    const reading = readFromChain(away, { operationId: "op", addresses: [stage.mint], token: stage.mint });
    await expect(reading).rejects.toMatchObject({
      code: "CTO_E_RPC_UNAVAILABLE",
      message: expect.not.stringContaining("secret"),
    });
  });
});
