/** Adds up and formats the results of many seeds. */
import type { CallSimResult } from "./calls/simulate.ts";
import { FAULT_KINDS, type FaultKind } from "./faults.ts";
import type { SimResult } from "./simulate.ts";

export type Summary = {
  seeds: number;
  operations: number;
  legs: number;
  signed: number;
  resigned: number;
  funded: number;
  returned: number;
  reviews: number;
  reopened: number;
  retried: number;
  forks: number;
  /** Open calls: those of some seeds, see {@link hasCall}. */
  calls: number;
  callsLanded: number;
  callBuys: number;
  violations: number;
  faults: Partial<Record<FaultKind, number>>;
  /** The failed seeds of operations, and of calls, in ascending order. */
  failed: number[];
  failedCalls: number[];
};

/** One seed in so many also runs an open call. A call takes about three times as long as a seed of operations. */
const CALLS_IN = 10;

export const hasCall = (seed: number): boolean => seed % CALLS_IN === 0;

export const emptySummary = (): Summary => ({
  seeds: 0,
  operations: 0,
  legs: 0,
  signed: 0,
  resigned: 0,
  funded: 0,
  returned: 0,
  reviews: 0,
  reopened: 0,
  retried: 0,
  forks: 0,
  calls: 0,
  callsLanded: 0,
  callBuys: 0,
  violations: 0,
  faults: {},
  failed: [],
  failedCalls: [],
});

const NUMBERS = [
  "operations",
  "legs",
  "signed",
  "resigned",
  "funded",
  "returned",
  "reviews",
  "reopened",
  "retried",
  "forks",
] as const;

export function addResult(sum: Summary, result: SimResult): void {
  sum.seeds += 1;
  for (const name of NUMBERS) sum[name] += result[name];
  sum.violations += result.violations.length;
  addFaults(sum, result.faults);
  if (result.violations.length > 0) sum.failed.push(result.seed);
}

export function addCall(sum: Summary, { seed, status, landed, faults, violations }: CallSimResult): void {
  sum.calls += 1;
  if (status === "landed") sum.callsLanded += 1;
  sum.callBuys += landed;
  sum.violations += violations.length;
  addFaults(sum, faults);
  if (violations.length > 0) sum.failedCalls.push(seed);
}

const ascending = (one: readonly number[], other: readonly number[]): number[] =>
  [...one, ...other].sort((a, b) => a - b);

export function addSummary(sum: Summary, other: Summary): void {
  sum.seeds += other.seeds;
  for (const name of [...NUMBERS, "calls", "callsLanded", "callBuys"] as const) sum[name] += other[name];
  sum.violations += other.violations;
  addFaults(sum, other.faults);
  sum.failed = ascending(sum.failed, other.failed);
  sum.failedCalls = ascending(sum.failedCalls, other.failedCalls);
}

function addFaults(sum: Summary, faults: Summary["faults"]): void {
  for (const kind of FAULT_KINDS) {
    const count = faults[kind] ?? 0;
    if (count > 0) sum.faults[kind] = (sum.faults[kind] ?? 0) + count;
  }
}

const counts = (sum: Summary): Readonly<Record<string, number>> => ({
  seeds: sum.seeds,
  operations: sum.operations,
  "of these retries": sum.retried,
  legs: sum.legs,
  "attempts signed": sum.signed,
  "of these re-signs": sum.resigned,
  "of these fundings ahead": sum.funded,
  "of these returns": sum.returned,
  "steps given to review": sum.reviews,
  "steps re-opened by forks": sum.reopened,
  forks: sum.forks,
  "open calls": sum.calls,
  "of these landed": sum.callsLanded,
  "buys of their members": sum.callBuys,
});

export function formatSummary(sum: Summary): string {
  const row = (name: string, value: number): string => `${name.padEnd(36)}${String(value).padStart(10)}`;
  return [
    ...Object.entries(counts(sum)).map(([name, value]) => row(name, value)),
    "faults by kind",
    ...FAULT_KINDS.map((kind) => row(`  ${kind}`, sum.faults[kind] ?? 0)),
    row("violations", sum.violations),
  ].join("\n");
}

/** Returns the content of `docs/reliability-sim.json`, which the reliability page shows. */
export const toRunFile = (sum: Summary, commit: string) => ({
  date: new Date().toISOString().slice(0, 10),
  commit,
  ...counts(sum),
  "faults by kind": sum.faults,
  violations: sum.violations,
});
