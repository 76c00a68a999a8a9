/**
 * Tests the muster: who is handed what, that nothing is sent before the least is signed, and that a second round waits
 * for proof. The property tests make random moves and look at the result with rules of their own.
 */
import type { Blockhash } from "@solana/kit";
import { describe, expect, it } from "vitest";
import {
  type Goal,
  type HandedOut,
  isEnough,
  isLegalPhase,
  type Lifetime,
  type Muster,
  PHASES,
  type Phase,
  signersOf,
  signingClosesAt,
  statusOf,
  toSend,
  type Way,
} from "../../src/engine/calls/muster.ts";
import {
  accept,
  beginRound,
  createMuster,
  handOut,
  record,
  release,
  whyNoRound,
  withdraw,
} from "../../src/engine/calls/muster-moves.ts";
import { signedWords } from "../../src/engine/calls/signed-words.ts";
import type { Address, Lamports, Signature } from "../../src/engine/ports.ts";
import { isCTOError } from "../../src/errors/index.ts";
import fc from "../support/fast-check.ts";

const NOW = new Date("2026-12-01T12:00:00Z");
const LIFE_MS = 60_000;
const later = (ms: number): Date => new Date(NOW.getTime() + ms);
const GOAL: Goal = { leastLamports: 30n, mostLamports: 100n, leastWallets: 3, endsAt: later(600_000) };
const life = (blockHeight: bigint): Lifetime => ({
  blockhash: `hash${blockHeight}` as Blockhash,
  blockhashSlot: blockHeight + 10n,
  blockHeight,
  lastValidBlockHeight: blockHeight + 150n,
});
const FIRST = life(1_000n);
const SECOND = life(2_000n);
const wallets = ["A", "B", "C", "D", "E"] as Address[];
const [A, B, C, D, E] = wallets as [Address, Address, Address, Address, Address];
const pledged = (wallet: Address, lamports = 10n, way: Way = "signs") => ({
  wallet,
  lamports: lamports as Lamports,
  way,
});
const sig = (text: string): Signature => text as Signature;
const early = { now: NOW, height: 1_001n };

/** Three that sign and one that only sends, the first round begun. */
const begun = (): Muster =>
  beginRound(
    createMuster(GOAL, [pledged(A), pledged(B), pledged(C), pledged(D, 10n, "sends")]),
    FIRST,
    NOW,
    LIFE_MS,
  );
const handedOut = (...to: Address[]): Muster =>
  to.reduce((muster, wallet) => handOut(muster, wallet, early), begun());
const signedBy = (...by: Address[]): Muster =>
  by.reduce((muster, wallet) => accept(muster, wallet, sig(`s${wallet}`), 1_050n), handedOut(A, B, C));
const phaseOf = ({ members }: Muster, wallet: Address): Phase | undefined =>
  members.find((one) => one.wallet === wallet)?.attempts.at(-1)?.phase;

/** The code that a move is refused with. */
function refusal(move: () => unknown): string | null {
  try {
    move();
    return null;
  } catch (error) {
    if (!isCTOError(error)) throw error;
    return error.code;
  }
}

describe("who takes part", () => {
  it("is decided by the order of the pledges, up to the most", () => {
    const { members } = createMuster(GOAL, [
      pledged(A, 60n),
      pledged(B, 50n),
      pledged(C, 40n),
      pledged(D, 1n),
    ]);
    expect(members.map(({ wallet }) => wallet)).toEqual([A, C]);
  });

  it("names no wallet twice", () => {
    expect(refusal(() => createMuster(GOAL, [pledged(A), pledged(A)]))).toBe("CTO_E_MUSTER_MOVE_REFUSED");
  });
});

it("has a bounded number of members, so that a round fits into the life of a blockhash", () => {
  const pledges = Array.from({ length: 1_001 }, (_, at) => ({
    ...pledged(A),
    wallet: `W${at}` as Address,
    lamports: 1n as Lamports,
  }));
  const goal = { ...GOAL, mostLamports: 1_001n };
  expect(createMuster(goal, pledges).members).toHaveLength(1_000);
});

