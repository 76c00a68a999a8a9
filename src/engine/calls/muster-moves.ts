/**
 * Makes the moves of a muster. Each function returns the muster after its move, or throws the reason why a rule forbids
 * it. Nothing here sends or stores: the caller journals the new muster first (R1), and acts then.
 */
import { CTOError } from "../../errors/index.ts";
import type { Address, Lamports, Signature } from "../ports.ts";
import {
  attemptOf,
  canBeEnough,
  type Goal,
  type HandedOut,
  isEnough,
  isFree,
  isLeastSent,
  isLegalPhase,
  LANDED,
  type Lifetime,
  MEMBERS_AT_MOST,
  type Member,
  type Muster,
  type Phase,
  ROUNDS_AT_MOST,
  releaseClosesAt,
  signingClosesAt,
  type Way,
} from "./muster.ts";

export type Pledged = { readonly wallet: Address; readonly lamports: Lamports; readonly way: Way };

const refused = (move: string, reason: string): CTOError =>
  new CTOError("CTO_E_MUSTER_MOVE_REFUSED", { move, reason });

/**
 * Creates a muster of the pledges, in their order. A pledge that would exceed the most is passed over, and a smaller
 * one behind it may still fit. So whatever is handed out together never exceeds the most. Later pledges than those of
 * {@link MEMBERS_AT_MOST} members are passed over, too.
 *
 * Wallets that only send get what those that sign leave of the most. They do not count towards the least, so with a place
 * before others they could keep a call from ever reaching it.
 */
export function createMuster(goal: Goal, pledges: readonly Pledged[]): Muster {
  const wallets = new Set<Address>();
  for (const { wallet } of pledges) {
    if (wallets.has(wallet)) throw refused("begin", `${wallet} has two pledges`);
    wallets.add(wallet);
  }
  const taken = new Set<Pledged>();
  let sum = 0n;
  for (const first of ["signs", "sends"] as const)
    for (const pledge of pledges) {
      const isTooMuch = taken.size >= MEMBERS_AT_MOST || sum + pledge.lamports > goal.mostLamports;
      if (pledge.way !== first || isTooMuch) continue;
      sum += pledge.lamports;
      taken.add(pledge);
    }
  const members = pledges
    .filter((pledge) => taken.has(pledge))
    .map(({ wallet, lamports, way }): Member => ({ wallet, lamports, way, withdrawn: false, attempts: [] }));
  return { number: 1, goal, members, round: 0, lifetime: null, released: false };
}

/**
 * Says why no round may begin; null if one may.
 *
 * @param lifeMs how long a blockhash lives on this cluster, ms. A round must be over before the muster ends.
 */
export function whyNoRound(muster: Muster, now: Date, lifeMs: number): string | null {
  const { goal, members, round } = muster;
  if (round >= ROUNDS_AT_MOST) return `it has had all of its ${round} rounds`;
  if (now.getTime() + lifeMs > goal.endsAt.getTime()) return "it ends before a blockhash expires";
  const held = members.find((member) => !isFree(member));
  if (held !== undefined) return `not every attempt of ${held.wallet} is dead`;
  return canBeEnough(muster) ? null : "those who may still sign do not reach the least";
}

/** Begins the next round, in which all attempts have this blockhash. @throws `CTO_E_MUSTER_MOVE_REFUSED` */
export function beginRound(muster: Muster, lifetime: Lifetime, now: Date, lifeMs: number): Muster {
  const why = whyNoRound(muster, now, lifeMs);
  if (why !== null) throw refused("begin a round", why);
  const { round, released } = muster;
  return {
    ...muster,
    round: round + 1,
    lifetime,
    released: false,
    ...(released ? { releasedBefore: true } : {}),
  };
}

function memberOf({ members }: Muster, wallet: Address): Member {
  const member = members.find((one) => one.wallet === wallet);
  if (member === undefined) throw new CTOError("CTO_E_MUSTER_NOT_A_MEMBER", { wallet });
  return member;
}

const withMember = (muster: Muster, changed: Member): Muster => ({
  ...muster,
  members: muster.members.map((one) => (one.wallet === changed.wallet ? changed : one)),
});

const withAttempt = (muster: Muster, member: Member, changed: HandedOut): Muster =>
  withMember(muster, {
    ...member,
    attempts: member.attempts.map((one) => (one.round === changed.round ? changed : one)),
  });

const nothing = (wallet: Address, reason: string): CTOError =>
  new CTOError("CTO_E_MUSTER_NOTHING_TO_SIGN", { wallet, reason });

type Moment = { readonly now: Date; readonly height: bigint };

/**
 * Hands a member the attempt of the present round. Whoever already has it in this round gets the same one again, so that
 * a page can be opened anew: the muster is unchanged.
 *
 * A wallet that only sends gets it after the least was sent, and only once: it may replace the blockhash, so the same
 * transaction would buy a second time. If the answer is lost, this member does not buy.
 *
 * @throws `CTO_E_MUSTER_NOT_A_MEMBER`, `CTO_E_MUSTER_NOTHING_TO_SIGN`, `CTO_E_MUSTER_HANDED_ONCE`
 */
