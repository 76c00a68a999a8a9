/**
 * Offers the CTO queue to external applications: they enqueue an operation, follow it, and cancel it.
 *
 * The functions use the process's own context, which is opened from the environment on first use. Call `closeAll()`
 * before the process ends.
 */

import { toJob } from "../contract/present.ts";
import type { CTOEstimate, CTOJob, CTOJobStatus, EnqueueOptions } from "../contract/types.ts";
import type { DetectedPlatform } from "../engine/ports.ts";
import { defaultContext } from "../runtime/default-context.ts";
import { defaultChainPorts, defaultDetector } from "../services/default-tokens.ts";
import { estimate } from "../services/estimate.ts";
import { type CancelAnswer, cancel, enqueue, readStatus } from "../services/operations.ts";
import { previewRecovery, type RecoveryPreview } from "../services/preview-recovery.ts";
import { type CompletionListener, type ProgressListener, subscribe } from "../services/progress.ts";
import { type RecoverAnswer, type RecoverOptions, recover } from "../services/recovery.ts";
import { retry } from "../services/retry.ts";

/**
 * Enqueues one operation. When the promise resolves, the operation is in the journal. It will then be executed even if
 * every process crashes and restarts.
 *
 * @param priority orders the operations of one user: 0 comes first, then 1, 2 and so on; users take turns
 * @throws `CTO_E_OPERATION_INVALID`, `CTO_E_TOKEN_ADDRESS_INVALID`, `CTO_E_TOKEN_IS_WRAPPED_SOL`,
 * `CTO_E_AMOUNT_INVALID`, `CTO_E_AMOUNT_ABOVE_LIMIT`, `CTO_E_AMOUNT_TOO_SMALL`, `CTO_E_MODE_UNKNOWN`,
 * `CTO_E_PLATFORM_UNKNOWN`, `CTO_E_USER_UNKNOWN`, `CTO_E_USER_HAS_NO_WALLETS`, `CTO_E_USER_HAS_NO_FUNDING_WALLET`,
 * `CTO_E_WEIGHTS_INVALID`, `CTO_E_WALLET_SELECTION_INVALID`, `CTO_E_IDEMPOTENCY_KEY_REUSED`,
 * `CTO_E_OPERATIONS_TOO_MANY`, `CTO_E_JOURNAL_UNAVAILABLE`, `CTO_E_QUEUE_UNAVAILABLE` (nothing was accepted)
 * @example
 * const job = await enqueueCTOOperation({
 *   userId: "user123",
 *   userChatId: 12345,
 *   tokenAddress: mint,
 *   buyAmount: 1.5, // SOL over all wallets
 *   mode: "standard",
 *   platform: "auto",
 * });
 */
export async function enqueueCTOOperation(
  jobData: CTOJob,
  priority = 0,
  options: EnqueueOptions = {},
): Promise<{ jobId: string; status: string; data: CTOJob }> {
  return enqueue(await defaultContext(), jobData, priority, options);
}

/**
 * Returns the operation's status, its progress (0 to 100), and its result so far, leg by leg. The status of an unknown
 * id is `not_found`.
 */
export async function getCTOJobStatus(jobId: string): Promise<CTOJobStatus> {
  return readStatus(await defaultContext(), jobId);
}

/**
 * Cancels an operation. A waiting operation ends at once. A running one begins no new leg, waits for the transactions
 * in flight, and ends as `cancelled` with the legs that landed. For an operation that has ended, the result is
 * `success: false` with the reason.
 */
export async function cancelCTOJob(jobId: string): Promise<CancelAnswer> {
  return cancel(await defaultContext(), jobId);
}

/**
 * Retries the legs of an operation that provably bought nothing. The retry is a new operation with the wallets, amounts
 * and terms of these legs, the current prices (`previousLeastTokens` shows the earlier anchor), and its own reservation
 * under the limits. It does not copy `notBefore` and `expiresAt`. An operation can be retried once, even with two
 * simultaneous requests; a retry can be retried, too.
 *
 * @throws `CTO_E_OPERATION_UNKNOWN`, `CTO_E_RETRY_TOO_EARLY`, `CTO_E_RETRY_NEEDS_REVIEW`, `CTO_E_RETRY_RESTORED`,
 * `CTO_E_RETRY_NOTHING`, `CTO_E_RETRY_EXISTS`, and the errors of `enqueueCTOOperation`
 * @example
 * const { jobId: again } = await retryCTOOperation(jobId);
 */