describe("handing out", () => {
  it("gives the same attempt again to a page that is opened anew", () => {
    const once = handedOut(A);
    expect(handOut(once, A, early)).toBe(once);
  });

  it.each([
    ["before a round", () => handOut(createMuster(GOAL, [pledged(A)]), A, early)],
    ["after signing closed", () => handOut(begun(), A, { now: NOW, height: 1_091n })],
    ["after the muster", () => handOut(begun(), A, { now: GOAL.endsAt, height: 1_001n })],
    ["to a wallet that withdrew", () => handOut(withdraw(begun(), A), A, early)],
    ["to a wallet that only sends, before the least was sent", () => handOut(begun(), D, early)],
    [
      "to a wallet that only sends, before all of the least was sent",
      () => handOut(record(release(signedBy(A, B, C), 1_060n), A, { round: 1, to: "sent" }), D, early),
    ],
  ])("does not happen %s", (_, move) => {
    expect(refusal(move)).toBe("CTO_E_MUSTER_NOTHING_TO_SIGN");
  });

  it("does not happen to a stranger", () => {
    expect(refusal(() => handOut(begun(), E, early))).toBe("CTO_E_MUSTER_NOT_A_MEMBER");
  });

  it("happens once to a wallet that only sends, when the least was sent", () => {
    let muster = release(signedBy(A, B, C), 1_060n);
    for (const wallet of [A, B, C]) muster = record(muster, wallet, { round: 1, to: "sent" });
    muster = handOut(muster, D, { now: NOW, height: 1_070n });
    expect(phaseOf(muster, D)).toBe("handed_out");
    expect(refusal(() => handOut(muster, D, { now: NOW, height: 1_071n }))).toBe("CTO_E_MUSTER_HANDED_ONCE");
    expect(refusal(() => accept(muster, D, sig("sD"), 1_070n))).toBe("CTO_E_MUSTER_NOTHING_TO_SIGN");
    expect(refusal(() => record(muster, D, { round: 1, to: "dead" }))).toBe("CTO_E_MUSTER_MOVE_REFUSED");
    expect(phaseOf(record(muster, D, { round: 1, to: "finalized" }), D)).toBe("finalized");
  });
});

describe("signing", () => {
  it("closes at 60 % of the blockhash's life", () => {
    expect(signingClosesAt(FIRST)).toBe(1_090n);
    expect(phaseOf(accept(handedOut(A), A, sig("s"), 1_090n), A)).toBe("signed");
    expect(refusal(() => accept(handedOut(A), A, sig("s"), 1_091n))).toBe("CTO_E_MUSTER_SIGNED_LATE");
  });

  it("is late after 20 s with slots of 200 ms, and in time with slots of 400 ms", () => {
    const heightAfter = (seconds: number, slotMs: number): bigint =>
      FIRST.blockHeight + BigInt((seconds * 1_000) / slotMs);
    expect(refusal(() => accept(handedOut(A), A, sig("s"), heightAfter(20, 200)))).toBe(
      "CTO_E_MUSTER_SIGNED_LATE",
    );
    expect(refusal(() => accept(handedOut(A), A, sig("s"), heightAfter(20, 400)))).toBeNull();
  });

  it("takes the first signature: a double click changes nothing, another one is refused", () => {
    const once = signedBy(A);
    expect(accept(once, A, sig("sA"), 1_060n)).toBe(once);
    expect(accept(once, A, sig("sA"), 9_999n)).toBe(once);
    expect(refusal(() => accept(once, A, sig("other"), 1_060n))).toBe("CTO_E_MUSTER_SIGNED_ALREADY");
  });

  it.each([
    ["nothing was handed out", () => accept(begun(), A, sig("s"), 1_050n)],
    ["the wallet withdrew", () => accept(withdraw(handedOut(A), A), A, sig("s"), 1_050n)],
    [
      "it has landed",
      () => accept(record(handedOut(A), A, { round: 1, to: "finalized" }), A, sig("s"), 1_050n),
    ],
  ])("is refused when %s", (_, move) => {
    expect(refusal(move)).toBe("CTO_E_MUSTER_NOTHING_TO_SIGN");
  });

  it("of a stranger is refused", () => {
    expect(refusal(() => accept(handedOut(A), E, sig("s"), 1_050n))).toBe("CTO_E_MUSTER_NOT_A_MEMBER");
  });
});

