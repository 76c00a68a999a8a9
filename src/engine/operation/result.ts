/** Sums up an operation's result from the journal's record alone. Pure. The receipt and the API show it. */

import type {
  Address,
  Failure,
  Lamports,
  Leg,
  Operation,
  OperationRequest,
  OperationStatus,
  Recovery,
  RecoveryLeg,
  RecoveryState,
  Signature,
  Step,
  StepStatus,
  VenueCode,
} from "../ports.ts";
import { stepOfLeg } from "../step/of-leg.ts";
import { decisiveAttempt, hasLanded, isAtRest } from "../step/status.ts";
import { isOver } from "./status.ts";

/** One wallet's outcome. Amounts in lamports and token base units. */
export type LegResult = {
  readonly leg: number;
  readonly walletId: string;
  readonly address: Address;
  readonly lamports: Lamports;
  readonly status: StepStatus;
  readonly attempts: number;
  readonly venue?: VenueCode;
  /** The leg's anchor. */
  readonly leastTokens?: bigint;
  readonly tokensReceived?: bigint;
  readonly signature?: Signature;
  readonly slot?: bigint;
  readonly failure?: Failure;
};

export type OperationResult = {
  readonly legs: readonly LegResult[];
  readonly landed: number;
  readonly spentLamports: bigint;
  /** Absent until the tokens of every landed leg are known. */
  readonly tokensReceived?: bigint;
  /** The costs of the landed transactions, without the buys. */
  readonly costs: { readonly network: bigint; readonly priority: bigint; readonly rent: bigint };
};

/** What one wallet returned. Lamports. */
export type LegRecovery = {
  readonly leg: number;
  readonly walletId: string;
  readonly address: Address;
  /** `none`: there was nothing to return, or nothing that could be returned. */
  readonly status: StepStatus | "none";
  /** Includes the rents of closed accounts; zero until it has landed. */
  readonly returned: bigint;
  /** What belongs to the funding wallet and is still in this wallet. */
  readonly left: bigint;
  readonly signature?: Signature;
  readonly slot?: bigint;
  /** Why something is left, or why there was nothing to return. */
  readonly why?: string;
};

export type RecoveryResult = {
  readonly state: RecoveryState;
  readonly returned: bigint;
  readonly legs: readonly LegRecovery[];
  readonly failure?: Failure;
};

const LESS_THAN_PLANNED =
  "since it was planned, the wallet has spent SOL, or one of its token accounts cannot be closed any more";

function legRecovery(leg: Leg, owed: RecoveryLeg | undefined, step: Step | undefined): LegRecovery {
  const landed = step && hasLanded(step.status);
  const attempt = step && decisiveAttempt(step);
  const returned = landed ? (attempt?.returned ?? 0n) : 0n;
  const left = (owed?.owed ?? 0n) - returned;
  const less = landed && left > 0n ? LESS_THAN_PLANNED : undefined;
  const why = step?.failure?.message ?? owed?.why ?? less;
  return {
    leg: leg.index,
    walletId: leg.walletId,
    address: leg.address,
    status: step?.status ?? "none",
    returned,
    left: left > 0n ? left : 0n,
    ...(attempt ? { signature: attempt.signature } : {}),
    ...(attempt?.slot !== undefined ? { slot: attempt.slot } : {}),
    ...(why !== undefined ? { why } : {}),
  };
}

/**
 * Presents a sweep as a recovery. A sweep has only returns: its status gives the recovery's state, and its plan gives
 * what each wallet owes.
 */
function sweepAsRecovery(status: OperationStatus, at: Date, legs: readonly Leg[]): Recovery {
  const state = status === "needs_review" ? "needs_review" : isOver({ status }) ? "done" : "requested";
  const none = { before: 0n as Lamports, accounts: [] };
  return { state, at, legs: legs.map(({ index, lamports }) => ({ leg: index, owed: lamports, ...none })) };
}

