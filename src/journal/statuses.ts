/** Groups of statuses, for the rules that every journal keeps. */
import type { OperationStatus, Phase, StepStatus } from "../engine/ports.ts";

export const PHASE_NAMES = [
  "started",
  "validating",
  "detecting",
  "executing",
  "completed",
] as const satisfies readonly Phase[];

/** Never left again. */
export const TERMINAL: readonly OperationStatus[] = ["completed", "failed", "cancelled"];

/** A worker has it, or will. */
export const OPEN: readonly OperationStatus[] = ["waiting", "active"];

/** Nobody works on it: `finishedAt` is set. `needs_review` may be left again, which clears it. */
export const FINISHED: readonly OperationStatus[] = [...TERMINAL, "needs_review"];

/** How many operations that have begun a user's next one is chosen from. */
export const BEGUN_AT_MOST = 100;

/** A step that nothing can change any more. An operation whose steps are all closed is settled. */
export const CLOSED_STEPS: readonly StepStatus[] = ["finalized", "failed", "cancelled"];