describe("the least", () => {
  it("is of lamports and of wallets", () => {
    expect([isEnough(signedBy(A, B)), isEnough(signedBy(A, B, C))]).toEqual([false, true]);
    const rich = (goal: Partial<Goal>): Muster => {
      const muster = beginRound(
        createMuster({ ...GOAL, ...goal }, [pledged(A, 90n), pledged(B, 1n), pledged(C, 1n)]),
        FIRST,
        NOW,
        LIFE_MS,
      );
      return accept(handOut(muster, A, early), A, sig("s"), 1_050n);
    };
    expect([isEnough(rich({})), isEnough(rich({ leastWallets: 1 }))]).toEqual([false, true]);
  });

  it("is not reached by what its members send alone", () => {
    // A memo is no proof of a purchase: anyone can write one.
    expect(isEnough(record(signedBy(A, B), C, { round: 1, to: "finalized" }))).toBe(false);
  });

  it("is not reached with a member that withdrew", () => {
    expect(isEnough(withdraw(signedBy(A, B, C), C))).toBe(false);
  });
});

describe("sending", () => {
  it("begins when the least is signed, with everything that is signed", () => {
    expect(refusal(() => release(signedBy(A, B), 1_060n))).toBe("CTO_E_MUSTER_MOVE_REFUSED");
    expect(toSend(signedBy(A, B, C))).toEqual([]);
    expect(toSend(release(signedBy(A, B, C), 1_060n)).map(({ wallet }) => wallet)).toEqual([A, B, C]);
  });

  it("does not begin when little of the blockhash's life is left, as after a restart", () => {
    expect(refusal(() => release(signedBy(A, B, C), 1_120n))).toBeNull();
    expect(refusal(() => release(signedBy(A, B, C), 1_121n))).toBe("CTO_E_MUSTER_MOVE_REFUSED");
  });

  it("goes on after a restart, whatever the height: the release is in the journal", () => {
    const released = release(signedBy(A, B, C), 1_060n);
    expect(release(released, 5_000n)).toBe(released);
    expect(toSend(record(released, A, { round: 1, to: "sent" })).map(({ wallet }) => wallet)).toEqual([B, C]);
  });

  it("does not happen before the release", () => {
    expect(refusal(() => record(signedBy(A, B, C), A, { round: 1, to: "sent" }))).toBe(
      "CTO_E_MUSTER_MOVE_REFUSED",
    );
  });

  it("takes whoever signs in time after the release", () => {
    const five = createMuster(GOAL, [pledged(A), pledged(B), pledged(C), pledged(E)]);
    let muster = beginRound(five, FIRST, NOW, LIFE_MS);
    for (const wallet of [A, B, C, E]) muster = handOut(muster, wallet, early);
    for (const wallet of [A, B, C]) muster = accept(muster, wallet, sig(`s${wallet}`), 1_050n);
    muster = accept(release(muster, 1_050n), E, sig("sE"), 1_090n);
    expect(toSend(muster).map(({ wallet }) => wallet)).toContain(E);
  });

  it("passes over a member that withdrew before the release, and none that withdraws after it", () => {
    const four = createMuster(GOAL, [pledged(A), pledged(B), pledged(C), pledged(E)]);
    let muster = beginRound(four, FIRST, NOW, LIFE_MS);
    for (const wallet of [A, B, C, E])
      muster = accept(handOut(muster, wallet, early), wallet, sig(`s${wallet}`), 1_050n);
    muster = release(withdraw(muster, E), 1_060n);
    expect(toSend(muster).map(({ wallet }) => wallet)).toEqual([A, B, C]);
    expect(refusal(() => record(muster, E, { round: 1, to: "sent" }))).toBe("CTO_E_MUSTER_MOVE_REFUSED");
    expect(refusal(() => withdraw(muster, A))).toBe("CTO_E_MUSTER_WITHDRAWN_LATE");
    expect(withdraw(muster, E)).toBe(muster);
  });
});

