/**
 * Retries the legs of an operation that provably bought nothing. The retry is a new operation with the same terms,
 * its own limits and its own anchor. The original operation does not change.
 */
import {
  hasFailed,
  hasLanded,
  isUnderWay,
  type Lamports,
  type Leg,
  type Operation,
  type OperationRequest,
  type Step,
  stepOfLeg,
} from "../engine/ports.ts";
import { CTOError, isCTOError } from "../errors/index.ts";
import type { CTOContext } from "../runtime/context.ts";
import { admit } from "./operations.ts";
import { readRetry, retryIdOf } from "./retry-link.ts";

type Doors = Pick<CTOContext, "config" | "journal" | "queue">;

/** @throws `CTO_E_RETRY_TOO_EARLY`, `CTO_E_RETRY_NEEDS_REVIEW`, `CTO_E_RETRY_NOTHING` */
function requireEnded({ id: jobId, status, request, recovery }: Operation): void {
  if (isUnderWay({ status })) throw new CTOError("CTO_E_RETRY_TOO_EARLY", { jobId });
  if (status === "needs_review") throw new CTOError("CTO_E_RETRY_NEEDS_REVIEW", { jobId });
  if (recovery?.state === "requested") throw new CTOError("CTO_E_RETRY_TOO_EARLY", { jobId });
  if (request.purpose === "sweep") {
    throw new CTOError("CTO_E_RETRY_NOTHING", { jobId, reason: "it was a sweep, which buys nothing" });
  }
}

/**
 * Returns the legs whose buys can never land any more.
 *
 * @throws `CTO_E_RETRY_TOO_EARLY`, `CTO_E_RETRY_NOTHING`
 */
function missingLegs(jobId: string, legs: readonly Leg[], steps: readonly Step[]): Leg[] {
  const statusOf = (leg: Leg): Step["status"] | undefined => stepOfLeg(steps, "buy", leg)?.status;
  // A fork may have reopened a leg after the operation had ended.
  if (legs.some((leg) => !isGone(statusOf(leg)) && !isLanded(statusOf(leg))))
    throw new CTOError("CTO_E_RETRY_TOO_EARLY", { jobId });
  const missing = legs.filter((leg) => !isLanded(statusOf(leg)));
  if (missing.length === 0)
    throw new CTOError("CTO_E_RETRY_NOTHING", { jobId, reason: "every leg has landed" });
  return missing;
}

const isLanded = (status: Step["status"] | undefined): boolean => status !== undefined && hasLanded(status);
const isGone = (status: Step["status"] | undefined): boolean => status !== undefined && hasFailed(status);

/** Returns the same terms without the times, which have passed. Each leg keeps its lamports. */
function requestAgain({ id, request }: Operation, missing: readonly Leg[]): OperationRequest {
  const { notBefore: _begun, expiresAt: _ended, retry: _earlier, ...terms } = request;
  const retry = { of: id, leastTokens: missing.map(({ leastTokens }) => leastTokens ?? null) };
  // No plan was ever written, so we request the whole operation again.
  if (missing.length === 0) return { ...terms, retry };
  return {
    ...terms,
    buyLamports: missing.reduce((sum, { lamports }) => sum + lamports, 0n) as Lamports,
    walletIds: missing.map(({ walletId }) => walletId),
    weights: missing.map(({ lamports }) => Number(lamports)),
    retry,
  };
}

/**
 * Accepts the retry of an operation.
 *
 * @throws `CTO_E_OPERATION_UNKNOWN`, `CTO_E_RETRY_TOO_EARLY`, `CTO_E_RETRY_NEEDS_REVIEW`, `CTO_E_RETRY_NOTHING`,
 * `CTO_E_RETRY_EXISTS` (also for one of two simultaneous requests), and the errors of `enqueueCTOOperation`
 */
export async function retry(context: Doors, jobId: string): Promise<Operation> {
  const { journal } = context;
  const before = await journal.readOperation(jobId);
  if (before === null) throw new CTOError("CTO_E_OPERATION_UNKNOWN", { jobId });
  requireEnded(before);
  const existing = (retryId: string) => new CTOError("CTO_E_RETRY_EXISTS", { jobId, retryId });
  const found = await readRetry(journal, before);
  if (found !== null) throw existing(found);
  const legs = await journal.readLegs(jobId);
  const missing = legs.length === 0 ? [] : missingLegs(jobId, legs, await journal.readSteps(jobId));
  const id = retryIdOf(jobId);
  try {
    const { operation, created } = await admit(context, { id, request: requestAgain(before, missing) });
    if (created) return operation;
  } catch (error) {
    // The same id exists with other legs: another request came first, and a fork changed the legs in between.
    if (!isCTOError(error, "CTO_E_IDEMPOTENCY_KEY_REUSED")) throw error;
  }
  throw existing(id);
}
