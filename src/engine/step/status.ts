/** What a step's status says, and which of its attempts says how it stands. The transitions are in `step.ts`. */
import type { Attempt, Step, StepStatus } from "../operation/model.ts";

/** Nothing can change it any more. An operation whose steps are all closed is settled. */
export const CLOSED: readonly StepStatus[] = ["finalized", "failed", "cancelled"];

/** It is on chain, as far as can be seen. */
export const hasLanded = (status: StepStatus): boolean => status === "confirmed" || status === "finalized";

/** Provably nothing of it landed, and nothing will. */
export const hasFailed = (status: StepStatus): boolean => status === "failed" || status === "cancelled";

/** Nothing more will happen to the step, but for settling or a person's review. */
export const isAtRest = (status: StepStatus): boolean => status !== "ready" && status !== "in_flight";

/** It may still land: a worker has to drive it, or a review has to end. */
export const isOpen = ({ status }: { readonly status: StepStatus }): boolean =>
  !isAtRest(status) || status === "needs_review";

/** The attempt that says how the step stands: the one that landed, else the one that may still land, else the last. */
export const decisiveAttempt = ({ attempts }: Pick<Step, "attempts">): Attempt | undefined =>
  attempts.find(({ status }) => status === "landed") ??
  attempts.find(({ status }) => status === "live") ??
  attempts.at(-1);