describe("another round", () => {
  const lapsed = (): Muster => signedBy(A, B);
  const dead = (muster: Muster, ...of: Address[]): Muster =>
    of.reduce((changed, wallet) => record(changed, wallet, { round: 1, to: "dead" }), muster);

  it("waits until every attempt of the first is dead: of signers, and of those who did not come back", () => {
    expect(whyNoRound(lapsed(), NOW, LIFE_MS)).toContain("not every attempt of A is dead");
    expect(whyNoRound(dead(lapsed(), A, B), NOW, LIFE_MS)).toContain("not every attempt of C");
    expect(whyNoRound(dead(lapsed(), A, B, C), NOW, LIFE_MS)).toBeNull();
  });

  it.each(["confirmed", "finalized", "needs_review"] as const)("does not begin when one is %s", (phase) => {
    const muster = record(dead(lapsed(), A, B), C, { round: 1, to: phase });
    expect(refusal(() => beginRound(muster, SECOND, NOW, LIFE_MS))).toBe("CTO_E_MUSTER_MOVE_REFUSED");
  });

  it("begins anew: nothing is signed, nothing released", () => {
    const second = beginRound(dead(lapsed(), A, B, C), SECOND, NOW, LIFE_MS);
    expect([signersOf(second), toSend(second), second.released]).toEqual([[], [], false]);
    const again = handOut(second, A, { now: NOW, height: 2_001n });
    expect(again.members[0]?.attempts.map(({ round, phase }) => [round, phase])).toEqual([
      [1, "dead"],
      [2, "handed_out"],
    ]);
  });

  it("is the last one", () => {
    const second = beginRound(dead(lapsed(), A, B, C), SECOND, NOW, LIFE_MS);
    expect(whyNoRound(second, NOW, LIFE_MS)).toContain("2 rounds");
  });

  it("that did not come says how many signed in time in each round, and what the least is", () => {
    const three = dead(lapsed(), A, B, C);
    expect(signedWords(three)).toBe(
      "In round 1, 2 of 3 wallets signed in time, with 0.00000002 SOL. The least is 3 wallets with 0.00000003 SOL.",
    );
    const second = handOut(beginRound(three, SECOND, NOW, LIFE_MS), A, { now: NOW, height: 2_001n });
    const late = withdraw(accept(second, A, sig("s2"), 2_002n), B);
    expect(signedWords(late)).toBe(
      "In round 1, 2 of 3 wallets signed in time, with 0.00000002 SOL. In round 2, 1 of 3 wallets signed in time, with 0.00000001 SOL. The least is 3 wallets with 0.00000003 SOL.",
    );
    // What is withdrawn in a round does not count in it, but did in the one before.
    expect(signedWords(withdraw(late, A))).toContain("In round 2, 0 of 3 wallets");
    expect(signedWords(createMuster(GOAL, [pledged(A), pledged(B), pledged(C)]))).toBe("");
  });

  it("begins only if its blockhash expires before the muster ends", () => {
    const three = createMuster(GOAL, [pledged(A), pledged(B), pledged(C)]);
    expect(whyNoRound(three, later(540_000), LIFE_MS)).toBeNull();
    expect(whyNoRound(three, later(540_001), LIFE_MS)).toContain("it ends before");
  });

  it("begins only if those who may still sign can reach the least", () => {
    const withdrawn = withdraw(dead(lapsed(), A, B, C), C);
    expect(whyNoRound(withdrawn, NOW, LIFE_MS)).toContain("do not reach the least");
    const senders = createMuster(GOAL, [pledged(A), pledged(B), pledged(C, 10n, "sends")]);
    expect(whyNoRound(senders, NOW, LIFE_MS)).toContain("do not reach the least");
  });
});

