/** Adds up the results of many seeds, and says them. */
import { FAULT_KINDS, type FaultKind } from "./faults.ts";
import type { SimResult } from "./simulate.ts";

export type Summary = {
  seeds: number;
  operations: number;
  legs: number;
  signed: number;
  resigned: number;
  reviews: number;
  reopened: number;
  forks: number;
  violations: number;
  faults: Partial<Record<FaultKind, number>>;
  /** The seeds that failed, in their order. */
  failed: number[];
};

export const emptySummary = (): Summary => ({
  seeds: 0,
  operations: 0,
  legs: 0,
  signed: 0,
  resigned: 0,
  reviews: 0,
  reopened: 0,
  forks: 0,
  violations: 0,
  faults: {},
  failed: [],
});

const NUMBERS = ["operations", "legs", "signed", "resigned", "reviews", "reopened", "forks"] as const;

export function addResult(sum: Summary, result: SimResult): void {
  sum.seeds += 1;
  for (const name of NUMBERS) sum[name] += result[name];
  sum.violations += result.violations.length;
  addFaults(sum, result.faults);
  if (result.violations.length > 0) sum.failed.push(result.seed);
}

export function addSummary(sum: Summary, other: Summary): void {
  sum.seeds += other.seeds;
  for (const name of NUMBERS) sum[name] += other[name];
  sum.violations += other.violations;
  addFaults(sum, other.faults);
  sum.failed = [...sum.failed, ...other.failed].sort((a, b) => a - b);
}

function addFaults(sum: Summary, faults: Summary["faults"]): void {
  for (const kind of FAULT_KINDS) {
    const count = faults[kind] ?? 0;
    if (count > 0) sum.faults[kind] = (sum.faults[kind] ?? 0) + count;
  }
}

export function formatSummary(sum: Summary): string {
  const row = (name: string, value: number): string => `${name.padEnd(30)}${String(value).padStart(10)}`;
  return [
    row("seeds", sum.seeds),
    row("operations", sum.operations),
    row("legs", sum.legs),
    row("attempts signed", sum.signed),
    row("of these re-signs", sum.resigned),
    row("steps given to review", sum.reviews),
    row("steps re-opened by forks", sum.reopened),
    row("forks", sum.forks),
    "faults by kind",
    ...FAULT_KINDS.map((kind) => row(`  ${kind}`, sum.faults[kind] ?? 0)),
    row("violations", sum.violations),
  ].join("\n");
}
