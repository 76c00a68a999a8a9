/** Shows a person, in words, the evidence about steps whose outcome cannot be proved, and the returns that wait to be signed. */

import type { Address, Failure, Lamports, OperationStatus, Ports, Signature } from "../engine/ports.ts";
import { legOf } from "../engine/ports.ts";
import { gather, sayStatus, sayVerdict } from "../engine/review/gather.ts";
import { isRefusedReturn, returnedBy } from "../engine/review/waiting-return.ts";
import { judge } from "../engine/step/step.ts";
import { CTOError } from "../errors/index.ts";
import type { CTOContext } from "../runtime/context.ts";

/** The status of one attempt on one endpoint, in words. */
export type ReviewedStatus = {
  readonly endpoint: string;
  readonly finalizedHeight: bigint;
  readonly says: string;
};

export type ReviewedAttempt = {
  readonly number: number;
  readonly signature: Signature;
  readonly signedAt: Date;
  /** L: the attempt could be included up to and including block L + 1. */
  readonly lastValidBlockHeight: bigint;
  readonly blockhashSlot: bigint;
  readonly endpoints: readonly ReviewedStatus[];
};

export type ReviewedStep = {
  readonly stepId: string;
  readonly leg: number;
  /** `ready`: a return that could not be signed. Nothing of it can land, and a person may end it. */
  readonly status: "needs_review" | "ready";
  readonly address: Address | null;
  readonly lamports: Lamports | null;
  readonly failure: Failure | null;
  readonly attempts: readonly ReviewedAttempt[];
  /** The verdict of all evidence, in words. */
  readonly conclusion: string;
};

export type Review = {
  readonly operationId: string;
  readonly status: OperationStatus;
  readonly steps: readonly ReviewedStep[];
};

type Journaled = Pick<CTOContext, "journal">;

/**
 * Returns the operation's steps that need a review, and its returns that could not be signed, each with the current status of every attempt on every endpoint.
 * Reads only: the next run or `resolveStep` handles a step that the evidence decides.
 *
 * @throws `CTO_E_OPERATION_UNKNOWN`
 * @example
 * const { steps } = await reviewOperation(context, ports, "op_3yZ…");
 */
export async function reviewOperation(
  { journal }: Journaled,
  ports: Pick<Ports, "chain">,
  id: string,
): Promise<Review> {
  const operation = await journal.readOperation(id);
  if (operation === null) throw new CTOError("CTO_E_OPERATION_UNKNOWN", { jobId: id });
  const [legs, all] = await Promise.all([journal.readLegs(id), journal.readSteps(id)]);
  const steps: ReviewedStep[] = [];
  for (const step of all) {
    const status = step.status === "needs_review" ? step.status : "ready";
    if (status === "ready" && !isRefusedReturn(operation, step)) continue;
    const gathered = await gather({ ...ports, journal }, operation, step);
    const leg = legOf(legs, step);
    steps.push({
      stepId: step.id,
      leg: step.number,
      status,
      address: leg?.address ?? null,
      lamports: (step.kind === "recover" ? returnedBy(operation, step) : leg?.lamports) ?? null,
      failure: step.failure ?? (status === "ready" ? operation.recovery?.failure : undefined) ?? null,
      attempts: step.attempts.map((attempt) => ({
        number: attempt.number,
        signature: attempt.signature,
        signedAt: attempt.createdAt,
        lastValidBlockHeight: attempt.lastValidBlockHeight,
        blockhashSlot: attempt.blockhashSlot,
        endpoints: gathered.evidences.map((evidence) => ({
          endpoint: evidence.endpoint,
          finalizedHeight: evidence.finalizedBlockHeight,
          says: sayStatus(attempt, evidence),
        })),
      })),
      conclusion: sayVerdict(step, judge(step.attempts, gathered.evidences), gathered),
    });
  }
  return { operationId: id, status: operation.status, steps };
}
