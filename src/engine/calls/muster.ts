/**
 * Defines the muster: the minutes in which a call's members sign, each with an own wallet. Nothing is sent until the
 * least is signed; then everything that is signed is sent at once. `PHASES` lists the legal changes of an attempt that
 * was handed out. muster-moves.ts makes the moves.
 */
import type { Blockhash } from "@solana/kit";
import type { Address, Lamports, Signature } from "../ports.ts";

/**
 * The phases of an attempt that was handed out to a member.
 *
 * - `handed_out`: the member may have it, so it may land.
 * - `signed`: the wallet returned it, and it was accepted. We hold it, and have not sent it.
 * - `sent`: it was broadcast, by us or as the chain shows.
 * - `confirmed`, `finalized`: it has landed.
 * - `dead`: it provably has not landed, and never will (R8).
 * - `needs_review`: that cannot be proved; a person must decide.
 */
export const PHASES = {
  // The member may send it alone, so that it lands without ever coming back to us.
  handed_out: ["signed", "sent", "confirmed", "finalized", "dead", "needs_review"],
  signed: ["sent", "confirmed", "finalized", "dead", "needs_review"],
  sent: ["confirmed", "finalized", "dead", "needs_review"],
  // Settled; or a fork dropped its block (R6).
  confirmed: ["finalized", "sent"],
  // Later evidence, or a person, may decide it.
  needs_review: ["confirmed", "finalized", "dead"],
  finalized: [],
  dead: [],
} as const satisfies Record<string, readonly string[]>;

export type Phase = keyof typeof PHASES;

/** The phases of an attempt that the chain shows in a transaction. */
export const LANDED: readonly Phase[] = ["confirmed", "finalized"];

/**
 * How a member's wallet works. `signs`: it signs and returns the transaction. `sends`: it can only sign and send.
 * Such a wallet never counts towards the least.
 */
export type Way = "signs" | "sends";

/**
 * Whether a change is legal. An attempt of a wallet that only sends is never dead: it may have replaced the blockhash,
 * so that no height proves anything.
 */
export const isLegalPhase = (way: Way, from: Phase, to: Phase): boolean =>
  (PHASES[from] as readonly Phase[]).includes(to) && !(way === "sends" && (to === "dead" || to === "signed"));

/** The blockhash of a round. All of its attempts have the same one, so that they expire together. */
export type Lifetime = {
  readonly blockhash: Blockhash;
  /** The slot and the block height that the blockhash was read at. */
  readonly blockhashSlot: bigint;
  readonly blockHeight: bigint;
  /** L. */
  readonly lastValidBlockHeight: bigint;
};

export type HandedOut = {
  readonly round: number;
  readonly phase: Phase;
  readonly lifetime: Lifetime;
  /** Of the transaction that the wallet returned and we accepted. Null before that. */
  readonly signature: Signature | null;
  /** The transaction that the chain shows for it. It may differ from `signature`: a member may send other bytes. */
  readonly landed?: Signature;
};

export type Member = {
  readonly wallet: Address;
  readonly lamports: Lamports;
  readonly way: Way;
  readonly withdrawn: boolean;
  /** The round in which it was withdrawn, 0 before the first: what it signed in an earlier one has counted there. */
  readonly withdrawnIn?: number;
  /** The one of the present round is the last. */
  readonly attempts: readonly HandedOut[];
};

export type Goal = {
  readonly leastLamports: bigint;
  readonly mostLamports: bigint;
  readonly leastWallets: number;
  /** Afterwards no round begins and nothing is handed out. */
  readonly endsAt: Date;
};

export type Muster = {
  /** From 1. A call that went back to pledging begins its next muster with the next number. */
  readonly number: number;
  readonly goal: Goal;
  /** In the order of their pledges. */
  readonly members: readonly Member[];
  /** Zero before the first. */
  readonly round: number;
  readonly lifetime: Lifetime | null;
  /** The least was in hand in this round: what is signed may be sent. It is journaled before the first send. */
  readonly released: boolean;
  /** An earlier round was released. All that was sent in it is dead, but it was sent. */
  readonly releasedBefore?: boolean;
};

/** The most members of a muster, so that a round can be composed, signed and sent in the life of a blockhash. */
export const MEMBERS_AT_MOST = 1_000;

/** A second round is the last one. */
export const ROUNDS_AT_MOST = 2;

/** Signing closes at this part of the blockhash's life. The rest of it is for sending. */
const SIGNING_PERCENT = 60n;

/**
 * Sending may begin until this part of the blockhash's life. A server that comes back later sends nothing: most of the
 * transactions would expire, and a part of them is not what the members signed for.
 */
