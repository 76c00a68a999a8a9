/** Answers questions about a step's status, and selects its decisive attempt. The transitions are in `step.ts`. */
import type { Attempt, Step, StepStatus } from "../operation/model.ts";

/** Statuses that cannot change any more. An operation whose steps all have one of these is settled. */
export const CLOSED: readonly StepStatus[] = ["finalized", "failed", "cancelled"];

/** Whether the step has landed, as far as we have seen. */
export const hasLanded = (status: StepStatus): boolean => status === "confirmed" || status === "finalized";

/** Whether provably no attempt of the step has landed, and none will. */
export const hasFailed = (status: StepStatus): boolean => status === "failed" || status === "cancelled";

/** Whether the step is at rest: only settling or a person's review can still change it. */
export const isAtRest = (status: StepStatus): boolean => status !== "ready" && status !== "in_flight";

/** Whether the step may still land: a worker must drive it, or a review must end. */
export const isOpen = ({ status }: { readonly status: StepStatus }): boolean =>
  !isAtRest(status) || status === "needs_review";

/**
 * Returns the attempt that says how the step stands: the one that landed, else the one that may still land, else the
 * last.
 */
export const decisiveAttempt = ({ attempts }: Pick<Step, "attempts">): Attempt | undefined =>
  attempts.find(({ status }) => status === "landed") ??
  attempts.find(({ status }) => status === "live") ??
  attempts.at(-1);
