/** Defines groups of statuses for the rules that every journal implements. */
import { CLOSED, type OperationStatus, OVER, type Phase, UNDER_WAY } from "../engine/ports.ts";

export const PHASE_NAMES = [
  "started",
  "validating",
  "detecting",
  "executing",
  "completed",
] as const satisfies readonly Phase[];

export { CLOSED as CLOSED_STEPS, OVER as TERMINAL, UNDER_WAY as OPEN };

/**
 * Statuses in which no work is in progress. `finishedAt` is set. An operation may leave
 * `needs_review` again, which clears `finishedAt`.
 */
export const FINISHED: readonly OperationStatus[] = [...OVER, "needs_review"];

/** How many of a user's begun operations the next one is chosen from, at most. */
export const BEGUN_AT_MOST = 100;
