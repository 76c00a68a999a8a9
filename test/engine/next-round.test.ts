/** Tests that a round which was composed for one muster does not begin in another one: its members may be others. */
import type { Blockhash } from "@solana/kit";
import { expect, it, vi } from "vitest";
import type { CallBook } from "../../src/engine/calls/call-book.ts";
import { beat, type MusterRun } from "../../src/engine/calls/drive-muster.ts";
import type { Muster } from "../../src/engine/calls/muster.ts";
import { createMuster } from "../../src/engine/calls/muster-moves.ts";
import type { Address, Lamports } from "../../src/engine/ports.ts";

const NOW = new Date("2026-12-01T12:00:00Z");
const goal = {
  leastLamports: 10n,
  mostLamports: 10n,
  leastWallets: 1,
  endsAt: new Date("2026-12-01T12:05:00Z"),
};
const lifetime = {
  blockhash: "hash" as Blockhash,
  blockhashSlot: 1_010n,
  blockHeight: 1_000n,
  lastValidBlockHeight: 1_150n,
};
/** What happens while a round is composed, which takes a while. */
const meanwhile = vi.hoisted(() => ({ happens: () => {} }));

vi.mock("../../src/engine/calls/compose-round.ts", () => ({
  composeRound: async () => {
    meanwhile.happens();
    return { lifetime, handed: [] };
  },
}));

const musterOf = (wallet: string, number: number): Muster => ({
  ...createMuster(goal, [{ wallet: wallet as Address, lamports: 10n as Lamports, way: "signs" }]),
  number,
});

/** Makes a beat of the first muster, after which `next` stands when its round is composed. Returns the muster after it. */
async function beatBefore(next: Muster): Promise<Muster> {
  let muster = musterOf("A", 1);
  meanwhile.happens = () => {
    muster = next;
  };
  const book = {
    read: async () => muster,
    async move(change: (found: Muster) => Muster) {
      muster = change(muster);
      return muster;
    },
  } as unknown as CallBook;
  const latestBlockhash = async () => ({ blockhash: "hash", slot: 1_010n, lastValidBlockHeight: 1_150n });
  await beat({
    book,
    clock: { now: () => NOW },
    whyHeld: async () => null,
    call: { callId: "call_1" },
    ports: { chain: { latestBlockhash, blockhashLifeMs: () => 60_000 } },
  } as unknown as MusterRun);
  return muster;
}

it("begins in the muster that it was composed for, also if a member has withdrawn meanwhile", async () => {
  const [member] = musterOf("A", 1).members;
  const [late] = musterOf("B", 1).members;
  if (member === undefined || late === undefined) throw new Error("no member");
  const next = { ...musterOf("A", 1), members: [member, { ...late, withdrawn: true }] };
  expect(await beatBefore(next)).toEqual({ ...next, round: 1, lifetime });
});

it("does not begin in the next muster, after the call went back to pledging", async () => {
  const next = musterOf("B", 2);
  expect(await beatBefore(next)).toBe(next);
});
