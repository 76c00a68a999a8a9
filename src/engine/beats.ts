/**
 * The worker's times, all derived from one: how long a dead worker's lease is held. A dead worker's operation moves again
 * once the lease has expired **and** the queue has given its job to somebody else, so both must fit into five seconds.
 */
import { SHORTEST_LIFE_MS } from "./cluster/times.ts";

export type Beats = {
  /** How long a lease lasts without a renewal. The lease is the fence (R5): everything else follows from it. */
  readonly leaseMs: number;
  /** Two renewals may be late or lost before the lease expires. A process that is busy for up to 2/3 of it keeps it. */
  readonly renewMs: number;
  /** How long the queue believes that a silent worker still has its job. The queue renews it twice in this time. */
  readonly lockMs: number;
  /**
   * How often silent workers are searched for. BullMQ marks a job in one pass and moves it in the next, and a pass of the dead
   * worker may have delayed the first one: three of these, at most.
   */
  readonly stalledMs: number;
  /** How long a wake-up rests that finds the user's lease taken. */
  readonly busyMs: number;
};

/**
 * @param leaseMs default: a tenth of the shortest life of a blockhash, 3,000. A dead worker's operation then moves again within
 * 5 s, while what it has signed may still land
 */
export const beatsOf = (leaseMs = SHORTEST_LIFE_MS / 10): Beats => ({
  leaseMs,
  renewMs: leaseMs / 3,
  lockMs: leaseMs / 2,
  stalledMs: leaseMs / 3,
  busyMs: Math.ceil(leaseMs / 6),
});

/** How long the user's lease is held for what takes a few reads and writes, and is not renewed: a third of the shortest life. */
export const BRIEF_LEASE_MS = SHORTEST_LIFE_MS / 3;

/** And for a person's decision: the evidence that it takes may be waited for by every endpoint in turn. */
export const DECISION_LEASE_MS = 4 * SHORTEST_LIFE_MS;

/** What runs beside the jobs: users whom the queue has lost are found while what was signed for them may still land. */
export const SWEEP_MS = SHORTEST_LIFE_MS / 2;
export const SETTLE_MS = 500;

/** How often an operation that needs a review is looked at again, twenty lives later: the evidence may be had by now. */
export const REVIEW_AGAIN_MS = 20 * SHORTEST_LIFE_MS;

/** How often an operation is tried before an outage ends it, as far as nothing of it can land. */
export const TRIES = 3;

const BACKOFF_MS = 5_000;
const BACKOFF_AT_MOST_MS = 20_000;

/** How long an operation rests after an outage: twice as long each time. What may still land is tried on. */
export const backoffMs = (tries: number): number =>
  Math.min(BACKOFF_MS * 2 ** Math.max(0, tries - 1), BACKOFF_AT_MOST_MS);
