/**
 * The CTO queue for external applications: enqueue an operation, follow it, cancel it.
 *
 * The functions work on the process's own context, opened from the environment on first use; call `closeAll()`
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
 * Enqueues one operation. When it resolves, the operation is in the journal and will be carried out, even if
 * every process dies.
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
 * The operation's status, progress (0 to 100) and, leg by leg, its result so far.
 * An id that was never given out answers `not_found`.
 */
export async function getCTOJobStatus(jobId: string): Promise<CTOJobStatus> {
  return readStatus(await defaultContext(), jobId);
}

/**
 * Cancels an operation. A waiting one ends at once; a running one begins no new leg, lets what is in flight
 * finish, and ends `cancelled` with what landed. One that has ended answers `success: false` with the reason.
 */
export async function cancelCTOJob(jobId: string): Promise<CancelAnswer> {
  return cancel(await defaultContext(), jobId);
}

/**
 * Buys again what legs of an operation provably did not: a new operation with the wallets, amounts and terms that these legs
 * had, the prices of now (`previousLeastTokens` shows the anchor of before), and its own place under the limits. `notBefore` and
 * `expiresAt` are not taken over. An operation is retried once at most, even when two ask at once; a retry can be retried itself.
 *
 * @throws `CTO_E_OPERATION_UNKNOWN`, `CTO_E_RETRY_TOO_EARLY`, `CTO_E_RETRY_NEEDS_REVIEW`, `CTO_E_RETRY_NOTHING`,
 * `CTO_E_RETRY_EXISTS`, and as `enqueueCTOOperation`
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
 * Returns what an operation's funding ahead of its buys left in the buyer wallets to the funding wallet, and closes token
 * accounts that the operation opened and that are empty. Never touches what a wallet had before. A worker does it, at most
 * once per leg, each with its memo; asking again returns nothing twice.
 *
 * @returns leg by leg what went back, what is left and why; `state` is `requested` when a worker still has it after `waitMs`
 * @throws `CTO_E_OPERATION_UNKNOWN`, `CTO_E_RECOVERY_TOO_EARLY`
 * @example
 * const { returnedLamports, legs } = await recoverCTOFunds(jobId);
 */
export async function recoverCTOFunds(jobId: string, options: RecoverOptions = {}): Promise<RecoverAnswer> {
  return recover(await defaultContext(), jobId, options);
}

/**
 * What `recoverCTOFunds` would return now, leg by leg, and about what it would cost. Nothing is signed or stored.
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
 * Reports an operation's numbered events, from the first one on, from whichever process runs it.
 *
 * @param onCompleted called once, with the final status
 * @returns stops the reports
 */
export async function subscribeToProgress(
  jobId: string,
  onProgress: ProgressListener,
  onCompleted?: CompletionListener,
): Promise<() => void> {
  return subscribe(await defaultContext(), jobId, onProgress, onCompleted);
}

/**
 * What an operation would get and cost now, by the engine's own plan, route and quote. Nothing is signed or stored.
 *
 * @throws as `enqueueCTOOperation`, and what would refuse the operation before it signs: `CTO_E_MINT_NOT_FOUND`,
 * `CTO_E_TOKEN_MIGRATING`, `CTO_E_NO_ROUTE`, `CTO_E_PRICE_IMPACT_ABOVE_LIMIT`, `CTO_E_VENUE_UNAVAILABLE`
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
 * Where a token trades: a venue's code, `migrating` or `unknown`. Remembered by this process and, through the journal,
 * by all others: tokens that have graduated for a day, bonding curves for ten seconds, failures never.
 *
 * @throws `CTO_E_TOKEN_ADDRESS_INVALID`, `CTO_E_MINT_NOT_FOUND`, `CTO_E_MINT_INVALID`, `CTO_E_RPC_UNAVAILABLE`
 * @example
 * const platform = await detectTokenPlatformWithCache(tokenAddress);
 */
export async function detectTokenPlatformWithCache(tokenAddress: string): Promise<DetectedPlatform> {
  return (await (await defaultDetector()).detect(tokenAddress)).platform;
}
