/** Shows the operation's numbered events as sentences, the newest first. */
import type { StreamState } from "../../api/events.ts";
import type { OperationEvent, OperationStatus, StepStatus } from "../../api/types.ts";
import { clock } from "../../format/time.ts";
import { OPERATION_WORDS, STEP_WORDS } from "../../format/words.ts";
import { nameOf, useKeyNames } from "../../parts/actor.tsx";
import { More, useFold } from "../../parts/fold.tsx";
import { Name } from "../../parts/name.tsx";

const STATE_WORDS: Readonly<Record<StreamState, string>> = {
  waiting: "Connecting to the live events…",
  live: "Live",
  ended: "Complete",
};

const stepWord = (status: string | undefined): string =>
  STEP_WORDS[status as StepStatus]?.label.toLowerCase() ?? status ?? "";

type Names = ReadonlyMap<string, string>;

function sentence({ type, label, leg, status, ...event }: OperationEvent, names: Names): string {
  if (type === "phase") return label ?? "";
  if (type === "leg") return `Leg ${leg}: ${stepWord(status)}`;
  if (type === "fund") return `Funding batch ${event.batch}: ${stepWord(status)}`;
  if (type === "incident") return `Incident: leg ${leg} received less than it was signed for`;
  if (type === "review")
    return `Leg ${leg} was marked ${event.resolution} by ${nameOf(event.reviewer ?? "", names)}: ${event.reason}`;
  if (type === "result" && status === "needs_review") return "It rests until a person has decided";
  if (type === "result")
    return `Ended: ${OPERATION_WORDS[status as OperationStatus]?.label.toLowerCase() ?? status}`;
  return `Leg ${leg}: return of funds ${stepWord(status)}`;
}

/** Saves the events as the API gives them, for a report or a program. */
function save(id: string, events: readonly OperationEvent[]): void {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(new Blob([JSON.stringify(events, null, 2)], { type: "application/json" }));
  link.download = `${id}-events.json`;
  link.click();
  URL.revokeObjectURL(link.href);
}

type Props = { id: string; events: readonly OperationEvent[]; state: StreamState; status: OperationStatus };

export function Log({ id, events, state, status }: Props) {
  const fold = useFold(events.toReversed());
  const { names } = useKeyNames();
  return (
    <section class="panel" aria-labelledby="log-title">
      <div class="panel-head">
        <h2 id="log-title">Events</h2>
        <div class="actions">
          <span class="muted">{status === "needs_review" ? "Until a decision" : STATE_WORDS[state]}</span>
          <button type="button" class="quiet small" onClick={() => save(id, events)}>
            Save as JSON
          </button>
        </div>
      </div>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: a list that scrolls must be reachable by keyboard */}
      <ol class="log" tabIndex={0} aria-label="Events, the newest first">
        {fold.shown.map((event) => (
          <li key={event.seq}>
            <time dateTime={event.at}>{clock(event.at)}</time>
            <span>
              <Name text={sentence(event, names)} />
              {event.compacted && (
                <span class="muted"> {event.compacted} events before it are no longer kept.</span>
              )}
            </span>
            <span class="amount">{event.progress} %</span>
          </li>
        ))}
      </ol>
      <More fold={fold} what="events" />
    </section>
  );
}
