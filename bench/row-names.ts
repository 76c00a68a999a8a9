/** The rows of the bench, in the order in which they run. The documentation shows them in this order. */
export const ROW_NAMES = [
  "build",
  "journal",
  "rpc",
  "baseline",
  "fairness",
  "latency",
  "enqueue",
  "recovery",
  "memory",
  "throughput",
  "scale",
] as const;

export type RowName = (typeof ROW_NAMES)[number];
