/**
 * Derives the engine's waiting times from the lifetime of a blockhash on this cluster, because nothing that was
 * signed can land after that. The lifetime is 30 s with slots of 200 ms, and 60 s with slots of 400 ms.
 */
import { BLOCKHASH_BLOCKS, SWIFTEST_SLOT_MS } from "./bounds.ts";

/** The lifetime of a blockhash, ms, for this slot time. */
export const blockhashLifeMs = (slotMs: number): number => BLOCKHASH_BLOCKS * slotMs;

/** The lifetime that we assume before we have measured slots, ms: the shortest one. */
export const SHORTEST_LIFE_MS = blockhashLifeMs(SWIFTEST_SLOT_MS);

export type Times = {
  /** How long we watch a signature before we send the same bytes again, ms. */
  readonly rebroadcastMs: number;
  /** The time after signing when a step whose outcome is unknown goes to review, ms. */
  readonly reviewAfterMs: number;
};

/**
 * How long the settler watches a signature in one round, ms: a blockhash's lifetime, and no longer than the longest one of
 * a real cluster. After a standstill the slots seem to last ten times as long as they do, and a round ends only with its
 * last signature. An unseen signature is then sent again, and its evidence is gathered: only evidence reopens a step.
 */
export const settleWatchMs = (lifeMs: number): number => Math.min(lifeMs, 2 * SHORTEST_LIFE_MS);

const within = (least: number, value: number, most: number): number => Math.min(most, Math.max(least, value));

/**
 * Thirty sends in a blockhash's lifetime, so that one leader that drops the transaction leaves no gap. Ten lifetimes
 * before a person must decide, because a cluster may stop for minutes.
 *
 * A localnet's slots are far shorter, but its machine may be slow. There we use the shortest lifetime of a real
 * cluster.
 */
export const timesOf = (lifeMs: number): Times => ({
  rebroadcastMs: within(SHORTEST_LIFE_MS, lifeMs, 2 * SHORTEST_LIFE_MS) / 30,
  reviewAfterMs: Math.max(SHORTEST_LIFE_MS, lifeMs) * 10,
});
