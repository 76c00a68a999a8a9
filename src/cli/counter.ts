/** Shows how far a long reading is: a line that is redrawn on a terminal, and a line now and then elsewhere. */
import { createLogUpdate } from "log-update";
import type { Terminal } from "./terminal.ts";

/** A reading that is over before the first line needs none. */
const EVERY_MS = { terminal: 200, lines: 5_000 };

export type Counter = {
  readonly count: (done: number, all: number) => void;
  /** Removes the line. */
  readonly done: () => void;
};

/**
 * @param what what is counted, in the plural
 * @example
 * const counter = openCounter(terminal, "wallets read");
 * counter.count(12, 368); // "12 of 368 wallets read"
 */
export function openCounter(
  { json, notes, note }: Terminal,
  what: string,
  now = () => performance.now(),
): Counter {
  const live = !json && notes.isTTY === true ? createLogUpdate(notes) : null;
  const everyMs = live === null ? EVERY_MS.lines : EVERY_MS.terminal;
  let shownAt = now();
  return {
    count(done, all) {
      if (done === all || now() - shownAt < everyMs) return;
      shownAt = now();
      const line = `${done} of ${all} ${what}`;
      if (live === null) note(line);
      else live(line);
    },
    done: () => live?.clear(),
  };
}
