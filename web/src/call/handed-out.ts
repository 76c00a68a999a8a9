/** What the server hands out to a member for signing, and what its answers mean. */
import type { Problem } from "../api/types.ts";

/** What the server hands out, and says about it. */
export type ToSign = {
  transaction: string;
  version: 0 | 1;
  memo: string;
  venue: string;
  leastTokens: string;
  mayLeave: string;
  ownRents: string;
  signUntil: string;
  height: string;
};

export const blocksLeft = ({ signUntil, height }: ToSign): bigint => BigInt(signUntil) - BigInt(height);

export type HandedOut = { readonly toSign: ToSign | null; readonly problem: Problem | null };

/** The server has handed it out before, and a wallet that only sends gets it once. */
const isHandedOnce = ({ code }: Problem): boolean => code === "CTO_E_MUSTER_HANDED_ONCE";

/** A lost connection or too many requests say nothing about the transaction. */
const isPassing = ({ status }: Problem): boolean => status === 0 || status === 429 || status >= 500;

/** Whether the server no longer hands it out, so that signing it now would be too late. */
export const isClosed = ({ toSign, problem }: HandedOut): boolean =>
  (toSign !== null && blocksLeft(toSign) <= 0n) ||
  (problem !== null && !isPassing(problem) && !isHandedOnce(problem));

/** Whether the muster is over. Then nothing is asked of a wallet, whatever the page has heard of the server last. */
export const hasEnded = (endsAt: string, now: number): boolean => now >= Date.parse(endsAt);

/** Whether the server does not believe that it is the member who asks. */
export const isUnproved = ({ problem }: HandedOut): boolean => problem?.code === "CTO_E_MUSTER_NOT_PROVED";

/** Whether another page or device of the member has it, and this one can no longer get it. */
export const isElsewhere = ({ toSign, problem }: HandedOut): boolean =>
  toSign === null && problem !== null && isHandedOnce(problem);
