/**
 * Drives a muster, one beat after the other, from what is journaled: it begins rounds, releases and sends what is
 * signed, and finds out what landed. A beat may be cut off at any line. The next one, of this process or of another,
 * goes on from the journal.
 */
import { forEachLimited } from "../../base/parallel.ts";
import { isCTOError, isUnknown } from "../../errors/index.ts";
import type { Address, Chain, Clock, Signature } from "../ports.ts";
import type { CallBook } from "./call-book.ts";
import { type Composition, composeRound } from "./compose-round.ts";
import { type Examined, examine } from "./handed-out.ts";
import { readHeight, readLifetime } from "./height.ts";
import {
  attemptOf,
  type HandedOut,
  isEnough,
  LANDED,
  type Member,
  type Muster,
  mayStillAsk,
  type Phase,
  releaseClosesAt,
  signersOf,
  statusOf,
} from "./muster.ts";
import { beginRound, record, release, whyNoRound } from "./muster-moves.ts";
import type { Patience } from "./patience.ts";
import { meantBy } from "./results.ts";
import { signedWords } from "./signed-words.ts";

export type MusterRun = Composition & {
  readonly book: CallBook;
  readonly clock: Clock;
  /** When proofs that have failed are tried again. Absent: at each beat. */
  readonly patience?: Patience;
  /** Says why nothing may be handed out or released now: a halt, or a restored journal. Null: it may. */
  readonly whyHeld: () => Promise<string | null>;
};

export type Beat =
  /** It goes on. `why` says what it waits for, if it could not begin a round. */
  | { readonly kind: "on"; readonly why?: string }
  /** Nothing can land any more that is known of, and no round may begin. */
  | { readonly kind: "over"; readonly landed: boolean; readonly why: string };

/** Sends and reads that run at once. */
const AT_ONCE = 16;

const anyLanded = ({ members }: Muster): boolean =>
  members.some(({ attempts }) => attempts.some(({ phase }) => LANDED.includes(phase)));

/** The pause between two beats, ms: thirty in the life of a blockhash, at least one a second. */
export const beatMs = (lifeMs: number): number => Math.min(1_000, Math.max(50, lifeMs / 30));

/**
 * Makes the moves that are due now.
 *
 * @throws `CTO_E_JOURNAL_UNAVAILABLE`, and the errors of reading the chain: the next beat tries again
 */
export async function beat(run: MusterRun): Promise<Beat> {
  const { blockHeight: height } = await readLifetime(run.ports.chain);
  await releaseIfEnough(run);
  await sendReleased(run, height);
  await watchSent(run);
  await examineExpired(run, height);
  const muster = await run.book.read();
  if (mayStillAsk(muster, height, run.clock.now())) return { kind: "on" };
  const over = whyOver(run, muster, height);
  if (over !== null) return over;
  return statusOf(muster, height) === "resting" ? nextRound(run, muster) : { kind: "on" };
}

/** The release is journaled before anything is sent (R1). */
async function releaseIfEnough({ book, clock, ports, whyHeld }: MusterRun): Promise<void> {
  const isDue = (muster: Muster, height: bigint): boolean =>
    !muster.released &&
    clock.now() < muster.goal.endsAt &&
    muster.lifetime !== null &&
    isEnough(muster) &&
    height <= releaseClosesAt(muster.lifetime);
  const found = await book.read();
  if (found.lifetime === null || !isDue(found, found.lifetime.blockHeight)) return;
  const height = await readHeight(ports.chain, releaseClosesAt(found.lifetime));
  // Last: a hold or a halt may begin while the height is read.
  if (isDue(found, height) && (await whyHeld()) === null)
    await book.move((muster) => (isDue(muster, height) ? release(muster, height) : muster));
}

/**
 * Sends everything that is released, and sends the same bytes again until they expire (R2). Nothing is sent for the first
 * time after the muster's end, such as by a server that comes back late: members have agreed to this end.
 */
