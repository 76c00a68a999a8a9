/**
 * How long things are waited for: all of it follows from how long a blockhash lives on this cluster, for nothing that was
 * signed can land after that. A blockhash's life is 30 s where slots last 200 ms, and 60 s where they last 400.
 */
import { BLOCKHASH_BLOCKS, SWIFTEST_SLOT_MS } from "./bounds.ts";

/** A blockhash's life, ms, where slots last so long. */
export const blockhashLifeMs = (slotMs: number): number => BLOCKHASH_BLOCKS * slotMs;

/** The life that is reckoned with before a cluster has shown its slots, ms: the shortest. */
export const SHORTEST_LIFE_MS = blockhashLifeMs(SWIFTEST_SLOT_MS);

export type Times = {
  /** How long one look at a signature lasts before the same bytes are sent again, ms. */
  readonly rebroadcastMs: number;
  /** How long after its signing a step whose fate is unknown goes to review, ms. */
  readonly reviewAfterMs: number;
};

const within = (least: number, value: number, most: number): number => Math.min(most, Math.max(least, value));

/**
 * Thirty sends in a blockhash's life, so that a leader who drops one leaves no gap; and ten lives until a person has to look: a
 * cluster may stand still for minutes. A localnet's slots are far shorter, and its machine as slow as any: there the life that
 * is reckoned with is the shortest of a real cluster.
 */
export const timesOf = (lifeMs: number): Times => ({
  rebroadcastMs: within(SHORTEST_LIFE_MS, lifeMs, 2 * SHORTEST_LIFE_MS) / 30,
  reviewAfterMs: Math.max(SHORTEST_LIFE_MS, lifeMs) * 10,
});
