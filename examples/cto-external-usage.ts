/**
 * Shows four ways to use the CTO queue from your own application.
 *
 * Start the system in one shell with `npx cto start`. Then run this file in another shell, in the same folder: `npx tsx
 * examples/cto-external-usage.ts`
 */
import {
  type CTOJobStatus,
  closeAll,
  enqueueCTOOperation,
  getCTOJobStatus,
  isCTOError,
  subscribeToProgress,
  waitForCTOJob,
} from "cto-queue";
import { setUp } from "./set-up.ts";

function report(name: string, job: CTOJobStatus): void {
  if (job.status === "not_found") throw new Error(`${job.jobId} was never enqueued`);
  const { landed, legs, spentLamports, partial } = job.result;
  console.log(
    `${name}: ${job.status}, ${landed} of ${legs.length} wallets bought for ${spentLamports} lamports`,
  );
  if (partial) console.log("  Some wallets did not buy; result.legs says why.");
  if (job.status === "failed") console.error(`  Job failed: ${job.failedReason}`);
}

/** Example 1: the user's funding wallet pays for every buyer, in the open, in the same transaction as the buy. */
async function standardOperation(tokenAddress: string): Promise<void> {
  const job = await enqueueCTOOperation({
    userId: "user123",
    userChatId: 12345,
    tokenAddress,
    buyAmount: 2.0, // SOL over all wallets; fees and rents come on top
    mode: "standard",
    platform: "pumpfun", // a preference; the result says which venue was used
  });
  report("Standard", await waitForCTOJob(job.jobId));
}

/** Example 2: each buyer wallet pays for itself. */
async function prefundedOperation(tokenAddress: string): Promise<void> {
  const job = await enqueueCTOOperation({
    userId: "user456",
    userChatId: 67890,
    tokenAddress,
    buyAmount: 1.5,
    mode: "prefunded",
    platform: "bonk",
  });
  report("Prefunded", await waitForCTOJob(job.jobId));
}

/**
 * Example 3: several operations at once. A user's operations run one after another; different users run in parallel.
 */
async function batchOperations(tokens: readonly string[]): Promise<void> {
  const jobs = await Promise.all(
    tokens.map((tokenAddress) =>
      enqueueCTOOperation({
        userId: "batch_user",
        userChatId: 11111,
        tokenAddress,
        buyAmount: 1.0,
        mode: "standard",
        platform: "auto",
      }),
    ),
  );
  for (const { jobId } of jobs) report("Batch", await waitForCTOJob(jobId));
}

/** Example 4: live progress, and also polling, for applications that cannot listen. */
async function monitoredOperation(tokenAddress: string): Promise<void> {
  // With the key, a repeated request (for instance after a timeout) returns the first job instead of buying again.
  const options = { idempotencyKey: `example-${tokenAddress}` };
  const { jobId } = await enqueueCTOOperation(
    { userId: "user123", userChatId: 12345, tokenAddress, buyAmount: 1, mode: "prefunded", platform: "auto" },
    0,
    options,
  );
  const told = new Promise<CTOJobStatus>((resolve, reject) => {
    subscribeToProgress(
      jobId,
      (event) => {
        if (event.type === "phase") console.log(`  ${event.progress} % ${event.label}`);
        if (event.type === "leg") console.log(`  ${event.progress} % ${event.address} ${event.status}`);
      },
      resolve,
    ).catch(reject);
  });
  let polled = await getCTOJobStatus(jobId);
  while (polled.status === "waiting" || polled.status === "active") {
    await new Promise((resolve) => setTimeout(resolve, 500));
    polled = await getCTOJobStatus(jobId);
  }
  // The status is written before the events are reported. A poll therefore sees the end first, and the last events
  // follow.
  report("Monitored", await told);
}

try {
  const [first = "", ...others] = await setUp(["user123", "user456", "batch_user"], 3);
  await standardOperation(first);
  await prefundedOperation(first);
  await batchOperations([first, ...others]);
  await monitoredOperation(first);
} catch (error) {
  // Every error of the library has a code that never changes, and a remedy.
  if (isCTOError(error)) console.error(`${error.code}: ${error.message}\n${error.remedy}`);
  else console.error("CTO operation error:", error);
  process.exitCode = 1;
} finally {
  await closeAll();
}