async function sendReleased({ book, ports, clock }: MusterRun, height: bigint): Promise<void> {
  const muster = await book.read();
  const { released, lifetime, round, goal } = muster;
  if (!released || lifetime === null || height > lifetime.lastValidBlockHeight + 1n) return;
  const due = signersOf(muster).filter((member) => {
    const phase = attemptOf(muster, member)?.phase;
    return phase === "signed" || phase === "sent";
  });
  const sent: Address[] = [];
  await forEachLimited(due, AT_ONCE, async ({ wallet }) => {
    const wire = await book.readReturned(lifetime.blockhash, wallet);
    // The end may come between two of many sends.
    const isFirst = phaseIn(muster, wallet, round) === "signed";
    const isTooLate = isFirst && clock.now() >= goal.endsAt;
    if (wire === null || isTooLate) return;
    try {
      const answer = await ports.chain.broadcast(wire, { preflight: false, everywhere: !isFirst });
      if (answer === "sent") sent.push(wallet);
    } catch (error) {
      // Unknown: it may have been sent. The next beat sends the same bytes again.
      if (!isUnknown(error)) throw error;
    }
  });
  if (sent.length === 0) return;
  await book.move((now) =>
    sent.reduce(
      (moved, wallet) =>
        phaseIn(moved, wallet, round) === "signed" ? record(moved, wallet, { round, to: "sent" }) : moved,
      now,
    ),
  );
}

const phaseIn = ({ members }: Muster, wallet: Address, round: number): Phase | undefined =>
  members.find((one) => one.wallet === wallet)?.attempts.find((one) => one.round === round)?.phase;

type Seen = Examined & { readonly wallet: Address; readonly round: number };

type Followed = { readonly wallet: Address; readonly signature: Signature; readonly phase: Phase };

/**
 * Follows what we sent by its signature. That it failed proves nothing (R8), and is left to `examineExpired`. The poll asks
 * one endpoint, so it shows progress only: that a buy is final needs as many endpoints as must agree.
 */
async function watchSent({ book, ports }: MusterRun): Promise<void> {
  const muster = await book.read();
  const { round } = muster;
  const timeoutMs = beatMs(ports.chain.blockhashLifeMs());
  const sent = muster.members.flatMap((member): Followed[] => {
    const attempt = attemptOf(muster, member);
    const isFollowed = attempt?.phase === "sent" || attempt?.phase === "confirmed";
    return isFollowed && attempt.signature !== null
      ? [{ wallet: member.wallet, signature: attempt.signature, phase: attempt.phase }]
      : [];
  });
  const seen: Seen[] = [];
  await Promise.all(
    sent.map(async ({ wallet, signature, phase }) => {
      const view = await ports.chain.watch(signature, { timeoutMs, until: "finalized" });
      if (view.state === "unseen") {
        // A fork may have dropped its block (R6). Until it expires, the next beat sends the same bytes again.
        if (phase === "confirmed") seen.push({ wallet, round, to: "sent" });
        return;
      }
      if (view.failure !== null) return;
      seen.push({ wallet, round, to: view.state, landed: signature });
    }),
  );
  const claimed = seen.flatMap(({ to, landed = [] }) => (to === "finalized" ? landed : []));
  const final = await finalAmong(ports.chain, claimed);
  await note(
    book,
    seen.map((one) =>
      one.landed === undefined || final.has(one.landed) ? one : { ...one, to: "confirmed" as const },
    ),
  );
}

/** Returns those that are final without an error, as all of the endpoints that must agree say. */
async function finalAmong(
  chain: Pick<Chain, "gatherEvidence">,
  signatures: readonly Signature[],
): Promise<ReadonlySet<Signature>> {
  if (signatures.length === 0) return new Set();
  try {
    const evidences = await chain.gatherEvidence(signatures);
    const isFinal = (signature: Signature): boolean =>
      evidences.every(({ statuses }) => {
        const status = statuses.get(signature);
        return status?.finalized === true && status.failure === null;
      });
    return new Set(evidences.length === 0 ? [] : signatures.filter(isFinal));
  } catch (error) {
    // Unknown (R4): the next beat asks again.
    if (!isUnknown(error)) throw error;
    return new Set();
  }
}

/** Records what the chain shows. What another process has recorded meanwhile stays. */
async function note(book: CallBook, seen: readonly Seen[]): Promise<void> {
  if (seen.length === 0) return;
  await book.move((muster) => seen.reduce((moved, one) => noteOne(moved, one), muster));
}

function noteOne(muster: Muster, { wallet, round, to, landed }: Seen): Muster {
  const phase = phaseIn(muster, wallet, round);
  if (phase === undefined || phase === to || phase === "dead" || phase === "finalized") return muster;
  // A fork has dropped its block (R6): it is sent, and then what was proved about it.
  const before =
    phase === "confirmed" && to !== "finalized" ? record(muster, wallet, { round, to: "sent" }) : muster;
  return record(before, wallet, { round, to, ...(landed ? { landed } : {}) });
}

