/**
 * The state machine of a step, and the re-sign rule.
 *
 * A step must land on chain at most once. `TRANSITIONS` says which changes exist; `judge` decides, from evidence alone,
 * whether an attempt landed, is provably dead, or must be waited for; `mayResign` is the rule itself.
 */
import type { Attempt, Evidence, Signature, Step, StepStatus, TransactionFailure } from "../ports.ts";

/** Every legal change of a step's status. What is not here cannot happen. */
export const TRANSITIONS = {
  // Signed and journaled; or given up before anything was signed; or cancelled; or of a backup, and nothing can be proved.
  ready: ["in_flight", "failed", "cancelled", "needs_review"],
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
 * Each piece must have been gathered height first, then statuses with history, for *every* attempt of the step. One
 * endpoint that has seen an attempt land is enough for "landed"; "dead" takes all of them, and at least one.
 */
export function judge(attempts: readonly Attempt[], evidences: readonly Evidence[]): Verdict {
  // What this journal has not signed may have been signed all the same, where it is a restored one.
  if (attempts.length === 0) return { verdict: "unknown", why: "the journal has no attempt of it" };
  const verdicts = evidences.map((evidence) => judgeOne(attempts, evidence));
  // Landed wins over everything: whatever else is unknown, the step must never be signed again.
  const landed = verdicts.filter(({ verdict }) => verdict === "landed");
  const unknown = verdicts.find(({ verdict }) => verdict === "unknown");
  const failed = verdicts.find((one) => one.verdict === "dead" && one.failure !== null);
  return (
    landed.find((one) => one.verdict === "landed" && one.finalized) ??
    landed[0] ??
    unknown ??
    failed ??
    // R4: no evidence is not evidence of absence.
    verdicts[0] ?? { verdict: "unknown", why: "no endpoint gave evidence" }
  );
}

/**
 * R3 as a function: whether the step's next attempt may be signed. Only when every attempt so far is provably dead,
 * and by what was asked of the chain, never by how long ago it was sent.
 */
export const mayResign = (step: Pick<Step, "status" | "attempts">, evidences: readonly Evidence[]): boolean =>
  (step.status === "in_flight" || step.status === "needs_review") &&
  step.attempts.length > 0 &&
  judge(step.attempts, evidences).verdict === "dead";

/**
 * What one endpoint proves. An attempt is dead (a) when it landed with an error that is finalized, or (b) when it had
 * expired at the height reading, and the later status answer does not know it, although that answer is not behind the
 * height reading and the endpoint's records reach back to when the attempt was signed.
 */
function judgeOne(attempts: readonly Attempt[], evidence: Evidence): Verdict {
  let last: { failure: TransactionFailure; signature: Signature } | null = null;
  let unknown: string | null = null;
  for (const attempt of attempts) {
    const status = evidence.statuses.get(attempt.signature);
    if (status === undefined) {
      unknown = `attempt ${attempt.number} was not asked for`;
    } else if (status === null) {
      unknown = whyUnproved(attempt, evidence) ?? unknown;
    } else if (status.failure === null) {
      return { verdict: "landed", attempt: attempt.number, slot: status.slot, finalized: status.finalized };
    } else if (status.finalized) {
      last = { failure: status.failure, signature: attempt.signature };
    } else {
      unknown = `attempt ${attempt.number} failed on chain, but its block is not final yet`;
    }
  }
  if (unknown !== null) return { verdict: "unknown", why: unknown };
  return { verdict: "dead", failure: last?.failure ?? null, signature: last?.signature ?? null };
}

/** What a transaction says that is in a block and was not run: its payer could not pay, and has paid nothing (SIMD-0290). */
const UNPAID: readonly unknown[] = ["AccountNotFound", "InsufficientFundsForFee", "InvalidAccountForFee"];

/**
 * The slot in which this attempt is on chain for good, with an error, and has cost its fee; undefined where no endpoint says
 * so, or where it was not run.
 */
export const failedAt = (
  { signature }: Pick<Attempt, "signature">,
  evidences: readonly Evidence[],
): bigint | undefined =>
  evidences
    .map(({ statuses }) => statuses.get(signature))
    .find((status) => status?.finalized && status.failure !== null && !UNPAID.includes(status.failure.error))
    ?.slot;

/** The endpoint's records begin after the attempt was signed. */
export const isPruned = (
  { blockhashSlot }: Pick<Attempt, "blockhashSlot">,
  { firstAvailableSlot }: Pick<Evidence, "firstAvailableSlot">,
): boolean => firstAvailableSlot > blockhashSlot;

/** Why "not found" does not prove that the attempt is dead; null when it does. */
export function whyUnproved(attempt: Attempt, evidence: Evidence): string | null {
  if (evidence.statusSlot < evidence.heightSlot) {
    return "the endpoint that was asked for statuses is behind the one that gave the block height";
  }
  if (isPruned(attempt, evidence)) {
    return `the endpoint's records begin at slot ${evidence.firstAvailableSlot}, after attempt ${attempt.number} was signed`;
  }
  if (!hasExpired(attempt.lastValidBlockHeight, evidence.finalizedBlockHeight)) {
    return `attempt ${attempt.number} may still land until block ${attempt.lastValidBlockHeight + 1n}`;
  }
  return null;
}

/**
 * Waiting will not decide this attempt: every endpoint that was heard does not find it, and either proves it dead or can
 * know nothing of it any more, because its records begin after the attempt was signed.
 */
export const isUndecidable = (attempt: Attempt, evidences: readonly Evidence[]): boolean =>
  evidences.length > 0 &&
  evidences.every(
    (evidence) =>
      evidence.statuses.get(attempt.signature) === null &&
      (isPruned(attempt, evidence) || whyUnproved(attempt, evidence) === null),
  );

/** What proves that an attempt which nobody knows can never land: the height that was read, and who was asked. */
export function sayExpiry(step: Step, evidences: readonly Evidence[]): string {
  const last = step.attempts.at(-1)?.lastValidBlockHeight ?? 0n;
  const proving = evidences.filter(({ finalizedBlockHeight }) => hasExpired(last, finalizedBlockHeight));
  const height = proving.reduce(
    (least, { finalizedBlockHeight: at }) => (least === 0n || at < least ? at : least),
    0n,
  );
  const asked = proving.length === 1 ? "1 endpoint does" : `${proving.length} endpoints do`;
  return `it could land until block ${last + 1n}, the finalized height is ${height}, and ${asked} not know its signature`;
}
