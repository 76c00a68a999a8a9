/**
 * Defines every kind of fault, draws the faults of a seed, and counts how often each kind happened.
 *
 * Most kinds happen at random moments. A kind whose name contains a moment happens at that moment only: there, a wrong
 * rule would lose money.
 */
import { createRandom, type Random } from "./random.ts";

/** The highest probability of each kind per opportunity. An opportunity is a port call, a slot, or a delivery. */
export const FAULTS = {
  // The worker's process.
  "crash before a call": 0.004,
  "crash after a call": 0.004,
  "pause before a call": 0.002,
  "pause after a call": 0.002,
  "freeze before an insert": 0.05,
  "all workers freeze": 0.02,
  "clock skew": 0.5,
  // The journal.
  "journal refuses": 0.02,
  "journal writes, answer lost": 0.02,
  "journal outage": 0.01,
  // The endpoints.
  "endpoint times out": 0.05,
  "endpoint acts, answer lost": 0.05,
  "endpoint rate limit": 0.1,
  "endpoint answers nonsense": 0.03,
  "endpoint lags": 0.2,
  "endpoint stuck": 0.01,
  "endpoint lost its history": 0.3,
  "endpoint lies null": 0.5,
  "endpoint forgets recent statuses": 0.05,
  "endpoint refuses history search": 0.1,
  "endpoint lags past the landing": 0.5,
  "preflight refuses": 0.05,
  // The cluster.
  "transaction dropped": 0.5,
  "transaction lands late": 0.3,
  "transaction fails on chain": 0.15,
  "transaction fails at the last": 0.2,
  fork: 0.02,
  "fork at the expiry": 0.3,
  "fork between the readings": 0.5,
  "fork after an error": 0.5,
  // The queue and the callers.
  "duplicate delivery": 0.2,
  "delivery delayed": 0.2,
  "queue flushed": 0.01,
  cancelled: 0.3,
  "cancelled while signing": 0.05,
  "venue unavailable": 0.05,
  // The market.
  "price moves": 0.3,
  "market ends": 0.5,
  "stranger's pool": 0.3,
  // New kinds go to the end, so that the draws of all earlier kinds do not change.
  "rent moves": 0.002,
  "in a block and not run": 0.1,
  "version 1 activates": 0.002,
  "slots skipped in a row": 0.01,
  "cluster stands still": 0.001,
  "endpoint lies about the price": 0.05,
} as const satisfies Record<string, number>;

export type FaultKind = keyof typeof FAULTS;
export const FAULT_KINDS = Object.keys(FAULTS) as FaultKind[];

export type Faults = {
  /** Returns true if a fault of this kind happens now, and counts it. Returns false after `stop`. */
  strikes(kind: FaultKind): boolean;
  /** Random numbers for the details of a fault of this kind (how long, how deep). */
  shape(kind: FaultKind): Random;
  stop(): void;
  readonly counts: ReadonlyMap<FaultKind, number>;
  readonly kinds: readonly FaultKind[];
};

/**
 * Draws the fault kinds of a seed and a strength for each kind. A seed has no kinds, or on average 20, 50 or 80 % of them,
 * because with all faults at once few operations make progress.
 */
export function drawFaults(seed: number, disabled: ReadonlySet<FaultKind>): Faults {
  const strength = createRandom(seed, "fault strengths");
  const crowd = strength.pick([0, 0.2, 0.5, 0.8] as const);
  const rates = new Map<FaultKind, number>();
  for (const kind of FAULT_KINDS) {
    const drawn = strength.chance(crowd) ? FAULTS[kind] * strength.pick([0.2, 0.5, 1] as const) : 0;
    if (drawn > 0 && !disabled.has(kind)) rates.set(kind, drawn);
  }
  const streams = new Map(FAULT_KINDS.map((kind) => [kind, createRandom(seed, kind)]));
  const counts = new Map<FaultKind, number>();
  const none = createRandom(seed, "none");
  let stopped = false;
  return {
    strikes(kind) {
      const rate = rates.get(kind);
      if (stopped || rate === undefined || !streams.get(kind)?.chance(rate)) return false;
      counts.set(kind, (counts.get(kind) ?? 0) + 1);
      return true;
    },
    shape: (kind) => streams.get(kind) ?? none,
    stop: () => {
      stopped = true;
    },
    counts,
    kinds: [...rates.keys()],
  };
}
