/** The five phases that every operation goes through, and how far this one is. */
import type { OperationDetail } from "../../api/types.ts";
import { isOver } from "../../format/words.ts";
import { Icon } from "../../parts/icon.tsx";
import { Progress } from "../../parts/progress.tsx";

/** With the progress at which each is reached, in per cent. */
const PHASES = [
  { label: "CTO Operation Started", at: 10 },
  { label: "Validating Parameters", at: 25 },
  { label: "Platform Detection", at: 45 },
  { label: "Executing Operation", at: 70 },
  { label: "CTO Operation Completed", at: 100 },
] as const;

type State = "done" | "now" | "to come";

export function Phases({ operation }: { operation: Pick<OperationDetail, "progress" | "status"> }) {
  const { progress, status } = operation;
  const reached = PHASES.filter(({ at }) => progress >= at).length;
  const stateOf = (index: number): State => {
    if (index < reached - 1 || (index < reached && isOver(status))) return "done";
    return index === reached - 1 ? "now" : "to come";
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
            <li
              key={label}
              class={state.replace(" ", "-")}
              aria-current={state === "now" ? "step" : undefined}
            >
              <Icon name={state === "done" ? "good" : state === "now" ? "busy" : "idle"} />
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
