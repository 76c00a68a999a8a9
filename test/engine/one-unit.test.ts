/**
 * Attack: a member moves one base unit of the token, or more, from another wallet of its own, in a transaction with its leg's
 * memo, for one fee. It is no purchase: otherwise the call counts as landed, page and receipt say that it bought for
 * all of its pledge, and both verifiers refuse the honest operator's receipt (rules 9 and 17).
 */

import type { Blockhash, Instruction } from "@solana/kit";
import { expect, it } from "vitest";
import { toWire } from "../../src/base/wire.ts";
import { newRecord } from "../../src/calls/call-record.ts";
import { parseTerms } from "../../src/calls/parse-terms.ts";
import { doesSame } from "../../src/chain/same-work.ts";
import type { Handed } from "../../src/engine/calls/call-book.ts";
import { examine } from "../../src/engine/calls/handed-out.ts";
import { accept, beginRound, createMuster, handOut, record } from "../../src/engine/calls/muster-moves.ts";
import { anyBought, meantBy, readResults } from "../../src/engine/calls/results.ts";
import type { Address, Chain, FinalTransaction, Lamports, Signature } from "../../src/engine/ports.ts";
import { createCallReceipt } from "../../src/receipts/call-receipt.ts";
import { validTerms } from "../calls/call.ts";
import { BUY, compile, limit, MEMBER, memo as memoOf, swap } from "../support/member-message.ts";

const NOW = new Date("2026-12-01T12:30:00Z");
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
const SOL = 1_000_000_000n;
const FEE = 5_000n;
/** 5 SOL buy no fewer at the cap of the terms. */
const LEAST = 100_000_000_000_000n;

/** The member's transaction with the memo: what it does, and what it took and brought. */
type Effect = {
  readonly tokens: bigint;
  readonly spent: bigint;
  readonly does: readonly Instruction[];
};

function staged({ tokens, spent, does }: Effect) {
  const wire = toWire(compile(does), [new Uint8Array(64).fill(7)]);
  const chain = {
    doesSame,
    readHistory: async () => [
      {
        endpoint: "one",
        finalizedBlockHeight: 9_000n,
        lines: [line],
        complete: true,
        firstAvailableSlot: 0n,
      },
    ],
    readFinal: async () =>
      ({
        signature: SIGNATURE,
        slot: 1_100n,
        failed: false,
        fee: FEE,
        wire,
        memos: [{ text: line.memos[0], signers: [MEMBER] }],
      }) as unknown as FinalTransaction,
    readTransaction: async () => ({
      slot: 1_100n,
      failed: false,
      changes: [{ address: MEMBER, before: 9n * SOL, after: 9n * SOL - spent - FEE }],
      tokens: [{ owner: MEMBER, mint, before: 3n, after: 3n + tokens }],
    }),
  } as unknown as Pick<Chain, "readHistory" | "readFinal" | "readTransaction" | "doesSame">;
  const book = {
    readHanded: async () => ({ messageBytes: compile(BUY), lookupTables: {} }) as Partial<Handed> as Handed,
  };
  return { chain, book };
}

/** The call's end, after a member that may have returned its signature has landed this. */
async function ended(effect: Effect, { returned = null as Signature | null } = {}) {
  const { chain, book } = staged(effect);
  const goal = { leastLamports: 5n, mostLamports: 10n ** 10n, leastWallets: 1, endsAt: call.closesAt };
  const pledges = [{ wallet: MEMBER as Address, lamports: (5n * SOL) as Lamports, way: "signs" as const }];
  const begun = beginRound(createMuster(goal, pledges), lifetime, NOW, 1);
  const handed = handOut(begun, MEMBER, { now: NOW, height: 1_001n });
  const signed = returned === null ? handed : accept(handed, MEMBER, returned, 1_002n);
  const [member] = signed.members;
  const [attempt] = member?.attempts ?? [];
  if (member === undefined || attempt === undefined) throw new Error("no attempt");
  const meant = meantBy({ book, chain }, signed, mint, { ...member, attempt });
  const found = await examine(chain, { ...meant, way: "signs", memo, attempt });
  const muster = record(signed, MEMBER, { round: 1, to: found?.to ?? "dead", landed: SIGNATURE });
  const results = await readResults({ chain, book }, muster, mint);
  const status = anyBought(muster, results) ? "landed" : "lapsed";
  const end = { at: NOW, why: "a test" };
  const receipt = createCallReceipt({ ...newRecord(call, NOW), status, muster, results, ended: end });
  // No second attempt is signed, whatever it is (R8).
  expect(found?.to).toBe("finalized");
  return { status: receipt?.status, totals: receipt?.totals };
}

/** Tokens that another wallet of the member moves or sells to it. */
const other: Instruction = { ...swap, data: Uint8Array.of(3) };

it.each([
  ["one base unit", { tokens: 1n, spent: 0n, does: [memoOf] }],
  ["enough tokens that were not paid for", { tokens: LEAST, spent: 0n, does: [other, memoOf] }],
  ["a purchase for half", { tokens: LEAST, spent: (5n * SOL) / 2n, does: [limit, other, memoOf] }],
  [
    "a purchase for all of it that was not handed out",
    { tokens: LEAST, spent: 5n * SOL, does: [other, memoOf] },
  ],
  [
    "the purchase, half of which is paid back",
    { tokens: LEAST, spent: (5n * SOL) / 2n, does: [...BUY, other] },
  ],
])("%s with the memo is no purchase of five SOL", async (_, effect) => {
  expect(await ended(effect)).toMatchObject({ status: "failed", totals: { landed: 0, lamports: "0" } });
});

it("what was handed out is one, whoever sent it", async () => {
  const bought = { status: "completed", totals: { landed: 1, lamports: "5000000000" } };
  expect(await ended({ tokens: LEAST, spent: 5n * SOL + 2_000_000n, does: BUY })).toMatchObject(bought);
  // A wallet that only sends may choose other limits.
  expect(await ended({ tokens: LEAST, spent: 5n * SOL, does: [swap, memoOf] })).toMatchObject(bought);
  // What came back was compared with what was handed out.
  expect(await ended({ tokens: LEAST, spent: 5n * SOL, does: BUY }, { returned: SIGNATURE })).toMatchObject(
    bought,
  );
});
