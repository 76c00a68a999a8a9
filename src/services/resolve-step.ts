/**
 * Stores a person's decision about a step whose outcome cannot be proved. The engine defines the step's transition
 * and its rules: see `engine/review/resolve-step.ts`.
 */
import { randomUUID } from "node:crypto";
import type { Operation, Ports, Resolution } from "../engine/ports.ts";
import { resolveReview } from "../engine/review/resolve-step.ts";
import type { CTOContext } from "../runtime/context.ts";

export type StepDecision = {
  readonly resolution: Resolution;
  /** The person who decides; stored in the review event. */
  readonly reviewer: string;
  /** Who runs this process, for the audit log: see `actorOf`. Default: the reviewer. */
  readonly actor?: string;
  /** Why; stored in the review event. */
  readonly reason: string;
  /**
   * Decide even if the evidence does not support the decision. This cannot override evidence that an attempt landed,
   * or that a step of a restored journal may still land.
   */
  readonly force?: boolean;
};

/**
 * Closes the review of one step. `landed` makes the step finalized; if its block is not final yet, the step becomes
 * confirmed, and is settled later. `dead` makes the step failed for good: it is never signed again. The operation
 * then concludes as usual.
 *
 * @returns the operation after the decision
 * @throws `CTO_E_STEP_UNKNOWN`, `CTO_E_REVIEW_REFUSED`, `CTO_E_REVIEW_BUSY`; `LeaseLost` if a worker took over in the
 * meantime
 * @example
 * const decision = { resolution: "landed", reviewer: "bob", reason: "seen on two explorers", force: true } as const;
 * await resolveStep(context, ports, "op_3yZ….buy.2", decision);
 */
export async function resolveStep(
  { journal }: Pick<CTOContext, "journal">,
  ports: Ports,
  stepId: string,
  { force = false, ...decision }: StepDecision,
): Promise<Operation> {
  return resolveReview({ ...ports, journal }, stepId, { ...decision, force }, `review/${randomUUID()}`);
}
