/**
 * Writes down what a person decides about a step whose fate cannot be proved. The step's transition and its rules are the
 * engine's: see `engine/review/resolve-step.ts`.
 */
import { randomUUID } from "node:crypto";
import type { Operation, Ports, Resolution } from "../engine/ports.ts";
import { resolveReview } from "../engine/review/resolve-step.ts";
import type { CTOContext } from "../runtime/context.ts";

export type ResolveOptions = {
  /** Decide although the evidence does not bear it out. Never against evidence that an attempt landed. */
  readonly force?: boolean;
};

/**
 * Closes the review of one step: `landed` makes it finalized (confirmed, and then settled, where its block is not
 * final yet), `dead` makes it failed for good: it is never signed again. The operation then concludes as usual.
 *
 * @param reviewer who decides, for the audit
 * @param reason why, for the audit
 * @returns the operation as it then is
 * @throws `CTO_E_STEP_UNKNOWN`, `CTO_E_REVIEW_REFUSED`, `CTO_E_REVIEW_BUSY`; `LeaseLost` when a worker took over meanwhile
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
