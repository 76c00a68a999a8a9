/** Groups of statuses, for the rules that every journal keeps. */
import { CLOSED, type OperationStatus, OVER, type Phase, UNDER_WAY } from "../engine/ports.ts";

export const PHASE_NAMES = [
  "started",
  "validating",
  "detecting",
  "executing",
  "completed",
] as const satisfies readonly Phase[];

export { CLOSED as CLOSED_STEPS, OVER as TERMINAL, UNDER_WAY as OPEN };

/** Nobody works on it: `finishedAt` is set. `needs_review` may be left again, which clears it. */
export const FINISHED: readonly OperationStatus[] = [...OVER, "needs_review"];

/** How many operations that have begun a user's next one is chosen from. */
export const BEGUN_AT_MOST = 100;
