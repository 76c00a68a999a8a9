/** Shows the five phases of an operation, and which of them it has reached. */
import type { OperationEvent, Step } from "../../api/types.ts";
import { outcomeOf } from "../../format/outcome.ts";
import { isSweep, returnsOf, sweepOutcome } from "../../format/sweep.ts";
import { isUnderWay } from "../../format/words.ts";
import { Icon, type IconName } from "../../parts/icon.tsx";
import { Progress } from "../../parts/progress.tsx";
import { type PhaseState, phaseStates, phasesOf, type Shown } from "./phase-states.ts";

const ICONS: Readonly<Record<PhaseState, IconName>> = {
  done: "good",
  now: "busy",
  "to come": "idle",
  "not reached": "idle",
  "failed here": "bad",
  "stopped here": "off",
  "needs a decision": "warn",
};

type Props = {
  operation: Shown;
  steps: readonly Step[];
  events: readonly OperationEvent[];
};

export function Phases({ operation, steps, events }: Props) {
  const { partial, progress, status, totals } = operation;
  const sweep = isSweep(operation);
  const outcome = sweep
    ? sweepOutcome(status, progress, returnsOf(steps))
    : outcomeOf({ status, progress, partial, legs: totals.legs, landed: totals.landed });
  const overText = sweep
    ? outcome.text
    : totals.legs === 0
      ? "no wallet bought"
      : `${totals.landed} of ${totals.legs} wallets`;
  const states = phaseStates(operation, events);
  return (
    <section class="panel" aria-labelledby="phases-title">
      <div class="panel-head">
        <h2 id="phases-title">Progress</h2>
        <Progress
          value={outcome.percent}
          label="Progress of the operation"
          text={isUnderWay(status) ? `${progress} %` : overText}
          tone={outcome.tone}
        />
      </div>
      <ol class="phases">
        {phasesOf(operation).map(({ label, at }, index) => {
          const state = states[index] ?? "to come";
          return (
            <li key={label} class={ICONS[state]} aria-current={state === "now" ? "step" : undefined}>
              <Icon name={ICONS[state]} />
              <span>
                {label}
                <span class="muted">{!isUnderWay(status) && state !== "done" ? state : `${at} %`}</span>
                <span class="visually-hidden">
                  {!isUnderWay(status) && state !== "done" ? "" : `, ${state}`}
                </span>
              </span>
            </li>
          );
        })}
      </ol>
    </section>
  );
}
