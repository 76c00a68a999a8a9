/** Provides a muster in its first round, and the run of one beat of it, for tests with a chain of their own. */
import type { Blockhash } from "@solana/kit";
import type { CallBook } from "../../src/engine/calls/call-book.ts";
import type { MusterRun } from "../../src/engine/calls/drive-muster.ts";
import type { Muster } from "../../src/engine/calls/muster.ts";
import { beginRound, createMuster, handOut, type Pledged } from "../../src/engine/calls/muster-moves.ts";

export const NOW = new Date("2026-12-01T12:00:00Z");
export const ENDS = new Date("2026-12-01T12:05:00Z");
export const LIFE = {
  blockhash: "hash" as Blockhash,
  blockhashSlot: 1_010n,
  blockHeight: 1_000n,
  lastValidBlockHeight: 1_150n,
};

/** The first round of these members, 10 lamports of one wallet at least. The first `asked` of them have their transaction. */
export function firstRound(pledges: readonly Pledged[], { asked = 1, endsAt = ENDS } = {}): Muster {
  const goal = { leastLamports: 10n, mostLamports: 100n, leastWallets: 1, endsAt };
  return pledges
    .slice(0, asked)
    .reduce(
      (muster, { wallet }) => handOut(muster, wallet, { now: NOW, height: 1_001n }),
      beginRound(createMuster(goal, pledges), LIFE, NOW, 60_000),
    );
}

/** Keeps a muster as a journal does. `found` is what it is now. */
export function bookWith(muster: Muster, others: Partial<CallBook> = {}) {
  const kept = { found: muster };
  const book: Partial<CallBook> = {
    read: async () => kept.found,
    async move(change) {
      kept.found = change(kept.found);
      return kept.found;
    },
    ...others,
  };
  return { book: book as CallBook, kept };
}

/** The run of a beat that nothing holds. Its blockhashes live for a minute. */
export const runWith = (
  book: CallBook,
  chain: object,
  { now, ...others }: Partial<MusterRun> & { readonly now: () => Date },
): MusterRun =>
  ({
    book,
    clock: { now },
    whyHeld: async () => null,
    call: { callId: "call_1" },
    ports: { chain: { blockhashLifeMs: () => 60_000, ...chain } },
    ...others,
  }) as unknown as MusterRun;