describe("the phases of an attempt", () => {
  it("cannot be left when it is dead or finalized", () => {
    expect([PHASES.dead, PHASES.finalized]).toEqual([[], []]);
  });

  it("go back only after a fork", () => {
    const muster = record(handedOut(A), A, { round: 1, to: "confirmed" });
    expect(phaseOf(record(muster, A, { round: 1, to: "sent" }), A)).toBe("sent");
    expect(refusal(() => record(muster, A, { round: 1, to: "dead" }))).toBe("CTO_E_MUSTER_MOVE_REFUSED");
  });

  it("keep the transaction that landed only as long as it has", () => {
    const [gone, stays] = (["dead", "finalized"] as const).map((end) => {
      const confirmed = record(record(release(signedBy(A, B, C), 1_060n), A, { round: 1, to: "sent" }), A, {
        round: 1,
        to: "confirmed",
        landed: sig("sA"),
      });
      const next = end === "dead" ? record(confirmed, A, { round: 1, to: "sent" }) : confirmed;
      return record(next, A, { round: 1, to: end }).members[0]?.attempts[0]?.landed;
    });
    expect(gone).toBeUndefined();
    expect(stays).toBe(sig("sA"));
  });

  it("are never signed or dead for a wallet that only sends", () => {
    for (const from of Object.keys(PHASES) as Phase[])
      for (const to of ["signed", "dead"] as const) expect(isLegalPhase("sends", from, to)).toBe(false);
  });

  it("need a signature to be signed", () => {
    expect(refusal(() => record(handedOut(A), A, { round: 1, to: "signed" }))).toBe(
      "CTO_E_MUSTER_MOVE_REFUSED",
    );
  });

  it("belong to an attempt", () => {
    expect(refusal(() => record(handedOut(A), B, { round: 1, to: "dead" }))).toBe(
      "CTO_E_MUSTER_MOVE_REFUSED",
    );
  });
});

describe("how a muster stands", () => {
  it("follows from its attempts and the height", () => {
    const lapsed = signedBy(A, B);
    expect(statusOf(createMuster(GOAL, [pledged(A)]), 1n)).toBe("resting");
    expect(statusOf(lapsed, 1_090n)).toBe("signing");
    expect(statusOf(lapsed, 1_091n)).toBe("lapsed");
    const dead = [A, B, C].reduce(
      (muster, wallet) => record(muster, wallet, { round: 1, to: "dead" }),
      lapsed,
    );
    expect(statusOf(dead, 1_152n)).toBe("resting");
    let sending = release(signedBy(A, B, C), 1_060n);
    expect(statusOf(sending, 1_060n)).toBe("sending");
    for (const wallet of [A, B, C])
      sending = record(record(sending, wallet, { round: 1, to: "sent" }), wallet, {
        round: 1,
        to: "finalized",
      });
    expect(statusOf(sending, 1_060n)).toBe("resting");
  });
});

// ------------------------------------------------------------ random moves

type Move = (muster: Muster, world: { height: bigint; now: Date }) => Muster;

const someWallet = fc.constantFrom(...wallets);
const phases = fc.constantFrom(...(Object.keys(PHASES) as Phase[]));
const moves: fc.Arbitrary<{ name: string; move: Move }> = fc.oneof(
  {
    weight: 12,
    arbitrary: someWallet.map((w) => ({
      name: `handOut ${w}`,
      move: ((m, at) => handOut(m, w, at)) as Move,
    })),
  },
  {
    weight: 12,
    arbitrary: fc.tuple(someWallet, fc.nat(1)).map(([w, n]) => ({
      name: `accept ${w} ${n}`,
      move: ((m, { height }) => accept(m, w, sig(`${w}${n}r${m.round}`), height)) as Move,
    })),
  },
  {
    weight: 1,
    arbitrary: someWallet.map((w) => ({ name: `withdraw ${w}`, move: ((m) => withdraw(m, w)) as Move })),
  },
  {
    weight: 3,
    arbitrary: fc.constant({ name: "release", move: ((m, { height }) => release(m, height)) as Move }),
  },
  {
    weight: 3,
    arbitrary: fc.constant({
      name: "round",
      move: ((m, { height, now }) => beginRound(m, life(height), now, LIFE_MS)) as Move,
    }),
  },
  {
    weight: 8,
    arbitrary: fc.tuple(someWallet, fc.constantFrom(1, 2), phases).map(([w, round, to]) => ({
      name: `record ${w} ${round} ${to}`,
      move: ((m) => record(m, w, { round, to })) as Move,
    })),
  },
);
const blocks = fc.oneof(
  { weight: 20, arbitrary: fc.constant(0n) },
  { weight: 4, arbitrary: fc.constant(5n) },
  { weight: 1, arbitrary: fc.constant(160n) },
);
const steps = fc.array(fc.tuple(moves, blocks), {
  minLength: 20,
  maxLength: 120,
});

