/** Shows an operation's progress: as bars that are redrawn on a terminal, and as plain lines elsewhere. */

import { createLogUpdate } from "log-update";
import { formatSol } from "../base/sol.ts";
import { forTerminal, visible } from "../base/visible.ts";
import type { CTOProgress } from "../contract/types.ts";
import type { StepStatus } from "../engine/ports.ts";
import { hasFailed, hasLanded } from "../engine/ports.ts";
import { short } from "./table.ts";
import type { Colours, Terminal } from "./terminal.ts";

export type ViewLeg = {
  readonly leg: number;
  readonly address: string;
  readonly lamports: bigint;
  readonly status: StepStatus;
};

export type ProgressView = {
  /** Sets the legs, when the operation is planned. */
  plan(legs: readonly ViewLeg[]): void;
  event(event: CTOProgress): void;
  /** Stops redrawing. The last output stays on the screen. */
  done(): void;
};

/** The length of a leg's bar by status, of 10. */
const LEG_PROGRESS: Readonly<Record<StepStatus, number>> = {
  ready: 0,
  in_flight: 5,
  confirmed: 9,
  finalized: 10,
  failed: 10,
  cancelled: 10,
  needs_review: 5,
};

const BAR_WIDTH = { operation: 40, leg: 10 };

const bar = (filled: number, width: number): string => "█".repeat(filled) + "░".repeat(width - filled);

const colourOf = (
  status: StepStatus,
  { green, red, yellow, cyan, dim }: Colours,
): ((text: string) => string) => {
  if (hasLanded(status)) return green;
  if (hasFailed(status)) return red;
  if (status === "needs_review") return yellow;
  return status === "in_flight" ? cyan : dim;
};

type State = { title: string; label: string; progress: number; legs: Map<number, ViewLeg> };

/** Returns the text of a state; pure. */
export function draw({ title, label, progress, legs }: State, colours: Colours): string {
  const filled = Math.round((progress * BAR_WIDTH.operation) / 100);
  const head = `${colours.bold(title)}\n${colours.cyan(bar(filled, BAR_WIDTH.operation))} ${progress} %  ${label}`;
  const lines = [...legs.values()].map(({ leg, address, lamports, status }) => {
    const paint = colourOf(status, colours);
    const name = `${String(leg).padStart(4)}  ${short(address)}  ${formatSol(lamports).padStart(12)} SOL`;
    return `${name}  ${paint(`${bar(LEG_PROGRESS[status], BAR_WIDTH.leg)} ${status}`)}`;
  });
  return [head, ...lines].join("\n");
}

/** One line. The journal may hold a text of an earlier release, which quotes a third party as it was. */
const describe = (event: CTOProgress): string => visible(inWords(event));

const inWords = (event: CTOProgress): string => {
  if (event.type === "phase") return event.label;
  if (event.type === "result") return `ended: ${event.status}`;
  if (event.type === "incident") return `INCIDENT: ${event.failure.message} (${event.failure.code})`;
  if (event.type === "review")
    return `leg ${event.leg}: ${event.reviewer} found it ${event.resolution}: ${event.reason}`;
  const which =
    event.type === "fund"
      ? `funding of legs ${event.firstLeg} to ${event.lastLeg}`
      : `${event.type === "recover" ? "return from " : ""}leg ${event.leg} ${short(event.address)}`;
  const where = event.slot === undefined ? "" : ` in slot ${event.slot}`;
  const why = event.failure === undefined ? "" : `: ${event.failure.code} ${event.failure.message}`;
  return `${which} ${event.status}${where}${why}`;
};

export function createProgressView({ json, notes, colours, note }: Terminal, title: string): ProgressView {
  const state: State = { title, label: "waiting for a worker", progress: 0, legs: new Map() };
  const live = !json && notes.isTTY === true ? createLogUpdate(notes) : null;
  if (live === null) note(title);
  let isDone = false;
  const redraw = (): void => {
    // A requested plan may arrive after the end.
    if (!isDone) live?.(forTerminal(draw(state, colours)));
  };
  redraw();
  return {
    plan(legs) {
      // An event may have arrived before the plan.
      for (const leg of legs) if (!state.legs.has(leg.leg)) state.legs.set(leg.leg, leg);
      state.legs = new Map([...state.legs].sort(([a], [b]) => a - b));
      redraw();
    },
    event(event) {
      state.progress = Math.max(state.progress, event.progress);
      if (event.type === "phase") state.label = event.label;
      if (event.type === "result") state.label = event.status;
      if (event.type === "leg") state.legs.set(event.leg, event);
      if (live === null) note(`  ${String(event.progress).padStart(3)} %  ${describe(event)}`);
      redraw();
    },
    done() {
      isDone = true;
      live?.done();
    },
  };
}
