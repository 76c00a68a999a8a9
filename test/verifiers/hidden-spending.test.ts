/** Attack: an operator hides what a buy took behind accounts that the transaction opens. Both verifiers must refuse. */
import { readFileSync } from "node:fs";
import { getBase58Decoder } from "@solana/kit";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createChainReader, type Receipt, verifyReceipt } from "../../src/receipts/index.ts";
import { type RecordedChain, recordedChainSchema, serveChain } from "./chain-server.ts";
import { findPython, startPython } from "./python.ts";

const FOLDER = new URL("../../verifiers/forgeries/", import.meta.url);
const read = (path: string): unknown => JSON.parse(readFileSync(new URL(path, FOLDER), "utf8"));
const truth = recordedChainSchema.parse(read("chain.json"));
const receipt = read("honest/standard-110000000.json") as Receipt;
const SYSTEM = "11111111111111111111111111111111";
const FRIEND = "FRiendFRiendFRiendFRiendFRiendFRiendFRiend11";

let chain: RecordedChain = truth;
let server: Awaited<ReturnType<typeof serveChain>>;
const python = findPython();
beforeAll(async () => {
  server = await serveChain(() => chain);
});
afterAll(() => server.close());

const createData = (lamports: bigint, space: bigint): string => {
  const data = Buffer.alloc(52);
  data.writeBigUInt64LE(lamports, 4);
  data.writeBigUInt64LE(space, 12);
  return getBase58Decoder().decode(data);
};
const transferData = (lamports: bigint): string => {
  const data = Buffer.alloc(12);
  data.writeUInt32LE(2, 0);
  data.writeBigUInt64LE(lamports, 4);
  return getBase58Decoder().decode(data);
};

// biome-ignore lint/suspicious/noExplicitAny: a recorded answer
type Recorded = any;

/** Lets the payer of the first leg pay more than the receipt says. */
function plant(change: (tx: Recorded, friend: number, system: number) => void, before = 0): RecordedChain {
  const signature = receipt.legs[0]?.signature ?? expect.fail("no leg");
  const tx: Recorded = structuredClone(truth.transactions[signature]);
  const keys = tx.transaction.message.accountKeys as string[];
  keys.push(FRIEND);
  tx.meta.preBalances.push(before);
  tx.meta.postBalances.push(before);
  change(tx, keys.length - 1, keys.indexOf(SYSTEM));
  return { ...truth, transactions: { ...truth.transactions, [signature]: tx } };
}

async function verdicts(told: Receipt = receipt): Promise<[boolean, boolean | null]> {
  const ours = (await verifyReceipt(told, createChainReader(server.url))).ok;
  if (python === null) return [ours, null];
  const second = startPython(python, server.url);
  const theirs = (await second.verify(told)).ok;
  second.close();
  return [ours, theirs];
}

const pay = (tx: Recorded, to: number, amount: number): void => {
  tx.meta.preBalances[0] += amount;
  tx.meta.postBalances[to] += amount;
};

const inner = (tx: Recorded, ...instructions: unknown[]): void => {
  tx.meta.innerInstructions.push({ index: 0, instructions });
};

describe("a receipt is refused", () => {
  it("is confirmed as it is", async () => {
    chain = truth;
    expect(await verdicts()).toEqual([true, python && true]);
  });

  it("if 5 SOL went to a friend's account that the buy opened with too much", async () => {
    chain = plant((tx, friend, system) => {
      pay(tx, friend, 5_000_000_001);
      inner(tx, { programIdIndex: system, accounts: [0, friend], data: createData(5_000_000_001n, 0n) });
    });
    expect(await verdicts()).toEqual([false, python && false]);
  });

  it("if a false rent rate, by an account that costs 1 SOL, makes 2 SOL look like a top-up", async () => {
    chain = plant((tx, friend, system) => {
      const rate = 4_000_000n;
      pay(tx, friend, 2_000_000_000);
      tx.transaction.message.accountKeys.push("opened1111111111111111111111111111111111111");
      tx.meta.preBalances.push(0);
      tx.meta.postBalances.push(0);
      pay(tx, friend + 1, Number(rate * 129n));
      tx.transaction.message.instructions.unshift({
        programIdIndex: system,
        accounts: [0, friend + 1],
        data: createData(rate * 129n, 1n),
      });
      inner(tx, { programIdIndex: system, accounts: [0, friend], data: transferData(2_000_000_000n) });
    }, 1_000_000);
    expect(await verdicts()).toEqual([false, python && false]);
  });
});

describe("a receipt of a cashback coin", () => {
  /** What pump.fun's program leaves in the accumulator that a buyer's first buy opens: 137 bytes, and its fees back. */
  const [RENT, CASHBACK] = [265n * 6_960n, 296_297n];

  it("is confirmed: the fees in the account that the buy opened are a price, and no rent", async () => {
    chain = plant((tx, volume, system) => {
      // The market gets less by what the buyer gets back.
      tx.meta.postBalances[2] -= Number(CASHBACK);
      tx.meta.postBalances[volume] += Number(RENT + CASHBACK);
      tx.meta.preBalances[0] += Number(RENT);
      inner(tx, { programIdIndex: system, accounts: [0, volume], data: createData(RENT, 137n) });
    });
    expect(await verdicts()).toEqual([true, python && true]);
  });
});

describe("a receipt of a return that a wallet pays for itself", () => {
  const [RENT, FEE] = [2_039_280, 5_000];
  const honest = read("honest/prefunded-120000000.json") as Receipt;
  const leg = honest.legs[0] ?? expect.fail("no leg");
  const memo = leg.memo.replace(":buy:", ":recover:");
  const returned = (lamports: number): Receipt => ({
    ...honest,
    recovered: [
      {
        leg: 1,
        address: leg.address,
        lamports: String(lamports),
        status: "finalized",
        signature: "back",
        slot: "9",
        memo,
      },
    ],
    costs: { ...honest.costs, networkLamports: String(Number(honest.costs.networkLamports) + FEE) },
  });
  const plantReturn = (dust: number): RecordedChain => ({
    ...truth,
    histories: {
      ...truth.histories,
      [leg.address]: [
        { signature: "back", slot: 9, err: null, memo: `[1] ${memo}` },
        ...(truth.histories[leg.address] ?? []),
      ],
    },
    transactions: {
      ...truth.transactions,
      back: {
        slot: 9,
        meta: {
          err: null,
          fee: FEE,
          preBalances: [1_000_000_000, RENT + dust, 1],
          postBalances: [1_000_000_000 + RENT + dust - FEE, 0, 1],
          preTokenBalances: [],
          postTokenBalances: [],
          innerInstructions: [],
        },
        transaction: {
          signatures: ["back"],
          message: {
            accountKeys: [leg.address, FRIEND, "MemoSq4gqABAXKb96qnH8TysNcWxMyWCqXgDLGmfcHr"],
            header: { numRequiredSignatures: 1 },
            instructions: [
              { programIdIndex: 2, accounts: [0], data: getBase58Decoder().decode(Buffer.from(memo)) },
            ],
          },
        },
      },
    },
  });

  it("is confirmed, also where a stranger has sent a lamport to the account that it closes", async () => {
    chain = plantReturn(0);
    expect(await verdicts(returned(RENT))).toEqual([true, python && true]);
    chain = plantReturn(1);
    expect(await verdicts(returned(RENT))).toEqual([true, python && true]);
  });

  it("is refused if it claims more than came back", async () => {
    chain = plantReturn(0);
    expect(await verdicts(returned(RENT + 1))).toEqual([false, python && false]);
  });
});