export function handOut(muster: Muster, wallet: Address, { now, height }: Moment): Muster {
  const member = memberOf(muster, wallet);
  const { round, lifetime, goal } = muster;
  if (member.withdrawn) throw nothing(wallet, "its pledge was withdrawn");
  if (lifetime === null) throw nothing(wallet, "no round has begun");
  if (now >= goal.endsAt) throw nothing(wallet, "the muster has ended");
  if (height > signingClosesAt(lifetime)) throw nothing(wallet, "signing in this round has closed");
  if (attemptOf(muster, member) !== undefined) {
    if (member.way === "sends") throw new CTOError("CTO_E_MUSTER_HANDED_ONCE", { wallet });
    return muster;
  }
  if (!isFree(member)) throw nothing(wallet, "an earlier attempt of it may still land");
  if (member.way === "sends" && !isLeastSent(muster))
    throw nothing(wallet, "a wallet that only sends waits until the least was sent");
  const attempt: HandedOut = { round, lifetime, phase: "handed_out", signature: null };
  return withMember(muster, { ...member, attempts: [...member.attempts, attempt] });
}

/**
 * Accepts what a wallet returned. Its message must have been compared with the handed-out one before
 * (policy/returned.ts), and its signature checked. The same signature again changes nothing.
 *
 * @throws `CTO_E_MUSTER_NOT_A_MEMBER`, `CTO_E_MUSTER_NOTHING_TO_SIGN`, `CTO_E_MUSTER_SIGNED_LATE`,
 * `CTO_E_MUSTER_SIGNED_ALREADY`
 */
export function accept(muster: Muster, wallet: Address, signature: Signature, height: bigint): Muster {
  const member = memberOf(muster, wallet);
  const attempt = attemptOf(muster, member);
  if (member.withdrawn) throw nothing(wallet, "its pledge was withdrawn");
  if (attempt === undefined) throw nothing(wallet, "nothing was handed out to it in this round");
  if (attempt.signature === signature) return muster;
  // Another signature is another transaction of the same buy: with other guards, both could land.
  if (attempt.signature !== null) throw new CTOError("CTO_E_MUSTER_SIGNED_ALREADY", { wallet });
  if (!isLegalPhase(member.way, attempt.phase, "signed"))
    throw nothing(wallet, `its transaction is ${attempt.phase}`);
  const closedAt = signingClosesAt(attempt.lifetime);
  if (height > closedAt) throw new CTOError("CTO_E_MUSTER_SIGNED_LATE", { wallet, height, closedAt });
  return withAttempt(muster, member, { ...attempt, phase: "signed", signature });
}

/**
 * Withdraws a member. Until the release, what it signed is neither counted nor sent. What was handed out to it stays
 * open, because the member may still send it.
 *
 * @throws `CTO_E_MUSTER_NOT_A_MEMBER`, `CTO_E_MUSTER_WITHDRAWN_LATE`
 */
export function withdraw(muster: Muster, wallet: Address): Muster {
  const member = memberOf(muster, wallet);
  if (member.withdrawn) return muster;
  const signature = attemptOf(muster, member)?.signature ?? null;
  if (muster.released && signature !== null) throw new CTOError("CTO_E_MUSTER_WITHDRAWN_LATE", { wallet });
  return withMember(muster, { ...member, withdrawn: true, withdrawnIn: muster.round });
}

/** Releases what is signed, now that the least is in hand. @throws `CTO_E_MUSTER_MOVE_REFUSED` */
export function release(muster: Muster, height: bigint): Muster {
  const { lifetime, released } = muster;
  if (released) return muster;
  if (lifetime === null) throw refused("send", "no round has begun");
  if (!isEnough(muster)) throw refused("send", "signatures for the least are not in hand");
  if (height > releaseClosesAt(lifetime)) throw refused("send", "too little of the blockhash's life is left");
  return { ...muster, released: true };
}

/**
 * Records a change of an attempt: we sent it, or the chain shows where it stands.
 *
 * @param landed the transaction in which it landed, if it did
 * @throws `CTO_E_MUSTER_NOT_A_MEMBER`, `CTO_E_MUSTER_MOVE_REFUSED` for an illegal change, or if it was not released
 */
export function record(
  muster: Muster,
  wallet: Address,
  { round, to, landed }: { readonly round: number; readonly to: Phase; readonly landed?: Signature },
): Muster {
  const member = memberOf(muster, wallet);
  const attempt = member.attempts.find((one) => one.round === round);
  if (attempt === undefined) throw refused(`record "${to}"`, `${wallet} has no attempt in round ${round}`);
  const { phase, signature } = attempt;
  if (phase === to) return muster;
  // "signed" needs a signature, which only `accept` has.
  if (to === "signed" || !isLegalPhase(member.way, phase, to))
    throw refused(`record "${to}"`, `the attempt of ${wallet} is ${phase}`);
  const isOurs = phase === "signed" && signature !== null && to === "sent";
  if (isOurs && (round !== muster.round || !muster.released || member.withdrawn))
    throw refused("send", `the transaction of ${wallet} was not released`);
  // What a fork has dropped has not landed.
  const { landed: before, ...rest } = attempt;
  const shown = landed ?? (LANDED.includes(to) ? before : undefined);
  return withAttempt(muster, member, { ...rest, phase: to, ...(shown ? { landed: shown } : {}) });
}
