/**
 * Tests a buy of an earlier release that also unwrapped its buyer's SOL: that SOL does not count as a gain of the
 * buyer.
 */
import { type Address, getBase58Decoder } from "@solana/kit";
import { expect, it } from "vitest";
import { formatMemo } from "../../src/engine/transaction/memo-text.ts";
import { addressOf } from "../../src/journal/contract/harness.ts";
import type { ChainTransaction } from "../../src/receipts/chain-reader.ts";
import { readFromChain } from "../../src/receipts/from-chain.ts";
import { WRAPPED_SOL_MINT } from "../../src/venues/token-layout.ts";

const MEMO_PROGRAM = "MemoSq4gqABAXKb96qnH8TysNcWxMyWCqXgDLGmfcHr";
const SYSTEM_PROGRAM = "11111111111111111111111111111111";
const RENT = 2_039_280n;
const [BUYER, WRAPPED, TOKENS, TOKEN] = ["buyer", "wrapped", "tokens", "token"].map((of) =>
  addressOf(of),
) as [Address, Address, Address, Address];

const base58 = (bytes: Uint8Array): string => getBase58Decoder().decode(bytes);

const boughtWith = (wrapped: bigint): ChainTransaction => {
  const memo = formatMemo({ operationId: "op_1", kind: "buy", leg: 1, legs: 1 });
  const held = (accountIndex: number, mint: Address, amount: bigint) => ({
    accountIndex,
    mint,
    owner: BUYER,
    uiTokenAmount: { amount, decimals: 9 },
  });
  return {
    slot: 7n,
    meta: {
      err: null,
      fee: 5_000n,
      preBalances: [5_000_000_000n, RENT + wrapped, 0n, 1n, 1n],
      postBalances: [5_000_000_000n - 100_000_000n - 5_000n - RENT + RENT + wrapped, 0n, RENT, 1n, 1n],
      preTokenBalances: [held(1, WRAPPED_SOL_MINT, wrapped)],
      postTokenBalances: [held(2, TOKEN, 77n)],
      innerInstructions: [
        {
          // The System program allocates the token account.
          instructions: [{ programIdIndex: 4, accounts: [2], data: base58(Uint8Array.of(8, 0, 0, 0)) }],
        },
      ],
    },
    transaction: {
      signatures: ["signature"],
      message: {
        accountKeys: [BUYER, WRAPPED, TOKENS, MEMO_PROGRAM, SYSTEM_PROGRAM],
        header: { numRequiredSignatures: 1 },
        instructions: [{ programIdIndex: 3, accounts: [0], data: base58(new TextEncoder().encode(memo)) }],
      },
    },
  } as ChainTransaction;
};

it.each([0n, 400_000_000n])(
  "a buy is what it cost, with %i lamports unwrapped beside it",
  async (wrapped) => {
    const line = { signature: "signature", slot: 7n, err: null, memo: "cto:1:op_1:buy:1/1" };
    const reader = {
      history: async () => [line],
      transaction: async () => boughtWith(wrapped),
      decimals: async () => 6,
      walletMinimum: async () => 890_880n,
      genesisHash: async () => "genesis",
    };
    const request = { operationId: "op_1", addresses: [BUYER], token: TOKEN };
    const { legs, problems } = await readFromChain(reader, request);
    expect(problems).toEqual([]);
    expect(legs.map(({ lamports, tokens }) => [lamports, tokens])).toEqual([[100_000_000n, 77n]]);
  },
);