const RELEASE_PERCENT = 80n;

const partOf = ({ blockHeight, lastValidBlockHeight }: Lifetime, percent: bigint): bigint =>
  blockHeight + ((lastValidBlockHeight - blockHeight) * percent) / 100n;

/** Returns the last block height at which a signature is accepted. */
export const signingClosesAt = (lifetime: Lifetime): bigint => partOf(lifetime, SIGNING_PERCENT);

/** Returns the last block height at which sending may begin. */
export const releaseClosesAt = (lifetime: Lifetime): bigint => partOf(lifetime, RELEASE_PERCENT);

/** Returns the member's attempt of the present round. */
export const attemptOf = ({ round }: Muster, { attempts }: Member): HandedOut | undefined =>
  attempts.findLast((attempt) => attempt.round === round);

/**
 * Returns the signature that may be shown to anyone; null if there is none. What is handed out can be asked for by anyone,
 * so with its signature anyone could send it. Before we have sent it, only its member may decide that.
 */
export const shownSignature = ({ phase, signature }: HandedOut): Signature | null =>
  phase === "signed" ? null : signature;

/** Whether another attempt may be handed out to the member: all earlier ones are dead (R8). */
export const isFree = ({ attempts }: Member): boolean => attempts.every(({ phase }) => phase === "dead");

/** Returns the members whose signature of the present round is in hand, and who have not withdrawn. */
export const signersOf = (muster: Muster): readonly Member[] =>
  muster.members.filter(
    (member) => !member.withdrawn && typeof attemptOf(muster, member)?.signature === "string",
  );

const sumOf = (members: readonly Member[]): bigint =>
  members.reduce((sum, { lamports }) => sum + lamports, 0n);

const isLeast = ({ leastLamports, leastWallets }: Goal, members: readonly Member[]): boolean =>
  members.length >= leastWallets && sumOf(members) >= leastLamports;

/** Whether the members who may still sign can reach the least. Otherwise they would sign in vain. */
export const canBeEnough = ({ goal, members }: Muster): boolean =>
  isLeast(
    goal,
    members.filter(({ way, withdrawn }) => way === "signs" && !withdrawn),
  );

/** Whether signatures for the least are in hand: of lamports and of wallets. */
export const isEnough = (muster: Muster): boolean => isLeast(muster.goal, signersOf(muster));

/** Returns the members whose transaction is to be sent now. */
export const toSend = (muster: Muster): readonly Member[] =>
  muster.released ? signersOf(muster).filter((one) => attemptOf(muster, one)?.phase === "signed") : [];

const SENT: readonly (Phase | undefined)[] = ["sent", "confirmed", "finalized"];

/** Whether signed transactions of the least were sent. Only then do wallets that only send get theirs. */
export const isLeastSent = (muster: Muster): boolean =>
  muster.released &&
  isLeast(
    muster.goal,
    signersOf(muster).filter((one) => SENT.includes(attemptOf(muster, one)?.phase)),
  );

/**
 * Whether a member may still get its attempt of a released round. Until then the muster is not over, although all others have
 * landed: whoever signs first, such as the caller, must not end it for those who are in time.
 */
export const mayStillAsk = (muster: Muster, height: bigint, now: Date): boolean =>
  muster.released &&
  muster.lifetime !== null &&
  height <= signingClosesAt(muster.lifetime) &&
  now < muster.goal.endsAt &&
  muster.members.some((member) => attemptOf(muster, member) === undefined && !member.withdrawn);

export type MusterStatus =
  /** Members are signing. */
  | "signing"
  /** The least is in hand, and transactions are being sent or may still land. */
  | "sending"
  /** Too few signed. We send nothing, and wait until no attempt can land any more. */
  | "lapsed"
  /** No attempt is open. Another round may begin if `whyNoRound` allows it. */
  | "resting";

/** Whether the attempt's fate is still open. */
const isOpenPhase = (phase: Phase): boolean => phase !== "dead" && phase !== "finalized";

/** Whether some of these attempts may still land, or need a decision. */
export const attemptsOpen = (attempts: readonly HandedOut[]): boolean =>
  attempts.some(({ phase }) => isOpenPhase(phase));

/** Returns how the muster stands at this block height. */
export function statusOf(muster: Muster, height: bigint): MusterStatus {
  const { lifetime, released, members } = muster;
  const mayLand = members.some(({ attempts }) => attemptsOpen(attempts));
  if (released) return mayLand ? "sending" : "resting";
  if (lifetime !== null && height <= signingClosesAt(lifetime)) return "signing";
  return mayLand ? "lapsed" : "resting";
}
