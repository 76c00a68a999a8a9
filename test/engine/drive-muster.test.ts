/**
 * Tests one beat of a muster: when it releases, what it sends, and what it believes of what the chain shows. The chain is
 * a stand-in at one height.
 */
import { describe, expect, it } from "vitest";
import { beat } from "../../src/engine/calls/drive-muster.ts";
import type { Muster, Phase } from "../../src/engine/calls/muster.ts";
import { accept, record, release } from "../../src/engine/calls/muster-moves.ts";
import type { Address, Failure, Lamports, Signature } from "../../src/engine/ports.ts";
import { bookWith, ENDS, firstRound, NOW, runWith } from "./muster-parts.ts";

const A = "A" as Address;
const SIGNED = "signed by A" as Signature;

/** One member, whose signature is the least and is in hand. */
const signed = (): Muster =>
  accept(firstRound([{ wallet: A, lamports: 10n as Lamports, way: "signs" }]), A, SIGNED, 1_010n);
const released = (): Muster => release(signed(), 1_020n);
const sent = (): Muster => record(released(), A, { round: 1, to: "sent" });

type View = { readonly state: "unseen" | "confirmed" | "finalized"; readonly failure: Failure | null };

/** Makes one beat at a height within the round. Returns the muster after it, and how often something was sent. */
async function afterBeat(
  before: Muster,
  {
    now = NOW,
    endsMeanwhile = false,
    cached = 1_020n,
    fresh = 1_020n,
    view = { state: "unseen", failure: null } as View,
    says = [true],
  } = {},
) {
  let time = now;
  let sends = 0;
  const { book, kept } = bookWith(before, {
    async readReturned() {
      if (endsMeanwhile) time = ENDS;
      return "wire" as never;
    },
  });
  const chain = {
    latestBlockhash: async (how?: { fresh?: boolean }) => ({
      blockhash: "newer",
      slot: 1_030n,
      lastValidBlockHeight: (how?.fresh === true ? fresh : cached) + 150n,
    }),
    broadcast: async () => {
      sends += 1;
      return "sent";
    },
    watch: async () => view,
    gatherEvidence: async () =>
      says.map((finalized) => ({
        statuses: new Map([[SIGNED, { slot: 1_025n, finalized, failure: null }]]),
      })),
  };
  await beat(runWith(book, chain, { now: () => time }));
  const { released, members } = kept.found;
  const phase: Phase | undefined = members[0]?.attempts[0]?.phase;
  return { released, phase, sends };
}

describe("a beat of a muster", () => {
  it("releases what is signed, and sends it", async () => {
    expect(await afterBeat(signed())).toEqual({ released: true, phase: "sent", sends: 1 });
  });

  it("does not release by a height of some seconds ago: it may be too late by now", async () => {
    const inTime = { released: true, phase: "sent", sends: 1 };
    expect(await afterBeat(signed(), { cached: 1_119n, fresh: 1_120n })).toEqual(inTime);
    const late = { released: false, phase: "signed", sends: 0 };
    expect(await afterBeat(signed(), { cached: 1_119n, fresh: 1_121n })).toEqual(late);
  });

  it("releases and sends nothing after the muster's end, although the blockhash lives", async () => {
    const late = await afterBeat(signed(), { now: ENDS });
    expect(late).toEqual({ released: false, phase: "signed", sends: 0 });
  });

  it("sends what a server has released before it died, but not for the first time after the muster's end", async () => {
    expect(await afterBeat(released())).toEqual({ released: true, phase: "sent", sends: 1 });
    expect(await afterBeat(released(), { now: ENDS })).toEqual({ released: true, phase: "signed", sends: 0 });
  });

  it("sends the same bytes again after the muster's end, if they were sent before it", async () => {
    expect(await afterBeat(sent(), { now: ENDS })).toEqual({ released: true, phase: "sent", sends: 1 });
  });

  it("sends nothing more when the muster ends while it reads what to send", async () => {
    const cut = await afterBeat(released(), { endsMeanwhile: true });
    expect(cut).toEqual({ released: true, phase: "signed", sends: 0 });
  });

  it("believes that a buy has landed for good only once it is final", async () => {
    for (const state of ["confirmed", "finalized"] as const)
      expect((await afterBeat(sent(), { view: { state, failure: null } })).phase).toBe(state);
  });

  it("does not believe one endpoint that a buy is final, if another one does not say so", async () => {
    const view: View = { state: "finalized", failure: null };
    expect((await afterBeat(sent(), { view, says: [true, false] })).phase).toBe("confirmed");
    expect((await afterBeat(sent(), { view, says: [true, true] })).phase).toBe("finalized");
    expect((await afterBeat(sent(), { view, says: [] })).phase).toBe("confirmed");
  });

  it("sends again what a fork has dropped after it was confirmed, and no longer shows it as landed", async () => {
    const confirmed = record(sent(), A, { round: 1, to: "confirmed", landed: SIGNED });
    expect(await afterBeat(confirmed)).toEqual({ released: true, phase: "sent", sends: 0 });
    const dropped = record(confirmed, A, { round: 1, to: "sent" });
    expect(dropped.members[0]?.attempts[0]).not.toHaveProperty("landed");
    expect(await afterBeat(dropped)).toEqual({ released: true, phase: "sent", sends: 1 });
  });

  it("takes the failure of one transaction as no proof: another one of the same buy may land", async () => {
    const failure: Failure = { code: "CTO_E_TRANSACTION_FAILED", message: "it failed" } as never;
    expect((await afterBeat(sent(), { view: { state: "finalized", failure } })).phase).toBe("sent");
  });
});
