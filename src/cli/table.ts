/** Formats tables and short texts. */
import Table from "cli-table3";
import { lineForTerminal } from "../base/visible.ts";
import type { Colours } from "./terminal.ts";

export type Column = { readonly title: string; readonly right?: boolean };

/** Formats a table without lines between its rows. A cell is one line: it may quote a third party. */
export function table(
  columns: readonly Column[],
  rows: readonly (readonly string[])[],
  colours: Colours,
): string {
  const drawn = new Table({
    head: columns.map(({ title }) => colours.bold(title)),
    colAligns: columns.map(({ right }) => (right ? "right" : "left")),
    style: { head: [], border: [], compact: true },
  });
  drawn.push(...rows.map((row) => row.map(lineForTerminal)));
  return drawn.toString();
}

/** Shortens an address or a signature to `7xKXtg2C…`, which is enough to recognise it in a list. */
export const short = (text: string, length = 8): string =>
  text.length <= length + 1 ? text : `${text.slice(0, length)}…`;