type Open = { readonly member: Member; readonly leg: number; readonly attempt: HandedOut };

const openOf = ({ members }: Muster): Open[] =>
  members.flatMap((member, at) =>
    member.attempts
      .filter(({ phase }) => phase !== "dead" && phase !== "finalized")
      .map((attempt) => ({ member, leg: at + 1, attempt })),
  );

const isExpired = ({ attempt }: Open, height: bigint): boolean =>
  height > attempt.lifetime.lastValidBlockHeight + 1n;

type Search = Pick<MusterRun, "patience"> & {
  readonly book: CallBook;
  readonly clock: Pick<Clock, "now">;
  readonly call: Pick<MusterRun["call"], "callId" | "mint">;
  readonly ports: {
    readonly chain: Pick<
      Chain,
      "readHistory" | "readFinal" | "readTransaction" | "readAgreedTransaction" | "doesSame"
    >;
  };
};

/** R8: searches the wallets' histories for what was handed out and cannot land any more. */
export async function examineExpired(
  { book, ports, call, clock, patience }: Search,
  height: bigint,
): Promise<void> {
  const muster = await book.read();
  const nameOf = ({ leg, attempt: { round } }: Open): string => `${muster.number}/${round}/${leg}`;
  const isDue = (one: Open): boolean => patience?.isDue(nameOf(one), clock.now()) ?? true;
  const open = openOf(muster).filter((one) => isExpired(one, height) && isDue(one));
  const legs = muster.members.length;
  const seen: Seen[] = [];
  const look = async (one: Open): Promise<boolean> => {
    const { member, leg, attempt } = one;
    const { wallet, way } = member;
    const memo = { operationId: call.callId, kind: "buy" as const, leg, legs };
    const meant = meantBy({ book, chain: ports.chain }, muster, call.mint, { wallet, attempt });
    const found = await examine(ports.chain, { ...meant, way, memo, attempt });
    if (found !== null) seen.push({ ...found, wallet, round: attempt.round });
    // What is too early is due again at the next beat.
    if (found === null ? way === "sends" : found.to === "needs_review")
      patience?.failed(nameOf(one), clock.now());
    return found !== null || way === "sends";
  };
  const [first, ...others] = open;
  if (first === undefined) return;
  try {
    // They expire together, so what is too early for the first is too early for all of them.
    if (await look(first)) await forEachLimited(others, AT_ONCE, async (one) => void (await look(one)));
  } finally {
    await note(book, seen);
  }
}

/** Says whether the muster is over. Attempts that no height can kill, or whose death is not provable, end it late. */
function whyOver({ clock, ports }: MusterRun, muster: Muster, height: bigint): Beat | null {
  const now = clock.now();
  const landed = anyLanded(muster);
  const open = openOf(muster);
  if (open.length > 0) {
    const isLeft = open.every((one) => {
      if (!isExpired(one, height)) return false;
      return (
        one.member.way === "sends" || (one.attempt.phase === "needs_review" && now >= muster.goal.endsAt)
      );
    });
    return isLeft ? { kind: "over", landed, why: "what is left open cannot be proved to be dead" } : null;
  }
  if (statusOf(muster, height) !== "resting") return null;
  if (landed) return { kind: "over", landed, why: "every transaction has landed or is dead" };
  const why = whyNoRound(muster, now, ports.chain.blockhashLifeMs());
  if (why === null) return null;
  const signed = signedWords(muster);
  return { kind: "over", landed, why: signed === "" ? why : `${why}. ${signed}` };
}

/** Journals every message of the round before the round begins, so before anyone can see one (R1). */
async function nextRound(run: MusterRun, muster: Muster): Promise<Beat> {
  const { book, clock, ports } = run;
  const held = await run.whyHeld();
  if (held !== null) return { kind: "on", why: held };
  try {
    const { lifetime, handed } = await composeRound(run, muster);
    await forEachLimited(handed, AT_ONCE, (one) => book.writeHanded(one));
    await book.move((now) =>
      // Another process may have begun the round meanwhile, or gone back to pledging and begun another muster.
      now.number === muster.number && now.round === muster.round
        ? beginRound(now, lifetime, clock.now(), ports.chain.blockhashLifeMs())
        : now,
    );
    return { kind: "on" };
  } catch (error) {
    // A market may become good enough again before the muster ends, and an endpoint may come back.
    if (!isCTOError(error) || isCTOError(error, "CTO_E_JOURNAL_UNAVAILABLE")) throw error;
    return { kind: "on", why: error.message };
  }
}
