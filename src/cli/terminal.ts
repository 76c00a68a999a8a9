/** Where the command line writes to: one JSON value on stdout with `--json`, otherwise text for people. */
import pc from "picocolors";
import { forTerminal, hasUnseen } from "../base/visible.ts";

export type Colours = ReturnType<typeof pc.createColors>;

export type Terminal = {
  readonly json: boolean;
  readonly colours: Colours;
  /** What people read while they wait: stdout, or stderr when stdout is for the JSON value. */
  readonly notes: NodeJS.WriteStream;
  /** The command's answer: printed as it is, or with `--json` as one line of JSON. */
  answer(value: unknown, text: () => string): void;
  /** One line of progress. */
  note(line: string): void;
};

/** JSON escapes most of what a terminal would obey, and these characters not. */
const escaped = (json: string): string =>
  hasUnseen(json) ? json.replace(/[\u007f-\u009f\u061c\u200b-\u206f\ufeff]/g, toEscape) : json;

const toEscape = (character: string): string => `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`;

/** Amounts are bigints inside and decimal strings outside, as everywhere. */
const jsonValue = (_key: string, value: unknown): unknown =>
  typeof value === "bigint" ? String(value) : value;

/** Colours only where a person looks, and not when NO_COLOR is set. */
export function openTerminal({ json }: { json: boolean }): Terminal {
  const notes = json ? process.stderr : process.stdout;
  const colours = pc.createColors(!json && process.stdout.isTTY === true && pc.isColorSupported);
  return {
    json,
    colours,
    notes,
    answer(value, text) {
      process.stdout.write(`${json ? escaped(JSON.stringify(value, jsonValue)) : forTerminal(text())}\n`);
    },
    note(line) {
      notes.write(`${forTerminal(line)}\n`);
    },
  };
}
