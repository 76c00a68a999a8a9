/** Enqueues, reads and cancels operations: the service behind the public functions, the CLI and the server. */

import { randomBytes } from "node:crypto";
import { getBase58Decoder } from "@solana/kit";
import { inOneTrip } from "../base/together.ts";
import { parseRequest } from "../contract/parse.ts";
import { publicStatus, toJob, toStatus } from "../contract/present.ts";
import type { CTOJob, CTOJobStatus, EnqueueOptions } from "../contract/types.ts";
import { requireWithinLimits } from "../engine/limits/limits.ts";
import { shareLamports } from "../engine/operation/plan.ts";
import { chooseParticipants } from "../engine/operation/validate.ts";
import type { NewOperation, Operation } from "../engine/ports.ts";
import { isUnderWay } from "../engine/ports.ts";
import { expired, isExpired } from "../engine/step/expiry.ts";
import { CTOError, isCTOError } from "../errors/index.ts";
import type { CTOContext } from "../runtime/context.ts";
import { keepTrace, traced } from "../runtime/tracing/operation-trace.ts";
import { readLimits } from "./limits.ts";
import { readRetry } from "./retry-link.ts";

/** An id contains no information about its operation, because it appears in public memos. */
export const newOperationId = (): string => `op_${getBase58Decoder().decode(randomBytes(16))}`;

/** Returns whether a worker may have the operation. While it rests after an outage, no worker has it. */
const isHeld = ({ status, notBefore }: Operation): boolean =>
  status === "active" && (notBefore?.getTime() ?? 0) <= Date.now();

type Admission = Omit<NewOperation, "id" | "maxOpen"> & { readonly id?: string };

/** What an operation is accepted with. */
export type AcceptContext = Pick<CTOContext, "config" | "journal" | "queue">;

/**
 * Accepts one operation: we validate it, write it to the journal, and then queue it. If the queue is unavailable, we
 * write nothing.
 *
 * @param jobData becomes a {@link CTOJob} when it is parsed; its amount may also be decimal text
 * @returns the operation, and whether it is new: a repeated request returns the first request's operation
 * @throws the errors of `enqueueCTOOperation`
 */
export async function accept(
  { config, journal, queue }: AcceptContext,
  jobData: unknown,
  priority: number,
  options: EnqueueOptions,
): Promise<{ operation: Operation; created: boolean }> {
  return admit({ config, journal, queue }, parseRequest(config, jobData, priority, options));
}

/**
 * Accepts a parsed request, or finds the operation of an earlier identical request.
 *
 * @param given.id a fixed id, if one is needed: a retry's id is derived from the original operation's id
 * @throws the errors of `enqueueCTOOperation`
 */
export async function admit(
  context: AcceptContext,
  given: Admission,
): Promise<{ operation: Operation; created: boolean }> {
  return traced("cto enqueue", { attributes: { "cto.mode": given.request.mode } }, async (span) => {
    const admitted = await inOneTrip(() => admitTraced(context, given));
    span.setAttributes({ "cto.operation": admitted.operation.id, "cto.created": admitted.created });
    return admitted;
  });
}

type Admitted = { readonly operation: Operation; readonly created: boolean };

/**
 * Wakes a worker for an accepted operation. A lost wake-up is not a failure: the requeuer creates another one. A repeated
 * request does so, too.
 */
async function wakeFor(queue: AcceptContext["queue"], accepted: Admitted): Promise<Admitted> {
  const { request } = accepted.operation;
  if (isUnderWay(accepted.operation)) await queue.wakeUser(request.userId).catch(() => false);
  return accepted;
}

