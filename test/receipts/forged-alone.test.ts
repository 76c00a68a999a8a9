/** Attacks both verifiers with receipts that say what the chain does not. */
import { readFileSync } from "node:fs";
import bs58 from "bs58";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createChainReader, type Receipt, verifyReceipt } from "../../src/receipts/index.ts";
import { type RecordedChain, recordedChainSchema, serveChain } from "../verifiers/chain-server.ts";
import { findPython, type PythonVerifier, startPython } from "../verifiers/python.ts";

const FOLDER = new URL("../../verifiers/forgeries/", import.meta.url);
const read = (path: string) => JSON.parse(readFileSync(new URL(path, FOLDER), "utf8"));
const truth = recordedChainSchema.parse(read("chain.json"));
const honest = read("honest/prefunded-120000000.json") as Receipt;
const returned = read("22-hides-a-return.json");

type Recorded = {
  readonly slot: number;
  readonly meta: {
    readonly fee: number;
    readonly preBalances: readonly [number, ...number[]];
    readonly postBalances: readonly [number, ...number[]];
  };
  readonly transaction: {
    readonly message: {
      readonly accountKeys: readonly string[];
      readonly instructions: { readonly programIdIndex: number; data: string }[];
    };
  };
};

let chain: RecordedChain = truth;
let server: Awaited<ReturnType<typeof serveChain>>;
let second: PythonVerifier | undefined;
const python = findPython();

beforeAll(async () => {
  server = await serveChain(() => chain);
  if (python !== null) second = startPython(python, server.url);
});
afterAll(async () => {
  second?.close();
  await server.close();
});

async function both(receipt: unknown) {
  const ours = await verifyReceipt(receipt as Receipt, createChainReader(server.url));
  return { ours, theirs: (await second?.verify(receipt)) ?? ours };
}

const withReturn = () => {
  chain = {
    ...truth,
    histories: { ...truth.histories, ...returned.chain.histories },
    transactions: { ...truth.transactions, ...returned.chain.transactions },
  };
  const [[signature, transaction]] = Object.entries(returned.chain.transactions) as [[string, Recorded]];
  const { fee, preBalances, postBalances } = transaction.meta;
  const back = {
    leg: 2,
    address: honest.legs[1]?.address,
    lamports: String(postBalances[0] - preBalances[0] + fee),
    status: "finalized",
    signature,
    slot: String(transaction.slot),
    memo: honest.legs[1]?.memo.replace("buy", "recover"),
  };
  return { back, signature, transaction, fee };
};

describe("a return", () => {
  it("is not confirmed twice", async () => {
    const { back, signature, transaction, fee } = withReturn();
    // The recorded one paid out; here it brings 40,000,000 lamports back.
    const [first] = transaction.meta.preBalances;
    const postBalances = [first + 40_000_000 - fee, ...transaction.meta.postBalances.slice(1)];
    const meta = { ...transaction.meta, postBalances };
    chain = { ...chain, transactions: { ...chain.transactions, [signature]: { ...transaction, meta } } };
    const one = { ...back, lamports: "40000000" };
    const costs = {
      ...honest.costs,
      priorityLamports: String(BigInt(honest.costs.priorityLamports) + BigInt(fee)),
    };
    const once = await both({ ...honest, costs, recovered: [one] });
    expect([once.ours.problems, once.theirs.problems]).toEqual([[], []]);
    const twice = await both({ ...honest, costs, recovered: [one, one] });
    expect({ ours: twice.ours.ok, theirs: twice.theirs.ok }).toEqual({ ours: false, theirs: false });
  });
});

it("a purchase is not called a sweep", async () => {
  chain = truth;
  const lie = {
    ...honest,
    purpose: "sweep",
    asked: { ...honest.asked, lamports: "999000000000" },
    split: "All that each wallet holds goes back.",
    status: "failed",
    partial: false,
  };
  const { ours, theirs } = await both(lie);
  expect({ ours: ours.ok, theirs: theirs.ok }).toEqual({ ours: false, theirs: false });
});

it("a memo behind a mark of the byte order is none for both", async () => {
  const leg = honest.legs[0] ?? expect.fail();
  const found = structuredClone(truth.transactions[leg.signature ?? ""]) as Recorded;
  const { accountKeys, instructions } = found.transaction.message;
  for (const one of instructions)
    if (accountKeys[one.programIdIndex]?.startsWith("MemoSq4"))
      one.data = bs58.encode(Uint8Array.from([0xef, 0xbb, 0xbf, ...bs58.decode(one.data)]));
  chain = { ...truth, transactions: { ...truth.transactions, [leg.signature ?? ""]: found } };
  const { ours, theirs } = await both(honest);
  expect({ ours: ours.ok, theirs: theirs.ok }).toEqual({ ours: false, theirs: false });
});