export async function retryCTOOperation(
  jobId: string,
): Promise<{ jobId: string; status: string; data: CTOJob }> {
  const operation = await retry(await defaultContext(), jobId);
  return { jobId: operation.id, status: operation.status, data: toJob(operation) };
}

/**
 * Returns unspent funds to the funding wallet: the money that the operation sent to the buyer wallets ahead of their
 * buys. Closes empty token accounts that the operation opened. Money that a wallet had before is never touched. A
 * worker does this at most once per leg, each time with the leg's memo; a repeated request returns nothing twice.
 *
 * @returns for each leg the returned amount, the remaining amount and the reason; `state` is `requested` if a worker
 * has not finished after `waitMs`
 * @throws `CTO_E_OPERATION_UNKNOWN`, `CTO_E_RECOVERY_TOO_EARLY`
 * @example
 * const { returnedLamports, legs } = await recoverCTOFunds(jobId);
 */
export async function recoverCTOFunds(jobId: string, options: RecoverOptions = {}): Promise<RecoverAnswer> {
  return recover(await defaultContext(), jobId, options);
}

/**
 * Returns what `recoverCTOFunds` would return now, leg by leg, and its approximate fees. Nothing is signed or stored.
 *
 * @throws `CTO_E_OPERATION_UNKNOWN`, `CTO_E_RECOVERY_TOO_EARLY`, `CTO_E_RECOVERY_UNPROVED`, `CTO_E_RPC_UNAVAILABLE`,
 * `CTO_E_USER_HAS_NO_FUNDING_WALLET`
 * @example
 * const { returnLamports, feeLamports } = await previewCTORecovery(jobId);
 */
export async function previewCTORecovery(
  jobId: string,
  options: RecoverOptions = {},
): Promise<RecoveryPreview> {
  return previewRecovery(await defaultContext(), await defaultChainPorts(), jobId, options);
}

/**
 * Reports an operation's numbered events, from the first one on. Any process may run the operation.
 *
 * @param onCompleted called once, with the final status; not called if `closeAll` comes first
 * @returns a function that stops the reports
 */
export async function subscribeToProgress(
  jobId: string,
  onProgress: ProgressListener,
  onCompleted?: CompletionListener,
): Promise<() => void> {
  return subscribe(await defaultContext(), jobId, onProgress, onCompleted);
}

/**
 * Returns what an operation would buy and cost now. It uses the engine's own plan, route and quote. Nothing is signed
 * or stored.
 *
 * @throws the errors of `enqueueCTOOperation`, and those that would refuse the operation before it signs:
 * `CTO_E_MINT_NOT_FOUND`, `CTO_E_TOKEN_MIGRATING`, `CTO_E_NO_ROUTE`, `CTO_E_PRICE_IMPACT_ABOVE_LIMIT`,
 * `CTO_E_VENUE_UNAVAILABLE`
 * @example
 * const { totalTokens, priceImpactBps, fees } = await estimateCTOOperation(jobData);
 */
export async function estimateCTOOperation(
  jobData: CTOJob,
  options: Omit<EnqueueOptions, "idempotencyKey"> = {},
): Promise<CTOEstimate> {
  return estimate(await defaultContext(), await defaultChainPorts(), jobData, options);
}

/**
 * Returns where a token trades: a venue's code, `migrating` or `unknown`. This process caches the answer, and the
 * journal caches it for all processes: a token that has graduated for a day, a bonding curve for ten seconds.
 * `migrating`, `unknown` and failures are not cached.
 *
 * @throws `CTO_E_TOKEN_ADDRESS_INVALID`, `CTO_E_MINT_NOT_FOUND`, `CTO_E_MINT_INVALID`, `CTO_E_RPC_UNAVAILABLE`
 * @example
 * const platform = await detectTokenPlatformWithCache(tokenAddress);
 */
export async function detectTokenPlatformWithCache(tokenAddress: string): Promise<DetectedPlatform> {
  return (await (await defaultDetector()).detect(tokenAddress)).platform;
}
