/**
 * Defines the state machine of a step, and the re-sign rule.
 *
 * A step must land on chain at most once. `TRANSITIONS` lists the legal changes. `judge` decides, from evidence
 * alone, whether an attempt landed, is provably dead, or must be waited for. `mayResign` is the rule itself.
 */
import type { Attempt, Evidence, Signature, Step, StepStatus, TransactionFailure } from "../ports.ts";

/** Every legal change of a step's status. All other changes are refused. */
export const TRANSITIONS = {
  // Signed and journaled; or given up before anything was signed; or cancelled; or restored from a backup, without
  // proof.
  ready: ["in_flight", "failed", "cancelled", "needs_review"],
  // Landed; or provably dead (`ready` again, or failed for good); or not proved in time.
  in_flight: ["confirmed", "finalized", "ready", "failed", "needs_review"],
  // Settled; or a fork dropped its block (R6).
  confirmed: ["finalized", "in_flight"],
  // Later evidence, or a person, may decide it.
  needs_review: ["in_flight", "confirmed", "finalized", "ready", "failed"],
  finalized: [],
  failed: [],
  cancelled: [],
} as const satisfies Record<StepStatus, readonly StepStatus[]>;

export const isLegal = (from: StepStatus, to: StepStatus): boolean =>
  (TRANSITIONS[from] as readonly StepStatus[]).includes(to);

export type Verdict =
  /** This attempt landed without an error. */
  | {
      readonly verdict: "landed";
      readonly attempt: number;
      readonly slot: bigint;
      readonly finalized: boolean;
    }
  /**
   * Every attempt is provably dead, so the step may be signed again. `failure` is the on-chain error of the last
   * attempt that has one.
   */
  | {
      readonly verdict: "dead";
      readonly failure: TransactionFailure | null;
      readonly signature: Signature | null;
    }
  /** Neither is proved. */
  | { readonly verdict: "unknown"; readonly why: string };

/**
 * Whether an attempt has expired. Block L + 1 may still include it, so the finalized height must be greater than L +
 * 1.
 */
export const hasExpired = (lastValidBlockHeight: bigint, finalizedBlockHeight: bigint): boolean =>
  finalizedBlockHeight > lastValidBlockHeight + 1n;

/**
 * R3: decides what the evidence proves about a step's attempts.
 *
 * Each piece of evidence must have the height read first, then the statuses, with history, of *every* attempt of the
 * step. One endpoint that has seen an attempt land suffices for "landed". "Dead" needs all endpoints, and at least
 * one.
 */
export function judge(attempts: readonly Attempt[], evidences: readonly Evidence[]): Verdict {
  // In a restored journal, a step without attempts may nevertheless have been signed.
  if (attempts.length === 0) return { verdict: "unknown", why: "the journal has no attempt of it" };
  const verdicts = evidences.map((evidence) => judgeOne(attempts, evidence));
  // "Landed" has priority over everything: even if other facts are unknown, the step must never be signed again.
  const landed = verdicts.filter(({ verdict }) => verdict === "landed");
  const unknown = verdicts.find(({ verdict }) => verdict === "unknown");
  const failed = verdicts.find((one) => one.verdict === "dead" && one.failure !== null);
  return (
    landed.find((one) => one.verdict === "landed" && one.finalized) ??
    landed[0] ??
    unknown ??
    failed ??
    // R4: missing evidence does not prove that an attempt is absent.
    verdicts[0] ?? { verdict: "unknown", why: "no endpoint gave evidence" }
  );
}

/**
 * R3 as a function: whether the step's next attempt may be signed. It requires that every earlier attempt is provably
 * dead, by evidence from the chain. The time since sending proves nothing.
 */
export const mayResign = (step: Pick<Step, "status" | "attempts">, evidences: readonly Evidence[]): boolean =>
  (step.status === "in_flight" || step.status === "needs_review") &&
  step.attempts.length > 0 &&
  judge(step.attempts, evidences).verdict === "dead";

/**
 * Decides what one endpoint proves. An attempt is dead if (a) it landed with an error that is finalized, or (b) all
 * of this holds: it had expired at the height reading, the later status answer does not contain it, that answer is
 * not behind the height reading, and the endpoint's records reach back to when the attempt was signed.
 */
function judgeOne(attempts: readonly Attempt[], evidence: Evidence): Verdict {
  let last: { failure: TransactionFailure; signature: Signature } | null = null;
  let unknown: string | null = null;
  for (const attempt of attempts) {
    const status = evidence.statuses.get(attempt.signature);
    if (status === undefined) {
      unknown = `the endpoint was not queried about attempt ${attempt.number}`;
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

/**
 * Errors of a transaction that is in a block but was not executed: its payer could not pay the fee, and paid nothing
 * (SIMD-0290).
 */
const UNPAID: readonly unknown[] = ["AccountNotFound", "InsufficientFundsForFee", "InvalidAccountForFee"];

/**
 * Returns the slot in which this attempt is finalized with an error, so that it has cost its fee. Undefined if no
 * endpoint returns such a status, or if the transaction was not executed.
 */
export const failedAt = (
  { signature }: Pick<Attempt, "signature">,
  evidences: readonly Evidence[],
): bigint | undefined =>
  evidences
    .map(({ statuses }) => statuses.get(signature))
    .find((status) => status?.finalized && status.failure !== null && !UNPAID.includes(status.failure.error))
    ?.slot;

/** Whether the endpoint's records begin after the attempt was signed. */
export const isPruned = (
  { blockhashSlot }: Pick<Attempt, "blockhashSlot">,
  { firstAvailableSlot }: Pick<Evidence, "firstAvailableSlot">,
): boolean => firstAvailableSlot > blockhashSlot;

/** Says why "not found" does not prove that the attempt is dead; null if it does prove it. */
export function whyUnproved(attempt: Attempt, evidence: Evidence): string | null {
  if (evidence.statusSlot < evidence.heightSlot) {
    return "the endpoint that returned the statuses is behind the one that returned the block height";
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
 * Whether waiting cannot decide this attempt: no endpoint that answered finds it, and each one either proves it dead
 * or has no records from the time when the attempt was signed.
 */
export const isUndecidable = (attempt: Attempt, evidences: readonly Evidence[]): boolean =>
  evidences.length > 0 &&
  evidences.every(
    (evidence) =>
      evidence.statuses.get(attempt.signature) === null &&
      (isPruned(attempt, evidence) || whyUnproved(attempt, evidence) === null),
  );

/** Says what proves that an attempt with an error is dead. @param slot see `feeSlotOf`; undefined if it was not run */
export const sayFailure = (slot: bigint | undefined): string =>
  slot === undefined
    ? "it is in a block with an error, and was not run"
    : `it failed on chain in slot ${slot}`;

/**
 * Says what proves that an attempt without a status can never land: the height that was read, and the number of
 * endpoints.
 */
export function sayExpiry(step: Step, evidences: readonly Evidence[]): string {
  const last = step.attempts.at(-1)?.lastValidBlockHeight ?? 0n;
  const proving = evidences.filter(({ finalizedBlockHeight }) => hasExpired(last, finalizedBlockHeight));
  const height = proving.reduce(
    (least, { finalizedBlockHeight: at }) => (least === 0n || at < least ? at : least),
    0n,
  );
  const endpoints = proving.length === 1 ? "1 endpoint does" : `${proving.length} endpoints do`;
  return `it could land until block ${last + 1n}, the finalized height is ${height}, and ${endpoints} not know its signature`;
}
