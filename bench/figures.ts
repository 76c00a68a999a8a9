/**
 * Defines and formats the bench's figures and their goals. A comparison is always a ratio of two values from the same
 * run.
 */

import type { RowName } from "./row-names.ts";

export type Figure = {
  readonly what: string;
  /** The value; if there are several rounds, their median. */
  readonly value: number;
  readonly unit:
    | "times"
    | "ms"
    | "/s"
    | "calls"
    | "trips"
    | "statements"
    | "operations"
    | "bytes"
    | "MiB"
    | "signals"
    | "listeners";
  /** The smallest and the largest value of the rounds. */
  readonly spread?: readonly [number, number];
  readonly goal?: { readonly atMost: number } | { readonly atLeast: number };
  /** The value that it was compared with, or its parts. */
  readonly note?: string;
};

export type Row = {
  readonly name: RowName;
  /** Describes in one line what the row measures. */
  readonly about: string;
  run(): Promise<Figure[]>;
};

/** Says on stderr what a row is doing. The table is on stdout. */
export const say = (row: string, what: string): void => {
  console.error(`${new Date().toISOString().slice(11, 19)} ${row}: ${what}`);
};

/** Returns the median. @throws if there are no values */
export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted[Math.floor(sorted.length / 2)];
  if (middle === undefined) throw new Error("the median of nothing");
  return middle;
}

/** Returns the percentile: the share `share` of the values is not greater than it. */
export function percentile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN;
}

/** Returns the median and the spread of several rounds. */
export const ofRounds = (values: readonly number[]): Pick<Figure, "value" | "spread"> => ({
  value: median(values),
  spread: [Math.min(...values), Math.max(...values)],
});

/** Returns true if the figure meets its goal, or null if it has no goal. */
export function isMet({ value, goal }: Figure): boolean | null {
  if (goal === undefined) return null;
  return "atMost" in goal ? value <= goal.atMost : value >= goal.atLeast;
}

export const short = (value: number): string =>
  value.toLocaleString("en-US", { maximumSignificantDigits: value >= 100 ? 4 : 3 });

export const goalOf = ({ goal }: Figure): string =>
  goal === undefined ? "" : "atMost" in goal ? `≤ ${short(goal.atMost)}` : `≥ ${short(goal.atLeast)}`;

/** Formats one line of the table. */
export function toLine(row: string, figure: Figure): string {
  const { what, value, unit, spread, note } = figure;
  const met = isMet(figure);
  const range = spread === undefined ? "" : `${short(spread[0])} to ${short(spread[1])}`;
  const cells = [row, what, `${short(value)} ${unit}`, range, goalOf(figure)];
  return `| ${[...cells, met === null ? "" : met ? "met" : "NOT MET", note ?? ""].join(" | ")} |`;
}

export const HEAD = "| row | what | median | spread | goal | | |\n|---|---|---|---|---|---|---|";
