/** Writes the output of the command line: one JSON value on stdout with `--json`, otherwise text. */
import pc from "picocolors";
import { forTerminal, visibleJson } from "../base/visible.ts";

export type Colours = ReturnType<typeof pc.createColors>;

export type Terminal = {
  readonly json: boolean;
  readonly colours: Colours;
  /** The stream for progress: stdout, or stderr if stdout is reserved for the JSON value. */
  readonly notes: NodeJS.WriteStream;
  /** Prints the command's result: as text, or with `--json` as one line of JSON. */
  answer(value: unknown, text: () => string): void;
  /** Prints one line of progress. */
  note(line: string): void;
};

/** Amounts are bigints in the code and decimal strings in every output. */
const jsonValue = (_key: string, value: unknown): unknown =>
  typeof value === "bigint" ? String(value) : value;

/** Returns one line of JSON that holds nothing that a terminal would obey. */
export const jsonLine = (value: unknown): string => visibleJson(JSON.stringify(value, jsonValue));

/** Uses colours only on a terminal, and not if NO_COLOR is set. */
export function openTerminal({ json }: { json: boolean }): Terminal {
  const notes = json ? process.stderr : process.stdout;
  const colours = pc.createColors(!json && process.stdout.isTTY === true && pc.isColorSupported);
  return {
    json,
    colours,
    notes,
    answer(value, text) {
      process.stdout.write(`${json ? jsonLine(value) : forTerminal(text())}\n`);
    },
    note(line) {
      notes.write(`${forTerminal(line)}\n`);
    },
  };
}