async function admitTraced(
  { config, journal, queue }: AcceptContext,
  given: Admission,
): Promise<{ operation: Operation; created: boolean }> {
  const { request, id = newOperationId() } = given;
  const mayBeKnown = given.id !== undefined || given.idempotencyKey !== undefined;
  // A repeated request must find its operation, even if the limits have changed. The worker then checks the limits.
  const isLimited = given.idempotencyKey === undefined;
  // It runs beside the reads; we await it before we write. A repeated request does not need it.
  const checked = queue.check().then(
    () => null,
    (error: unknown) => ({ error }),
  );
  const [known, wallets, limits] = await Promise.all([
    mayBeKnown ? journal.findAccepted({ ...given, id }) : null,
    journal.listWallets(request.userId),
    isLimited ? readLimits({ config, journal }, request.userId) : null,
  ]);
  // Nothing that has changed since may refuse it: neither the user's wallets, nor a queue that is unavailable.
  if (known !== null) return wakeFor(queue, { operation: known, created: false });
  // A user who has wallets exists.
  if (wallets.length === 0 && (await journal.readUser(request.userId)) === null) {
    throw new CTOError("CTO_E_USER_UNKNOWN", { userId: request.userId });
  }
  const { buyers } = chooseParticipants(request, wallets);
  shareLamports(request.buyLamports, request.weights ?? buyers.map(() => 1));
  // By the journal's time, because this machine's clock may be wrong.
  if (isLimited && request.expiresAt && isExpired({ request }, await journal.readTime()))
    throw expired({ request }, { isNew: true });
  if (limits !== null) requireWithinLimits(limits, request, buyers.length);
  const refusal = await checked;
  if (refusal !== null) throw refusal.error;
  const maxOpen = config.CTO_MAX_OPEN_OPERATIONS;
  const accepted = await journal.createOperation({ ...given, id, maxOpen });
  if (accepted.created) await keepTrace(journal, accepted.operation.id);
  return wakeFor(queue, accepted);
}

/** Accepts one operation and returns its status. See `enqueueCTOOperation`. */
export async function enqueue(
  context: AcceptContext,
  jobData: unknown,
  priority: number,
  options: EnqueueOptions,
): Promise<{ jobId: string; status: string; data: CTOJob }> {
  const { operation } = await accept(context, jobData, priority, options);
  return { jobId: operation.id, status: publicStatus(operation, isHeld(operation)), data: toJob(operation) };
}

/** Reads the operation's status from the journal alone. */
export async function readStatus(
  { config, journal }: Omit<AcceptContext, "queue">,
  jobId: string,
): Promise<CTOJobStatus> {
  const operation = await journal.readOperation(jobId);
  if (operation === null) return { jobId, status: "not_found", progress: 0 };
  const [legs, steps, halt, retriedBy] = await Promise.all([
    journal.readLegs(jobId),
    journal.readSteps(jobId),
    isUnderWay(operation) ? journal.readHalt() : null,
    readRetry(journal, operation),
  ]);
  const shown = { held: isHeld(operation), halt, publicUrl: config.CTO_PUBLIC_URL, retriedBy };
  return toStatus(operation, legs, steps, shown);
}

export type CancelAnswer = { success: boolean; error?: string; message?: string };

/** Cancels a waiting operation at once. An active operation begins no new leg. See `cancelCTOJob`. */
export async function cancel(context: Omit<AcceptContext, "config">, jobId: string): Promise<CancelAnswer> {
  try {
    return { success: true, message: await requestCancel(context, jobId) };
  } catch (error) {
    if (!isCTOError(error, "CTO_E_OPERATION_UNKNOWN") && !isCTOError(error, "CTO_E_OPERATION_ENDED"))
      throw error;
    return { success: false, error: `${error.code}: ${error.message}` };
  }
}

/**
 * Does the same. Returns what happens now.
 *
 * @throws `CTO_E_OPERATION_UNKNOWN`, `CTO_E_OPERATION_ENDED`
 */
export async function requestCancel(
  { journal, queue }: Omit<AcceptContext, "config">,
  jobId: string,
): Promise<string> {
  const before = await journal.readOperation(jobId);
  if (before === null) throw new CTOError("CTO_E_OPERATION_UNKNOWN", { jobId });
  if (!isUnderWay(before)) throw new CTOError("CTO_E_OPERATION_ENDED", { jobId, status: before.status });
  const after = await journal.requestCancel(jobId);
  if (after === "active") return "No new leg begins; what is in flight finishes first";
  if (after !== "cancelled")
    throw new CTOError("CTO_E_OPERATION_ENDED", { jobId, ...(after === null ? {} : { status: after }) });
  await journal.appendEvent(jobId, { type: "result", status: "cancelled", progress: before.progress });
  queue.wake(jobId);
  return "The operation was cancelled before it began";
}
