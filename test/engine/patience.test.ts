/**
 * Attack: a member writes hundreds of transactions with its memo, so that its attempt cannot be proved dead. Each proof reads them all, and
 * the muster must not make it once a second until its end.
 */
import type { Blockhash } from "@solana/kit";
import { expect, it } from "vitest";
import type { CallBook } from "../../src/engine/calls/call-book.ts";
import { beat, type MusterRun } from "../../src/engine/calls/drive-muster.ts";
import type { Muster } from "../../src/engine/calls/muster.ts";
import { beginRound, createMuster, handOut } from "../../src/engine/calls/muster-moves.ts";
import { createPatience } from "../../src/engine/calls/patience.ts";
import type { Address, Lamports } from "../../src/engine/ports.ts";

const NOW = new Date("2026-12-01T12:00:00Z");
const ENDS = new Date("2026-12-01T12:10:00Z");
const [A, B] = ["A", "B"] as Address[] as [Address, Address];
const LIFE = {
  blockhash: "hash" as Blockhash,
  blockhashSlot: 1_010n,
  blockHeight: 1_000n,
  lastValidBlockHeight: 1_150n,
};

/** Beats once a second at this height, while no history can be read to its end. Returns how often each was read, and the phases. */
async function beats(seconds: number, { finalized = 1_200n, complete = false } = {}) {
  const goal = { leastLamports: 10n, mostLamports: 100n, leastWallets: 1, endsAt: ENDS };
  const pledges = [A, B].map((wallet) => ({ wallet, lamports: 10n as Lamports, way: "signs" as const }));
  const begun = beginRound(createMuster(goal, pledges), LIFE, NOW, 60_000);
  let muster: Muster = [A, B].reduce(
    (handed, wallet) => handOut(handed, wallet, { now: NOW, height: 1_001n }),
    begun,
  );
  const book = {
    read: async () => muster,
    move: async (change: (found: Muster) => Muster) => {
      muster = change(muster);
      return muster;
    },
  } as unknown as CallBook;
  const reads = new Map<Address, number>();
  const chain = {
    latestBlockhash: async () => ({ blockhash: "newer", slot: 1_210n, lastValidBlockHeight: 1_350n }),
    blockhashLifeMs: () => 60_000,
    readHistory: async (wallet: Address) => {
      reads.set(wallet, (reads.get(wallet) ?? 0) + 1);
      return [
        { endpoint: "one", finalizedBlockHeight: finalized, lines: [], complete, firstAvailableSlot: 0n },
      ];
    },
  };
  const patience = createPatience();
  for (let second = 0; second < seconds; second += 1)
    await beat({
      book,
      clock: { now: () => new Date(NOW.getTime() + second * 1_000) },
      patience,
      whyHeld: async () => "a test",
      call: { callId: "call_1" },
      ports: { chain },
    } as unknown as MusterRun);
  return { reads: [...reads.values()], phases: muster.members.map(({ attempts }) => attempts[0]?.phase) };
}

it("a proof that fails is made again after pauses that double up to a minute", async () => {
  // At 0, 2, 6, 14, 30, 62 and 122 s, and then once a minute.
  expect(await beats(123)).toEqual({ reads: [7, 7], phases: ["needs_review", "needs_review"] });
  expect((await beats(300)).reads).toEqual([9, 9]);
});

it("what is too early to be proved is asked of one member at each beat", async () => {
  const early = await beats(10, { finalized: 1_151n, complete: true });
  expect(early).toEqual({ reads: [10], phases: ["handed_out", "handed_out"] });
});
