/**
 * Tests what a buy cost, read from a transaction that loads the System program from a lookup table, opens a token account
 * to whose address a stranger has sent lamports, and pays for a market that grows.
 */
import { type Address, getBase58Decoder } from "@solana/kit";
import { expect, it } from "vitest";
import { formatMemo } from "../../src/engine/transaction/memo-text.ts";
import { addressOf } from "../../src/journal/contract/harness.ts";
import type { ChainTransaction } from "../../src/receipts/chain-reader.ts";
import { readFromChain } from "../../src/receipts/from-chain.ts";

const MEMO_PROGRAM = "MemoSq4gqABAXKb96qnH8TysNcWxMyWCqXgDLGmfcHr";
const SYSTEM_PROGRAM = "11111111111111111111111111111111";
const [RENT, MINIMUM, DUST, GROWTH, SPENT] = [2_039_280n, 890_880n, 700_000n, 104_400n, 100_000_000n];
const [BUYER, TOKENS, CURVE, TOKEN] = ["buyer", "tokens", "curve", "token"].map((of) => addressOf(of)) as [
  Address,
  Address,
  Address,
  Address,
];

const base58 = (bytes: Uint8Array): string => getBase58Decoder().decode(bytes);

const transferOf = (lamports: bigint): string => {
  const data = Buffer.alloc(12);
  data.writeUInt32LE(2);
  data.writeBigUInt64LE(lamports, 4);
  return base58(data);
};

/** The positions of the accounts. The last one is loaded. */
const AT = { buyer: 0, tokens: 1, curve: 2, memo: 3, system: 4 } as const;

const bought = (inner: readonly { accounts: number[]; data: string }[]): ChainTransaction => {
  const memo = formatMemo({ operationId: "op_1", kind: "buy", leg: 1, legs: 1 });
  const paid = SPENT + GROWTH + (RENT - DUST) + 5_000n;
  return {
    slot: 7n,
    meta: {
      err: null,
      fee: 5_000n,
      preBalances: [5_000_000_000n, DUST, 3_000_000n, 1n, 1n],
      postBalances: [5_000_000_000n - paid, RENT, 3_000_000n + SPENT + GROWTH, 1n, 1n],
      preTokenBalances: [],
      postTokenBalances: [
        { accountIndex: 1, mint: TOKEN, owner: BUYER, uiTokenAmount: { amount: 77n, decimals: 6 } },
      ],
      innerInstructions: [{ instructions: inner.map((one) => ({ programIdIndex: AT.system, ...one })) }],
      loadedAddresses: { writable: [], readonly: [SYSTEM_PROGRAM] },
    },
    transaction: {
      signatures: ["signature"],
      message: {
        accountKeys: [BUYER, TOKENS, CURVE, MEMO_PROGRAM],
        header: { numRequiredSignatures: 1 },
        instructions: [
          { programIdIndex: AT.memo, accounts: [0], data: base58(new TextEncoder().encode(memo)) },
        ],
      },
    },
  };
};

const costOf = async (transaction: ChainTransaction) => {
  const line = { signature: "signature", slot: 7n, err: null, memo: "cto:1:op_1:buy:1/1" };
  const reader = {
    history: async () => [line],
    transaction: async () => transaction,
    decimals: async () => 6,
    walletMinimum: async () => MINIMUM,
    genesisHash: async () => "genesis",
  };
  const { legs } = await readFromChain(reader, { operationId: "op_1", addresses: [BUYER], token: TOKEN });
  return legs[0] ?? expect.fail("no leg");
};

const ALLOCATES = { accounts: [AT.tokens], data: base58(Uint8Array.of(8, 0, 0, 0)) };
const PAYS = { accounts: [AT.buyer, AT.curve], data: transferOf(SPENT) };
const GROWS = { accounts: [AT.buyer, AT.curve], data: transferOf(GROWTH) };

it("a buy may have cost less by what a program took for a market that grew, and by no more", async () => {
  const { lamports, mayBe } = await costOf(bought([ALLOCATES, GROWS, PAYS]));
  expect(lamports).toBe(SPENT + GROWTH);
  expect(mayBe).toEqual([SPENT + GROWTH, SPENT]);
});

it("nothing is taken for rent that no program moved, that others paid, or that is more than any account's", async () => {
  const stranger = { accounts: [AT.curve, AT.tokens], data: transferOf(GROWTH) };
  const most = { accounts: [AT.buyer, AT.curve], data: transferOf(5n * MINIMUM + 1n) };
  for (const inner of [
    [ALLOCATES, PAYS],
    [ALLOCATES, stranger],
    [ALLOCATES, most],
  ])
    expect((await costOf(bought(inner))).mayBe).toEqual([SPENT + GROWTH]);
});

it("top-ups count together only up to five wallet minimums, and four of them at most", async () => {
  const large = { accounts: [AT.buyer, AT.curve], data: transferOf(3n * MINIMUM) };
  const twice = await costOf(bought([ALLOCATES, large, large]));
  expect(new Set(twice.mayBe)).toEqual(new Set([twice.lamports, twice.lamports - 3n * MINIMUM]));
  const small = { accounts: [AT.buyer, AT.curve], data: transferOf(1n) };
  const many = await costOf(bought([ALLOCATES, small, small, small, small, small]));
  expect(Math.max(...many.mayBe.map((amount) => Number(many.lamports - amount)))).toBe(4);
});
