/**
 * Derives all of a worker's times from one: how long a lease lasts without a renewal.
 *
 * Another worker continues a dead worker's operation after the lease has expired **and** the queue has moved the job.
 * Both must happen within five seconds.
 */
import { SHORTEST_LIFE_MS } from "./cluster/times.ts";

export type Beats = {
  /** How long a lease lasts without a renewal. The lease is the fence (R5); all other times follow from it. */
  readonly leaseMs: number;
  /**
   * The pause between two renewals. Two renewals may be late or lost before the lease expires. A process that is busy
   * for up to 2/3 of the lease keeps it.
   */
  readonly renewMs: number;
  /**
   * How long the queue assumes that a silent worker still has its job. The worker renews this lock twice in that
   * time.
   */
  readonly lockMs: number;
  /**
   * How often the queue searches for silent workers. BullMQ marks a job in one pass and moves it in the next. A pass
   * of the dead worker may have delayed the first one. The job therefore moves after three of these intervals at
   * most.
   */
  readonly stalledMs: number;
  /** How long a wake-up is delayed if another worker holds the user's lease. */
  readonly busyMs: number;
};

/**
 * @param leaseMs default 3,000: a tenth of the shortest life of a blockhash. Another worker then continues a dead
 * worker's operation within 5 s, while the signed transactions may still land
 */
export const beatsOf = (leaseMs = SHORTEST_LIFE_MS / 10): Beats => ({
  leaseMs,
  renewMs: leaseMs / 3,
  lockMs: leaseMs / 2,
  stalledMs: leaseMs / 3,
  busyMs: Math.ceil(leaseMs / 6),
});

/**
 * How long a lease lasts for a task of a few reads and writes, which does not renew it: a third of the shortest life
 * of a blockhash.
 */
export const BRIEF_LEASE_MS = SHORTEST_LIFE_MS / 3;

/** How long a lease lasts for a person's decision. Its evidence may have to wait for every endpoint in turn. */
export const DECISION_LEASE_MS = 4 * SHORTEST_LIFE_MS;

/**
 * The interval at which users whose wake-up was lost are requeued, ms. They must be found while their signed
 * transactions may still land.
 */
export const REQUEUE_MS = SHORTEST_LIFE_MS / 2;
export const SETTLE_MS = 500;

/**
 * The pause before an operation in `needs_review` is examined again: twenty lives of a blockhash. The evidence may
 * exist by then.
 */
export const REVIEW_AGAIN_MS = 20 * SHORTEST_LIFE_MS;

/**
 * How many times we try an operation before an outage ends it. An operation that may still land is tried again
 * without this limit.
 */
export const TRIES = 3;

const BACKOFF_MS = 5_000;
const BACKOFF_AT_MOST_MS = 20_000;

/**
 * How long an operation rests after an outage, ms: twice as long each time, 20 s at most. An operation that may still
 * land is tried again without end.
 */
export const backoffMs = (tries: number): number =>
  Math.min(BACKOFF_MS * 2 ** Math.max(0, tries - 1), BACKOFF_AT_MOST_MS);
