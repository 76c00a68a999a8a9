/**
 * Attack: a member that never signed moves one base unit of the token from another wallet of its own, in a transaction with its
 * leg's memo, for one fee. The call is then "landed": page and receipt say that it bought for all of its pledge, and both
 * verifiers refuse the honest operator's receipt (rules 9 and 17).
 */
import type { Blockhash } from "@solana/kit";
import { expect, it } from "vitest";
import { newRecord } from "../../src/calls/call-record.ts";
import { parseTerms } from "../../src/calls/parse-terms.ts";
import { examine } from "../../src/engine/calls/handed-out.ts";
import { beginRound, createMuster, handOut, record } from "../../src/engine/calls/muster-moves.ts";
import { anyBought } from "../../src/engine/calls/results.ts";
import type { Address, Chain, FinalTransaction, Lamports, Signature } from "../../src/engine/ports.ts";
import { createCallReceipt } from "../../src/receipts/call-receipt.ts";
import { generateKeypair } from "../../src/wallets/keypair.ts";
import { validTerms } from "../calls/call.ts";

const NOW = new Date("2026-12-01T12:30:00Z");
const MEMBER = generateKeypair().address;
const SIGNATURE = "2".repeat(88) as Signature;
const call = parseTerms({ ...validTerms(), leastWallets: 1, leastLamports: "5000000000" });
const { callId, mint } = call.terms;
const lifetime = {
  blockhash: "hash" as Blockhash,
  blockhashSlot: 1_010n,
  blockHeight: 1_000n,
  lastValidBlockHeight: 1_150n,
};
const memo = { operationId: callId, kind: "buy", leg: 1, legs: 1 } as const;
const line = { signature: SIGNATURE, slot: 1_100n, failed: false, memos: [`cto:1:${callId}:buy:1/1`] };
const chain = {
  readHistory: async () => [
    { endpoint: "one", finalizedBlockHeight: 9_000n, lines: [line], complete: true, firstAvailableSlot: 0n },
  ],
  readFinal: async () =>
    ({
      signature: SIGNATURE,
      slot: 1_100n,
      failed: false,
      memos: [{ text: line.memos[0], signers: [MEMBER] }],
    }) as unknown as FinalTransaction,
  readTransaction: async () => ({
    slot: 1_100n,
    failed: false,
    changes: [{ address: MEMBER, before: 5_005_000n, after: 5_000_000n }],
    tokens: [{ owner: MEMBER, mint, before: 0n, after: 1n }],
  }),
} as unknown as Pick<Chain, "readHistory" | "readFinal" | "readTransaction">;

it("one base unit with the memo is no purchase of five SOL", async () => {
  const goal = { leastLamports: 5n, mostLamports: 10n ** 10n, leastWallets: 1, endsAt: call.closesAt };
  const pledges = [
    { wallet: MEMBER as Address, lamports: 5_000_000_000n as Lamports, way: "signs" as const },
  ];
  const handed = handOut(beginRound(createMuster(goal, pledges), lifetime, NOW, 1), MEMBER, {
    now: NOW,
    height: 1_001n,
  });
  const found = await examine(chain, { wallet: MEMBER, way: "signs", memo, attempt: { lifetime }, mint });
  const muster = record(handed, MEMBER, { round: 1, to: found?.to ?? "dead", landed: SIGNATURE });
  const results = [
    { wallet: MEMBER, signature: SIGNATURE, slot: 1_100n, tokens: 1n, lamports: 5_000n, fee: 5_000n },
  ];
  const ended = { at: NOW, why: "a test" };
  const status = anyBought(muster, results) ? "landed" : "lapsed";
  const receipt = createCallReceipt({ ...newRecord(call, NOW), status, muster, results, ended });
  expect({ status: receipt?.status, totals: receipt?.totals }).toMatchObject({
    status: "failed",
    totals: { landed: 0, lamports: "0" },
  });
});
