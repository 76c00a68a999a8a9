/**
 * Stores a person's decision about a step whose outcome cannot be proved. The engine defines the step's transition
 * and its rules: see `engine/review/resolve-step.ts`.
 */
import { randomUUID } from "node:crypto";
import type { Operation, Ports, Resolution } from "../engine/ports.ts";
import { resolveReview } from "../engine/review/resolve-step.ts";
import type { CTOContext } from "../runtime/context.ts";

export type ResolveOptions = {
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
 * @param reviewer the person who decides; stored in the review event
 * @param reason why; stored in the review event
 * @returns the operation after the decision
 * @throws `CTO_E_STEP_UNKNOWN`, `CTO_E_REVIEW_REFUSED`, `CTO_E_REVIEW_BUSY`; `LeaseLost` if a worker took over in the
 * meantime
 * @example
 * await resolveStep(context, ports, "op_3yZ….buy.2", "landed", "bob", "seen on two explorers", { force: true });
 */
export async function resolveStep(
  { journal }: Pick<CTOContext, "journal">,
  ports: Ports,
  stepId: string,
  resolution: Resolution,
  reviewer: string,
  reason: string,
  { force = false }: ResolveOptions = {},
): Promise<Operation> {
  const decided = { resolution, reviewer, reason, force };
  return resolveReview({ ...ports, journal }, stepId, decided, `review/${randomUUID()}`);
}
