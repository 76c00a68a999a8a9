/** Tests that those who sign first do not end the muster for the others, who are still within their time. */
import type { Blockhash } from "@solana/kit";
import { expect, it } from "vitest";
import type { CallBook } from "../../src/engine/calls/call-book.ts";
import { beat, type MusterRun } from "../../src/engine/calls/drive-muster.ts";
import type { Muster } from "../../src/engine/calls/muster.ts";
import {
  accept,
  beginRound,
  createMuster,
  handOut,
  record,
  release,
} from "../../src/engine/calls/muster-moves.ts";
import type { Address, Lamports, Signature } from "../../src/engine/ports.ts";

const NOW = new Date("2026-12-01T12:00:00Z");
const ENDS = new Date("2026-12-01T12:05:00Z");
const [A, B, C] = ["A", "B", "C"] as Address[] as [Address, Address, Address];
const LIFE = {
  blockhash: "hash" as Blockhash,
  blockhashSlot: 1_010n,
  blockHeight: 1_000n,
  lastValidBlockHeight: 1_150n,
};

function landed(way: "signs" | "sends"): Muster {
  const goal = { leastLamports: 10n, mostLamports: 100n, leastWallets: 1, endsAt: ENDS };
  const created = createMuster(goal, [
    { wallet: A, lamports: 10n as Lamports, way: "signs" },
    { wallet: B, lamports: 10n as Lamports, way },
    { wallet: C, lamports: 10n as Lamports, way },
  ]);
  const handed = handOut(beginRound(created, LIFE, NOW, 60_000), A, { now: NOW, height: 1_001n });
  const sent = record(release(accept(handed, A, "s" as Signature, 1_002n), 1_002n), A, {
    round: 1,
    to: "sent",
  });
  return record(sent, A, { round: 1, to: "finalized", landed: "s" as Signature });
}

async function beatAt(muster: Muster, height: bigint, now = NOW) {
  const book = {
    read: async () => muster,
    move: async (change: (found: Muster) => Muster) => change(muster),
  } as unknown as CallBook;
  const chain = {
    latestBlockhash: async () => ({
      blockhash: "newer",
      slot: height + 10n,
      lastValidBlockHeight: height + 150n,
    }),
    blockhashLifeMs: () => 60_000,
  };
  return beat({
    book,
    clock: { now: () => now },
    whyHeld: async () => null,
    call: { callId: "call_1" },
    ports: { chain },
  } as unknown as MusterRun);
}

it.each(["signs", "sends"] as const)(
  "the muster goes on until signing closes, while members of way %s may still ask",
  async (way) => {
    expect(await beatAt(landed(way), 1_005n)).toEqual({ kind: "on" });
    expect(await beatAt(landed(way), 1_090n)).toEqual({ kind: "on" });
    expect(await beatAt(landed(way), 1_091n)).toMatchObject({ kind: "over", landed: true });
    expect(await beatAt(landed(way), 1_005n, ENDS)).toMatchObject({ kind: "over", landed: true });
  },
);
