/**
 * Requests the return of an operation's unspent funds from its wallets, and waits for the result. See
 * `recoverCTOFunds`.
 */

import { setTimeout as sleep } from "node:timers/promises";
import type { CTORecovery } from "../contract/types.ts";
import type { Operation } from "../engine/ports.ts";
import { isOver } from "../engine/ports.ts";
import { CTOError } from "../errors/index.ts";
import { audited } from "../runtime/audit-log.ts";
import type { CTOContext } from "../runtime/context.ts";
import { readStatus } from "./operations.ts";

/** The default waiting time, ms. It covers finality and a few transactions. */
const WAIT_MS = 120_000;
const LOOK_EVERY_MS = 250;

export type RecoverOptions = {
  /** How long to wait for the operation to be final and for the recovery to end, ms. Default 120,000. */
  readonly waitMs?: number;
};

export type RecoverAnswer = CTORecovery & { readonly jobId: string };

/** Refuses an operation that has not ended. An ended operation may still lack finality. */
function requireEnded(operation: Operation | null, jobId: string): asserts operation is Operation {
  if (operation === null) throw new CTOError("CTO_E_OPERATION_UNKNOWN", { jobId });
  const { status } = operation;
  if (isOver({ status })) return;
  const reason = status === "needs_review" ? "a step of it needs a review" : "it has not ended";
  throw new CTOError("CTO_E_RECOVERY_TOO_EARLY", { jobId, reason });
}

/**
 * Polls until all landed transactions are final.
 *
 * @param ask returns null while they are not final
 */
export async function whenFinal(
  { journal }: Pick<CTOContext, "journal">,
  jobId: string,
  deadline: number,
  ask: (operation: Operation) => Promise<Operation | null>,
): Promise<Operation> {
  for (;;) {
    const operation = await journal.readOperation(jobId);
    requireEnded(operation, jobId);
    const answer = await ask(operation);
    if (answer !== null) return answer;
    if (performance.now() > deadline) {
      throw new CTOError("CTO_E_RECOVERY_TOO_EARLY", { jobId, reason: "what has landed is not final yet" });
    }
    await sleep(LOOK_EVERY_MS);
  }
}

/**
 * Requests a recovery and waits for it.
 *
 * @returns the recovery's result; `state: "requested"` if the time ran out before a worker finished
 * @throws `CTO_E_OPERATION_UNKNOWN`, `CTO_E_RECOVERY_TOO_EARLY`, `CTO_E_QUEUE_UNAVAILABLE`
 */
export async function recover(
  context: CTOContext,
  jobId: string,
  { waitMs = WAIT_MS }: RecoverOptions = {},
): Promise<RecoverAnswer> {
  const deadline = performance.now() + waitMs;
  requireEnded(await context.journal.readOperation(jobId), jobId);
  await context.queue.check();
  const operation = await audited(context, { action: "recovery.started", subject: jobId }, () =>
    whenFinal(context, jobId, deadline, () => context.journal.requestRecovery(jobId)),
  );
  await context.queue.wakeUser(operation.request.userId).catch(() => false); // If the wake-up is lost, the requeuer creates another.
  for (;;) {
    const status = await readStatus(context, jobId);
    const recovery = status.status === "not_found" ? undefined : status.result.recovery;
    if (recovery === undefined)
      throw new CTOError("CTO_E_INTERNAL", { reason: `${jobId} lost its recovery` });
    if (recovery.state !== "requested" || performance.now() > deadline) return { jobId, ...recovery };
    await sleep(LOOK_EVERY_MS);
  }
}