/** Sums up what was returned. Null if nobody requested a recovery. Without legs until we have read the chain. */
export function summariseRecovery(
  {
    recovery: requested,
    request,
    status,
    createdAt,
  }: Pick<Operation, "recovery" | "request" | "status" | "createdAt">,
  legs: readonly Leg[],
  steps: readonly Step[],
): RecoveryResult | null {
  const recovery =
    requested ?? (request.purpose === "sweep" ? sweepAsRecovery(status, createdAt, legs) : null);
  if (recovery === null) return null;
  const results = legs.flatMap((leg) => {
    const owed = recovery.legs.find((one) => one.leg === leg.index);
    const step = stepOfLeg(steps, "recover", leg);
    return owed === undefined && step === undefined ? [] : [legRecovery(leg, owed, step)];
  });
  return {
    state: recovery.state,
    returned: sum(results.map(({ returned }) => returned)),
    legs: results,
    ...(recovery.failure ? { failure: recovery.failure } : {}),
  };
}

function legResult(leg: Leg, step: Step): LegResult {
  // The attempt that landed, else the one that may still land, else the last one: this signature is useful on an
  // explorer.
  const attempt = decisiveAttempt(step);
  return {
    leg: leg.index,
    walletId: leg.walletId,
    address: leg.address,
    lamports: leg.lamports,
    status: step.status,
    attempts: step.attempts.length,
    ...(attempt?.venue ? { venue: attempt.venue } : {}),
    ...(attempt ? { signature: attempt.signature } : {}),
    ...(attempt?.slot !== undefined ? { slot: attempt.slot } : {}),
    ...(leg.leastTokens !== undefined ? { leastTokens: leg.leastTokens } : {}),
    ...(leg.tokensReceived !== undefined ? { tokensReceived: leg.tokensReceived } : {}),
    ...(step.failure ? { failure: step.failure } : {}),
  };
}

const sum = (values: readonly bigint[]): bigint => values.reduce((all, value) => all + value, 0n);

/** Returns the anchor of this wallet's leg in the operation that a retry repeats. */
export function previousLeast(
  { retry, walletIds = [] }: OperationRequest,
  walletId: string,
): bigint | undefined {
  return retry?.leastTokens[walletIds.indexOf(walletId)] ?? undefined;
}

/** Sums up an operation. Legs without a step (their plan was never written) are left out. */
export function summarise(legs: readonly Leg[], steps: readonly Step[]): OperationResult {
  const results = legs.flatMap((leg) => {
    const step = stepOfLeg(steps, "buy", leg);
    return step ? [legResult(leg, step)] : [];
  });
  const landed = results.filter(({ status }) => hasLanded(status));
  const tokens = landed.map(({ tokensReceived }) => tokensReceived);
  const costs = steps.flatMap(({ attempts }) =>
    attempts.filter(({ status }) => status === "landed").map(({ costs }) => costs),
  );
  return {
    legs: results,
    landed: landed.length,
    spentLamports: sum(landed.map(({ lamports }) => lamports)),
    ...(tokens.every((amount) => amount !== undefined) ? { tokensReceived: sum(tokens) } : {}),
    costs: {
      network: sum(costs.map(({ network }) => network)),
      priority: sum(costs.map(({ priority }) => priority)),
      rent: sum(costs.map(({ rent }) => rent)),
    },
  };
}

/**
 * Decides how an operation ends, from its steps: all landed, some, or none. Null while some step may still land
 * without a review.
 */
export function concludeStatus(
  operation: Pick<Operation, "cancelRequested">,
  steps: readonly Step[],
): { status: OperationStatus; partial: boolean } | null {
  if (steps.some(({ status }) => !isAtRest(status))) return null;
  // A sweep has no buys, so its returns decide.
  const isSweep = steps.every(({ kind }) => kind === "recover");
  const buys = isSweep ? steps : steps.filter(({ kind }) => kind === "buy");
  const landed = buys.filter(({ status }) => hasLanded(status)).length;
  const partial = landed > 0 && landed < buys.length;
  if (steps.some(({ status }) => status === "needs_review")) return { status: "needs_review", partial };
  const stopped = buys.some(({ status }) => status === "cancelled");
  if (operation.cancelRequested && stopped) return { status: "cancelled", partial };
  return { status: landed > 0 ? "completed" : "failed", partial };
}
