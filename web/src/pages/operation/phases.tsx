/** The five phases that every operation goes through, and how far this one is. */
import type { OperationDetail, OperationStatus } from "../../api/types.ts";
import { Icon, type IconName } from "../../parts/icon.tsx";
import { Progress } from "../../parts/progress.tsx";

/** With the progress at which each is reached, in per cent. */
const PHASES = [
  { label: "CTO Operation Started", at: 10 },
  { label: "Validating Parameters", at: 25 },
  { label: "Platform Detection", at: 45 },
  { label: "Executing Operation", at: 70 },
  { label: "CTO Operation Completed", at: 100 },
] as const;

type State = "done" | "now" | "to come" | "failed here" | "stopped here";

const ICONS: Readonly<Record<State, IconName>> = {
  done: "good",
  now: "busy",
  "to come": "idle",
  "failed here": "bad",
  "stopped here": "off",
};

/** The phase that was reached last, by what the operation has come to. */
const LAST: Readonly<Record<OperationStatus, State>> = {
  waiting: "now",
  active: "now",
  needs_review: "now",
  completed: "done",
  failed: "failed here",
  cancelled: "stopped here",
};

export function Phases({ operation }: { operation: Pick<OperationDetail, "progress" | "status"> }) {
  const { progress, status } = operation;
  const reached = PHASES.filter(({ at }) => progress >= at).length;
  const stateOf = (index: number): State => {
    if (index < reached - 1) return "done";
    return index === reached - 1 ? LAST[status] : "to come";
  };
  return (
    <section class="panel" aria-labelledby="phases-title">
      <div class="panel-head">
        <h2 id="phases-title">Progress</h2>
        <Progress value={progress} label="Progress of the operation" />
      </div>
      <ol class="phases">
        {PHASES.map(({ label, at }, index) => {
          const state = stateOf(index);
          return (
            <li key={label} class={ICONS[state]} aria-current={state === "now" ? "step" : undefined}>
              <Icon name={ICONS[state]} />
              <span>
                {label}
                <span class="muted">{at} %</span>
                <span class="visually-hidden">, {state}</span>
              </span>
            </li>
          );
        })}
      </ol>
    </section>
  );
}
