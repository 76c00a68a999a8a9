/** Computes the state of each of the five phases from the operation and its events. */
import type { OperationDetail, OperationEvent, OperationStatus } from "../../api/types.ts";
import { isOver } from "../../format/words.ts";

/** The phases, each with the progress at which it is reached, in per cent. */
export const PHASES = [
  { label: "CTO Operation Started", at: 10 },
  { label: "Validating Parameters", at: 25 },
  { label: "Platform Detection", at: 45 },
  { label: "Executing Operation", at: 70 },
  { label: "CTO Operation Completed", at: 100 },
] as const;

export type PhaseState = "done" | "now" | "to come" | "not reached" | "failed here" | "stopped here";

/** The state of the last phase that was reached, by the operation's status. */
const LAST: Readonly<Record<OperationStatus, PhaseState>> = {
  waiting: "now",
  active: "now",
  needs_review: "now",
  completed: "done",
  failed: "failed here",
  cancelled: "stopped here",
};

export type Shown = Pick<
  OperationDetail,
  "progress" | "status" | "partial" | "totals" | "startedAt" | "venue"
>;

type Entered = Pick<OperationEvent, "type" | "progress">;

/**
 * A failed or cancelled operation has progress 100, so its progress does not show the last phase. We take the last
 * phase from the events. Until they are loaded, we derive it from the operation's fields.
 */
function lastPhase(
  { status, progress, totals, startedAt, venue }: Shown,
  events: readonly Entered[],
): number {
  const entered = (percent: number): number => PHASES.filter(({ at }) => percent >= at).length - 1;
  if (status !== "failed" && status !== "cancelled") return entered(progress);
  const phases = events.filter(({ type, progress }) => type === "phase" && progress < 100);
  if (phases.length > 0) return entered(Math.max(...phases.map((event) => event.progress)));
  if (startedAt === null) return 0;
  if (totals.legs === 0) return 1;
  return venue === null ? 2 : 3;
}

export function phaseStates(operation: Shown, events: readonly Entered[]): PhaseState[] {
  const last = lastPhase(operation, events);
  const { status } = operation;
  return PHASES.map((_phase, index) => {
    if (index < last) return "done";
    if (index === last) return LAST[status];
    return isOver(status) ? "not reached" : "to come";
  });
}
