/** Tests that the receipt of a call agrees with itself once something has landed, before the results are read. */
import type { Blockhash } from "@solana/kit";
import { expect, it } from "vitest";
import { newRecord } from "../../src/calls/call-record.ts";
import { parseTerms } from "../../src/calls/parse-terms.ts";
import {
  accept,
  beginRound,
  createMuster,
  handOut,
  record,
  release,
} from "../../src/engine/calls/muster-moves.ts";
import type { Lamports, Signature } from "../../src/engine/ports.ts";
import { createCallReceipt } from "../../src/receipts/call-receipt.ts";
import { contradictions } from "../../src/receipts/contradictions.ts";
import { generateKeypair } from "../../src/wallets/keypair.ts";
import { validTerms } from "../calls/call.ts";

const NOW = new Date("2026-12-01T12:30:00Z");
const wallet = generateKeypair().address;
const signature = "2".repeat(88) as Signature;

it("a receipt under way agrees with itself", () => {
  const endsAt = new Date(NOW.getTime() + 600_000);
  const goal = { leastLamports: 10n, mostLamports: 20n, leastWallets: 1, endsAt };
  const pledged = [{ wallet, lamports: 10n as Lamports, way: "signs" as const }];
  const lifetime = {
    blockhash: wallet as string as Blockhash,
    blockhashSlot: 9n,
    blockHeight: 9n,
    lastValidBlockHeight: 159n,
  };
  const begun = beginRound(createMuster(goal, pledged), lifetime, NOW, 60_000);
  const signed = accept(handOut(begun, wallet, { now: NOW, height: 9n }), wallet, signature, 9n);
  const sent = record(release(signed, 9n), wallet, { round: 1, to: "sent" });
  for (const to of ["confirmed", "finalized"] as const) {
    const muster = record(sent, wallet, { round: 1, to, landed: signature });
    const receipt = createCallReceipt({
      ...newRecord(parseTerms(validTerms()), NOW),
      status: "mustering",
      muster,
    });
    if (receipt === null) throw new Error("no receipt");
    expect(contradictions(receipt)).toEqual([]);
  }
});
