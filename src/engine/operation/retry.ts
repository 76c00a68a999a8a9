/**
 * Plans the retry of an operation: which of its legs can never land any more, and the request that buys them again. The
 * library's service and the simulator both use it.
 */
import { CTOError } from "../../errors/index.ts";
import type { Lamports, Leg, Operation, OperationRequest, Step } from "../ports.ts";
import { hasFailed, hasLanded, isUnderWay, stepOfLeg } from "../ports.ts";

/** An operation as the journal has it. */
export type Retried = {
  readonly operation: Pick<Operation, "id" | "status" | "request" | "recovery" | "restored">;
  readonly legs: readonly Leg[];
  readonly steps: readonly Step[];
};

/**
 * Refuses an operation that cannot be retried now, by its status alone.
 *
 * @throws `CTO_E_RETRY_TOO_EARLY`, `CTO_E_RETRY_NEEDS_REVIEW`, `CTO_E_RETRY_NOTHING`
 */
export function requireEnded({ id: jobId, status, request, recovery }: Retried["operation"]): void {
  if (isUnderWay({ status })) throw new CTOError("CTO_E_RETRY_TOO_EARLY", { jobId });
  if (status === "needs_review") throw new CTOError("CTO_E_RETRY_NEEDS_REVIEW", { jobId });
  if (recovery?.state === "requested") throw new CTOError("CTO_E_RETRY_TOO_EARLY", { jobId });
  if (request.purpose === "sweep") {
    throw new CTOError("CTO_E_RETRY_NOTHING", { jobId, reason: "it was a sweep, which buys nothing" });
  }
}

/**
 * Returns the request of the retry: the same terms without the times, which have passed. Each missing leg keeps its
 * wallet and its lamports.
 *
 * @throws `CTO_E_RETRY_TOO_EARLY`, `CTO_E_RETRY_NEEDS_REVIEW`, `CTO_E_RETRY_RESTORED`, `CTO_E_RETRY_NOTHING`
 * @example
 * // wallets a, b, c; only a has bought
 * planRetry({ operation, legs, steps }).walletIds; // ["b", "c"]
 */
export function planRetry({ operation, legs, steps }: Retried): OperationRequest {
  requireEnded(operation);
  const { id, request } = operation;
  const { notBefore: _begun, expiresAt: _ended, retry: earlier, ...terms } = request;
  // In a restored journal, the plan may have been written and carried out after the backup.
  if (legs.length === 0 && operation.restored) throw new CTOError("CTO_E_RETRY_RESTORED", { jobId: id });
  // No plan was ever written, so we request the whole operation again. If it was a retry itself, its wallets still keep
  // what each of them had.
  if (legs.length === 0) return { ...terms, retry: { of: id, leastTokens: earlier?.leastTokens ?? [] } };
  const missing = missingLegs(id, legs, steps);
  return {
    ...terms,
    buyLamports: missing.reduce((sum, { lamports }) => sum + lamports, 0n) as Lamports,
    walletIds: missing.map(({ walletId }) => walletId),
    weights: missing.map(({ lamports }) => Number(lamports)),
    retry: { of: id, leastTokens: missing.map(({ leastTokens }) => leastTokens ?? null) },
  };
}

/** Returns the legs whose buys can never land any more. */
function missingLegs(jobId: string, legs: readonly Leg[], steps: readonly Step[]): Leg[] {
  const statusOf = (leg: Leg): Step["status"] | undefined => stepOfLeg(steps, "buy", leg)?.status;
  const isLanded = (leg: Leg): boolean => {
    const status = statusOf(leg);
    return status !== undefined && hasLanded(status);
  };
  const isGone = (leg: Leg): boolean => {
    const status = statusOf(leg);
    return status !== undefined && hasFailed(status);
  };
  // A fork may have reopened a leg after the operation had ended.
  if (legs.some((leg) => !isGone(leg) && !isLanded(leg)))
    throw new CTOError("CTO_E_RETRY_TOO_EARLY", { jobId });
  const missing = legs.filter((leg) => !isLanded(leg));
  if (missing.length === 0)
    throw new CTOError("CTO_E_RETRY_NOTHING", { jobId, reason: "every leg has landed" });
  return missing;
}
