/** Computes the state of each of the five phases from the operation and its events. */
import type { OperationDetail, OperationEvent, OperationStatus } from "../../api/types.ts";
import { isSweep } from "../../format/sweep.ts";
import { isUnderWay } from "../../format/words.ts";

/** The phases, each with the progress at which it is reached, in per cent. */
export const PHASES = [
  { label: "CTO Operation Started", at: 10 },
  { label: "Validating Parameters", at: 25 },
  { label: "Platform Detection", at: 45 },
  { label: "Executing Operation", at: 70 },
  { label: "CTO Operation Completed", at: 100 },
] as const;

type Phase = (typeof PHASES)[number];

/** A sweep validates no parameters and looks for no venue. */
const OF_SWEEPS: readonly number[] = [10, 70, 100];

export const phasesOf = (operation: { readonly tokenAddress: string }): readonly Phase[] =>
  isSweep(operation) ? PHASES.filter(({ at }) => OF_SWEEPS.includes(at)) : PHASES;

export type PhaseState =
  | "done"
  | "now"
  | "to come"
  | "not reached"
  | "failed here"
  | "stopped here"
  | "needs a decision";

/** The state of the last phase that was reached, by the operation's status. */
const LAST: Readonly<Record<OperationStatus, PhaseState>> = {
  waiting: "now",
  active: "now",
  needs_review: "needs a decision",
  completed: "done",
  failed: "failed here",
  cancelled: "stopped here",
};

export type Shown = Pick<
  OperationDetail,
  "progress" | "status" | "partial" | "totals" | "startedAt" | "venue" | "tokenAddress"
>;

type Entered = Pick<OperationEvent, "type" | "progress">;

/**
 * A failed or cancelled operation has progress 100, so its progress does not show the last phase. We take the last
 * phase from the events. Until they are loaded, we derive it from the operation's fields.
 */
function lastProgress(
  { status, progress, totals, startedAt, venue }: Shown,
  events: readonly Entered[],
): number {
  if (status !== "failed" && status !== "cancelled") return progress;
  const phases = events.filter(({ type, progress }) => type === "phase" && progress < 100);
  if (phases.length > 0) return Math.max(...phases.map((event) => event.progress));
  if (startedAt === null) return 10;
  if (totals.legs === 0) return 25;
  return venue === null ? 45 : 70;
}

export function phaseStates(operation: Shown, events: readonly Entered[]): PhaseState[] {
  const phases = phasesOf(operation);
  const progress = lastProgress(operation, events);
  const last = Math.max(0, phases.filter(({ at }) => progress >= at).length - 1);
  const { status } = operation;
  return phases.map((_phase, index) => {
    if (index < last) return "done";
    if (index === last) return LAST[status];
    return isUnderWay(status) ? "to come" : "not reached";
  });
}
