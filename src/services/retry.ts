/**
 * Retries the legs of an operation that provably bought nothing. The retry is a new operation with the same terms,
 * its own limits and its own anchor. The original operation does not change.
 */
import { retryIdOf } from "../base/retry-id.ts";
import { planRetry, requireEnded } from "../engine/operation/retry.ts";
import type { Operation } from "../engine/ports.ts";
import { CTOError, isCTOError } from "../errors/index.ts";
import { type AcceptContext, admit } from "./operations.ts";
import { readRetry } from "./retry-link.ts";

/**
 * Accepts the retry of an operation.
 *
 * @throws `CTO_E_OPERATION_UNKNOWN`, `CTO_E_RETRY_TOO_EARLY`, `CTO_E_RETRY_NEEDS_REVIEW`, `CTO_E_RETRY_RESTORED`,
 * `CTO_E_RETRY_NOTHING`, `CTO_E_RETRY_EXISTS` (also for one of two simultaneous requests), and the errors of `enqueueCTOOperation`
 */
export async function retry(context: AcceptContext, jobId: string): Promise<Operation> {
  const { journal } = context;
  const operation = await journal.readOperation(jobId);
  if (operation === null) throw new CTOError("CTO_E_OPERATION_UNKNOWN", { jobId });
  requireEnded(operation);
  const existing = (retryId: string) => new CTOError("CTO_E_RETRY_EXISTS", { jobId, retryId });
  const found = await readRetry(journal, operation);
  if (found !== null) throw existing(found);
  const legs = await journal.readLegs(jobId);
  const request = planRetry({ operation, legs, steps: await journal.readSteps(jobId) });
  const id = retryIdOf(jobId);
  try {
    // The same retry, under the same id, may have bought after the backup. Then the chain has its memos.
    const restored = operation.restored ? { restored: true as const } : {};
    const { operation: accepted, created } = await admit(context, { id, request, ...restored });
    if (created) return accepted;
  } catch (error) {
    // The same id exists with other legs: another request came first, and a fork changed the legs in between.
    if (!isCTOError(error, "CTO_E_IDEMPOTENCY_KEY_REUSED")) throw error;
  }
  throw existing(id);
}
