/** Counts the results of a sweep, and formats them for the terminal and for the committed run file. */
import Table from "cli-table3";
import { z } from "zod";
import { FAULTS, type FaultMode } from "./cases.ts";
import type { Outcome } from "./outcome.ts";

const tally = z.strictObject({
  /** The number of distinct points. */
  points: z.number().int(),
  runs: z.number().int(),
  violations: z.number().int(),
});
export type Tally = z.infer<typeof tally>;

/** The schema of the run file: the counts, with their commit and date. */
export const reliabilitySchema = z.strictObject({
  commit: z.string(),
  date: z.iso.date(),
  /** The number of runs in a full sweep. In a sample, `total.runs` plus `notReached` is smaller. */
  cases: z.number().int(),
  total: tally,
  /** The runs that ended before their point. No other count includes them. */
  notReached: z.number().int(),
  /** Attempts that were signed after an earlier one was provably dead. */
  resigned: z.number().int(),
  byFault: z.record(z.string(), tally),
  byKind: z.record(z.string(), tally),
  byMode: z.record(z.string(), tally),
  byBackend: z.record(z.string(), tally),
  byCluster: z.record(z.string(), tally),
  /** The number of runs by final status of the operation. */
  endings: z.record(z.string(), z.number().int()),
});
export type Reliability = z.infer<typeof reliabilitySchema>;

const tallyOf = (outcomes: readonly Outcome[]): Tally => ({
  points: new Set(outcomes.map(({ case: item }) => item.point)).size,
  runs: outcomes.length,
  violations: outcomes.filter(({ violations }) => violations.length > 0).length,
});

const group = (
  outcomes: readonly Outcome[],
  keyOf: (outcome: Outcome) => string,
): Record<string, Outcome[]> => {
  const groups: Record<string, Outcome[]> = {};
  for (const outcome of outcomes) {
    const key = keyOf(outcome);
    groups[key] = [...(groups[key] ?? []), outcome];
  }
  return Object.fromEntries(Object.entries(groups).sort(([a], [b]) => (a < b ? -1 : 1)));
};

const tallies = (outcomes: readonly Outcome[], keyOf: (outcome: Outcome) => string): Record<string, Tally> =>
  Object.fromEntries(Object.entries(group(outcomes, keyOf)).map(([key, some]) => [key, tallyOf(some)]));

export function summarise(outcomes: readonly Outcome[], cases: number, commit: string): Reliability {
  // A run with a violation counts even if it did not reach its point.
  const counted = outcomes.filter(({ reached, violations }) => reached || violations.length > 0);
  return {
    commit,
    date: new Date().toISOString().slice(0, 10),
    cases,
    total: tallyOf(counted),
    notReached: outcomes.length - counted.length,
    resigned: counted.reduce((all, { resigned }) => all + resigned, 0),
    byFault: tallies(counted, ({ case: { fault } }) => fault),
    byKind: tallies(counted, ({ case: { point } }) => point.split(".")[0] ?? point),
    byMode: tallies(counted, ({ case: { mode } }) => mode),
    byBackend: tallies(counted, ({ case: { backend } }) => backend),
    byCluster: tallies(counted, ({ case: { cluster } }) => cluster),
    endings: Object.fromEntries(
      Object.entries(group(counted, ({ status }) => status ?? "none")).map(([key, some]) => [
        key,
        some.length,
      ]),
    ),
  };
}

export const faultName = (fault: string): string => (fault in FAULTS ? FAULTS[fault as FaultMode] : fault);

/** Formats the table that is printed at the end of a sweep. */
export function toTable({ byFault, byCluster, total }: Reliability): string {
  const table = new Table({
    head: ["fault", "points", "runs", "violations"],
    style: { head: [], border: [] },
  });
  const row = (name: string, { points, runs, violations }: Tally) => [name, points, runs, violations];
  for (const [fault, counts] of Object.entries(byFault)) table.push(row(faultName(fault), counts));
  for (const [cluster, counts] of Object.entries(byCluster)) table.push(row(`on ${cluster}`, counts));
  table.push(row("all", total));
  return table.toString();
}
