/** What became of an operation, summed up from the journal's record alone. Pure; the receipt and the API show it. */

import type {
  Address,
  Failure,
  Lamports,
  Leg,
  Operation,
  OperationStatus,
  Signature,
  Step,
  StepStatus,
  VenueCode,
} from "./ports.ts";
import { hasLanded } from "./step.ts";

/** One wallet's outcome. Amounts in lamports and token base units. */
export type LegResult = {
  readonly leg: number;
  readonly walletId: string;
  readonly address: Address;
  readonly lamports: Lamports;
  readonly status: StepStatus;
  readonly attempts: number;
  readonly venue?: VenueCode;
  readonly tokensReceived?: bigint;
  readonly signature?: Signature;
  readonly slot?: bigint;
  readonly failure?: Failure;
};

export type OperationResult = {
  readonly legs: readonly LegResult[];
  readonly landed: number;
  readonly spentLamports: bigint;
  /** Unknown until every landed leg's tokens are known. */
  readonly tokensReceived?: bigint;
  /** Beside the buys, of the transactions that landed. */
  readonly costs: { readonly network: bigint; readonly priority: bigint; readonly rent: bigint };
};

function legResult(leg: Leg, step: Step): LegResult {
  // The attempt that landed, or else the last one: it is the one to look up on an explorer.
  const attempt = step.attempts.find(({ status }) => status === "landed") ?? step.attempts.at(-1);
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
    ...(leg.tokensReceived !== undefined ? { tokensReceived: leg.tokensReceived } : {}),
    ...(step.failure ? { failure: step.failure } : {}),
  };
}

const sum = (values: readonly bigint[]): bigint => values.reduce((all, value) => all + value, 0n);

/** Sums up. Legs without a step (a plan that was never written) are not there. */
export function summarise(legs: readonly Leg[], steps: readonly Step[]): OperationResult {
  const results = legs.flatMap((leg) => {
    const step = steps.find(({ kind, leg: index }) => kind === "buy" && index === leg.index);
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

/** How an operation ends, given its steps: see design rule 8 of one operation. Null while some step may still land. */
export function concludeStatus(
  operation: Pick<Operation, "cancelRequested">,
  steps: readonly Step[],
): { status: OperationStatus; partial: boolean } | null {
  if (steps.some(({ status }) => status === "ready" || status === "in_flight")) return null;
  const buys = steps.filter(({ kind }) => kind === "buy");
  const landed = buys.filter(({ status }) => hasLanded(status)).length;
  const partial = landed > 0 && landed < buys.length;
  if (steps.some(({ status }) => status === "needs_review")) return { status: "needs_review", partial };
  const stopped = buys.some(({ status }) => status === "cancelled");
  if (operation.cancelRequested && stopped) return { status: "cancelled", partial };
  return { status: landed > 0 ? "completed" : "failed", partial };
}
