/** What a row of the bench finds: figures with their goals. A figure that compares is a ratio of two things measured in one run. */

export type Figure = {
  readonly what: string;
  /** Of several rounds the median. */
  readonly value: number;
  readonly unit: "times" | "ms" | "/s" | "calls" | "trips" | "bytes";
  /** From the least to the greatest round. */
  readonly spread?: readonly [number, number];
  readonly goal?: { readonly atMost: number } | { readonly atLeast: number };
  /** What it was measured against, or what it is made of. */
  readonly note?: string;
};

export type Row = {
  readonly name: string;
  /** In one line: what is measured. */
  readonly about: string;
  run(): Promise<Figure[]>;
};

/** @throws when there are none */
export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted[Math.floor(sorted.length / 2)];
  if (middle === undefined) throw new Error("the median of nothing");
  return middle;
}

/** The value that `share` of the others do not exceed. */
export function percentile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN;
}

/** Median and spread of several rounds. */
export const ofRounds = (values: readonly number[]): Pick<Figure, "value" | "spread"> => ({
  value: median(values),
  spread: [Math.min(...values), Math.max(...values)],
});

/** Null where there is no goal. */
export function isMet({ value, goal }: Figure): boolean | null {
  if (goal === undefined) return null;
  return "atMost" in goal ? value <= goal.atMost : value >= goal.atLeast;
}

const short = (value: number): string =>
  value.toLocaleString("en-US", { maximumSignificantDigits: value >= 100 ? 4 : 3 });

const goalOf = ({ goal }: Figure): string =>
  goal === undefined ? "" : "atMost" in goal ? `≤ ${short(goal.atMost)}` : `≥ ${short(goal.atLeast)}`;

/** A line of the table. */
export function toLine(row: string, figure: Figure): string {
  const { what, value, unit, spread, note } = figure;
  const met = isMet(figure);
  const range = spread === undefined ? "" : `${short(spread[0])} to ${short(spread[1])}`;
  const cells = [row, what, `${short(value)} ${unit}`, range, goalOf(figure)];
  return `| ${[...cells, met === null ? "" : met ? "met" : "NOT MET", note ?? ""].join(" | ")} |`;
}

export const HEAD = "| row | what | median | spread | goal | | |\n|---|---|---|---|---|---|---|";
