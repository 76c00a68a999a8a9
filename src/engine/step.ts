/**
 * The state machine of a step, and the re-sign rule.
 *
 * A step must land on chain at most once. `TRANSITIONS` says which changes exist; `judge` is the rule that
 * decides, from evidence alone, whether an attempt landed, is provably dead, or must be waited for.
 */
import type { Attempt, Evidence, Signature, StepStatus, TransactionFailure } from "./ports.ts";

/** Every legal change of a step's status. What is not here cannot happen. */
export const TRANSITIONS = {
  // Signed and journaled; or given up before anything was signed; or cancelled.
  ready: ["in_flight", "failed", "cancelled"],
  // Landed; or provably dead (ready again, or failed for good); or its fate cannot be proved in time.
  in_flight: ["confirmed", "finalized", "ready", "failed", "needs_review"],
  // Settled; or a fork dropped it (R6).
  confirmed: ["finalized", "in_flight"],
  // A later look, or a person, may find the proof.
  needs_review: ["in_flight", "confirmed", "finalized", "ready", "failed"],
  finalized: [],
  failed: [],
  cancelled: [],
} as const satisfies Record<StepStatus, readonly StepStatus[]>;

export const isLegal = (from: StepStatus, to: StepStatus): boolean =>
  (TRANSITIONS[from] as readonly StepStatus[]).includes(to);

/** The step's buy is on chain, as far as can be seen. */
export const hasLanded = (status: StepStatus): boolean => status === "confirmed" || status === "finalized";

/** Nothing more will happen to the step, but for settling or a person's review. */
export const isAtRest = (status: StepStatus): boolean => status !== "ready" && status !== "in_flight";

export type Verdict =
  /** This attempt is on chain without an error. */
  | {
      readonly verdict: "landed";
      readonly attempt: number;
      readonly slot: bigint;
      readonly finalized: boolean;
    }
  /** Every attempt is provably dead: the step may be signed again. `failure` is the on-chain error of the last, if any. */
  | {
      readonly verdict: "dead";
      readonly failure: TransactionFailure | null;
      readonly signature: Signature | null;
    }
  /** Not proved either way. */
  | { readonly verdict: "unknown"; readonly why: string };

/** Inclusion is possible in block L + 1, so an attempt has expired only when the finalized height is past that. */
export const hasExpired = (lastValidBlockHeight: bigint, finalizedBlockHeight: bigint): boolean =>
  finalizedBlockHeight > lastValidBlockHeight + 1n;

/**
 * R3: what the evidence proves about a step's attempts.
 *
 * The evidence must have been gathered height first, then statuses with history, for *every* attempt of the step.
 * An attempt is dead (a) when it landed with an error that is finalized, or (b) when it had expired at the height
 * reading and the later status answer, from an endpoint that was not behind that reading, does not know it.
 */
export function judge(attempts: readonly Attempt[], evidence: Evidence): Verdict {
  let last: { failure: TransactionFailure; signature: Signature } | null = null;
  let unknown: string | null = null;
  for (const attempt of attempts) {
    const status = evidence.statuses.get(attempt.signature);
    if (status === undefined) {
      unknown = `attempt ${attempt.number} was not asked for`;
    } else if (status !== null && status.failure === null) {
      // Landed wins over everything: whatever else is unknown, the step must never be signed again.
      return { verdict: "landed", attempt: attempt.number, slot: status.slot, finalized: status.finalized };
    } else if (status !== null && status.failure !== null) {
      if (status.finalized) last = { failure: status.failure, signature: attempt.signature };
      else unknown = `attempt ${attempt.number} failed on chain, but its block is not final yet`;
    } else if (evidence.statusSlot < evidence.heightSlot) {
      unknown = "the endpoint that was asked for statuses is behind the one that gave the block height";
    } else if (!hasExpired(attempt.lastValidBlockHeight, evidence.finalizedBlockHeight)) {
      unknown = `attempt ${attempt.number} may still land until block ${attempt.lastValidBlockHeight + 1n}`;
    }
  }
  if (unknown !== null) return { verdict: "unknown", why: unknown };
  return { verdict: "dead", failure: last?.failure ?? null, signature: last?.signature ?? null };
}
