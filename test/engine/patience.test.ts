/**
 * Attack: a member writes hundreds of transactions with its memo, so that its attempt cannot be proved dead. Each proof reads them all, and
 * the muster must not make it once a second until its end.
 */
import { expect, it } from "vitest";
import { beat } from "../../src/engine/calls/drive-muster.ts";
import { createPatience } from "../../src/engine/calls/patience.ts";
import type { Address, Lamports } from "../../src/engine/ports.ts";
import { bookWith, firstRound, NOW, runWith } from "./muster-parts.ts";

const ENDS = new Date("2026-12-01T12:10:00Z");

/** Beats once a second at this height, while no history can be read to its end. Returns how often each was read, and the phases. */
async function beats(seconds: number, { finalized = 1_200n, complete = false } = {}) {
  const pledges = (["A", "B"] as Address[]).map((wallet) => ({
    wallet,
    lamports: 10n as Lamports,
    way: "signs" as const,
  }));
  const { book, kept } = bookWith(firstRound(pledges, { asked: 2, endsAt: ENDS }));
  const reads = new Map<Address, number>();
  const chain = {
    latestBlockhash: async () => ({ blockhash: "newer", slot: 1_210n, lastValidBlockHeight: 1_350n }),
    readHistory: async (wallet: Address) => {
      reads.set(wallet, (reads.get(wallet) ?? 0) + 1);
      return [
        { endpoint: "one", finalizedBlockHeight: finalized, lines: [], complete, firstAvailableSlot: 0n },
      ];
    },
  };
  const patience = createPatience();
  for (let second = 0; second < seconds; second += 1)
    await beat(
      runWith(book, chain, {
        now: () => new Date(NOW.getTime() + second * 1_000),
        patience,
        whyHeld: async () => "a test",
      }),
    );
  const phases = kept.found.members.map(({ attempts }) => attempts[0]?.phase);
  return { reads: [...reads.values()], phases };
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