const attemptsOf = (muster: Muster): (HandedOut & { wallet: Address; way: Way })[] =>
  muster.members.flatMap(({ wallet, way, attempts }) => attempts.map((one) => ({ ...one, wallet, way })));

/** What must hold after every move, said without the code's own predicates. */
function requireRules(before: Muster, after: Muster): void {
  for (const { wallet, way, lamports, attempts } of after.members) {
    // Never two live transactions of one member.
    const open = attempts.filter(({ phase }) => phase !== "dead");
    expect(open.length, `${wallet} has two`).toBeLessThanOrEqual(1);
    expect(lamports).toBeGreaterThan(0n);
    if (way === "sends")
      expect(attempts.every(({ phase, signature }) => phase !== "dead" && signature === null)).toBe(true);
    expect(new Set(attempts.map(({ round }) => round)).size).toBe(attempts.length);
  }
  // Never more than the most, even if all that was handed out in one round lands.
  for (const round of [1, 2]) {
    const inRound = after.members.filter(({ attempts }) => attempts.some((one) => one.round === round));
    expect(inRound.reduce((sum, { lamports }) => sum + lamports, 0n)).toBeLessThanOrEqual(
      after.goal.mostLamports,
    );
  }
  // We send nothing without a release, and release nothing without the least.
  const wereSigned = new Map(attemptsOf(before).map((one) => [`${one.wallet}${one.round}`, one.phase]));
  for (const { wallet, round, phase } of attemptsOf(after))
    if (phase === "sent" && wereSigned.get(`${wallet}${round}`) === "signed")
      expect(before.released && round === before.round, `${wallet} was sent`).toBe(true);
  if (after.released && !before.released) {
    const counted = after.members.filter(
      ({ withdrawn, attempts }) =>
        !withdrawn && attempts.some(({ round, signature }) => round === after.round && signature !== null),
    );
    expect(counted.length).toBeGreaterThanOrEqual(after.goal.leastWallets);
    expect(counted.reduce((sum, { lamports }) => sum + lamports, 0n)).toBeGreaterThanOrEqual(
      after.goal.leastLamports,
    );
  }
  // A round begins only when every attempt of the one before is dead.
  if (after.round > before.round) {
    expect(attemptsOf(before).every(({ phase }) => phase === "dead")).toBe(true);
    expect(after.round).toBeLessThanOrEqual(2);
  }
  // An accepted signature stays the one of its attempt.
  const signatures = new Map(attemptsOf(after).map((one) => [`${one.wallet}${one.round}`, one.signature]));
  for (const { wallet, round, signature } of attemptsOf(before))
    if (signature !== null) expect(signatures.get(`${wallet}${round}`)).toBe(signature);
}

describe("whatever is tried in whatever order", () => {
  it("keeps the rules of the muster", () => {
    const seen = new Map<string, number>();
    const count = (what: string): unknown => seen.set(what, (seen.get(what) ?? 0) + 1);
    fc.assert(
      fc.property(steps, (sequence) => {
        let muster = createMuster({ ...GOAL, leastLamports: 20n, leastWallets: 2 }, [
          pledged(A),
          pledged(B),
          pledged(C),
          pledged(D, 10n, "sends"),
        ]);
        const world = { height: 1_000n, now: NOW };
        for (const [{ move, name }, passed] of [
          [{ name: "round", move: (m: Muster) => beginRound(m, FIRST, NOW, LIFE_MS) }, 0n] as const,
          ...sequence,
        ]) {
          world.height += passed;
          world.now = new Date(world.now.getTime() + Number(passed) * 200);
          let after: Muster;
          try {
            after = move(muster, world);
          } catch (error) {
            if (!isCTOError(error) || error.code === "CTO_E_INTERNAL") throw error;
            continue;
          }
          requireRules(muster, after);
          if (after !== muster) count(name.split(" ")[0] ?? "");
          if (after.round === 2 && muster.round === 1) count("second round");
          muster = after;
        }
      }),
      { numRuns: 400 },
    );
    // The moves were really made: a test that refuses everything would prove nothing.
    for (const move of ["handOut", "accept", "withdraw", "release", "round", "record", "second round"])
      expect(seen.get(move) ?? 0, `${move} of ${JSON.stringify([...seen])}`).toBeGreaterThan(5);
  });
});
