/** Tests what a call's receipt says of rounds that were released, and of members who signed and withdrew. */
import type { Blockhash } from "@solana/kit";
import { expect, it } from "vitest";
import { callRecordText, newRecord, parseCallRecord } from "../../src/calls/call-record.ts";
import { parseTerms } from "../../src/calls/parse-terms.ts";
import type { Muster } from "../../src/engine/calls/muster.ts";
import {
  accept,
  beginRound,
  createMuster,
  handOut,
  record,
  release,
  withdraw,
} from "../../src/engine/calls/muster-moves.ts";
import type { Address, Lamports, Signature } from "../../src/engine/ports.ts";
import { createCallReceipt } from "../../src/receipts/call-receipt.ts";
import { generateKeypair } from "../../src/wallets/keypair.ts";
import { validTerms } from "../calls/call.ts";

const NOW = new Date("2026-12-01T12:30:00Z");
const call = parseTerms(validTerms());
const [A, B] = [generateKeypair().address, generateKeypair().address];
const lifeOf = (blockHeight: bigint) => ({
  blockhash: A as string as Blockhash,
  blockhashSlot: blockHeight,
  blockHeight,
  lastValidBlockHeight: blockHeight + 150n,
});
const goal = {
  leastLamports: 10n,
  mostLamports: 20n,
  leastWallets: 1,
  endsAt: new Date(NOW.getTime() + 600_000),
};

/** A round in which both are handed their transactions and sign them. */
function signedRound(before: Muster, blockHeight: bigint): Muster {
  const height = blockHeight + 1n;
  return [A, B].reduce(
    (muster, wallet, at) =>
      accept(
        handOut(muster, wallet, { now: NOW, height }),
        wallet,
        `${at + 2}`.repeat(88) as Signature,
        height,
      ),
    beginRound(before, lifeOf(blockHeight), NOW, 60_000),
  );
}
const created = createMuster(
  goal,
  [A, B].map((wallet) => ({ wallet, lamports: 10n as Lamports, way: "signs" as const })),
);
const dead = (muster: Muster): Muster =>
  [A, B].reduce((left, wallet: Address) => record(left, wallet, { round: 1, to: "dead" }), muster);

const receiptOf = (muster: Muster) => {
  const stored = callRecordText({ ...newRecord(call, NOW), status: "mustering", muster });
  const receipt = createCallReceipt(parseCallRecord(stored));
  return receipt?.call ?? expect.fail("no receipt");
};

it("says that it was released, also if all that was sent died and a second round was not", () => {
  const first = release(signedRound(created, 1_000n), 1_010n);
  expect(receiptOf(first)).toMatchObject({ released: true, signed: { wallets: 2 } });
  const second = beginRound(dead(first), lifeOf(2_000n), NOW, 60_000);
  expect(second.released).toBe(false);
  expect(receiptOf(second)).toMatchObject({ released: true, signed: { wallets: 2 } });
  // What counted in the first round still did.
  expect(receiptOf(withdraw(second, B))).toMatchObject({ released: true, signed: { wallets: 2 } });
});

it("does not say so of rounds that were not released", () => {
  const second = beginRound(dead(signedRound(created, 1_000n)), lifeOf(2_000n), NOW, 60_000);
  expect(receiptOf(second)).toMatchObject({ released: false, signed: { wallets: 2 }, dropped: 2 });
});

it("counts no member as signed, or dropped, who withdrew before the release", () => {
  const left = withdraw(signedRound(created, 1_000n), B);
  expect(receiptOf(left)).toMatchObject({ signed: { wallets: 1 }, dropped: 1 });
  expect(receiptOf(release(left, 1_010n))).toMatchObject({ released: true, signed: { wallets: 1 } });
});

it("counts no member as signed who withdrew before the release of the first round, also in the second one", () => {
  const first = release(withdraw(signedRound(created, 1_000n), B), 1_010n);
  const second = beginRound(dead(first), lifeOf(2_000n), NOW, 60_000);
  expect(receiptOf(second)).toMatchObject({ released: true, signed: { wallets: 1 }, dropped: 1 });
});
