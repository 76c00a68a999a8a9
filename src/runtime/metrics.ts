/**
 * What a process counts of its own work, for Prometheus. Labels are venues, outcomes, hosts, routes and statuses: never a
 * user, a wallet, an operation or a key.
 */
import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from "prom-client";
import type { RpcStats } from "../chain/rpc.ts";

/** Seconds: from one slot to the end of a blockhash's life. */
const LANDING_BUCKETS = [0.4, 0.8, 1.5, 3, 5, 10, 20, 40, 60, 90];
const HTTP_BUCKETS = [0.005, 0.02, 0.1, 0.5, 2, 10];

export type Metrics = ReturnType<typeof createMetrics>;

/** Cumulative counts that others keep are copied at each scrape. */
const rpcCounters = (registry: Registry, chains: readonly (() => RpcStats)[]) => {
  const registers = [registry];
  const endpoints = () => chains.flatMap((stats) => stats().endpoints);
  new Counter({
    name: "cto_rpc_requests_total",
    help: "Requests sent to Solana endpoints; retries count",
    labelNames: ["endpoint", "method"],
    registers,
    collect() {
      this.reset();
      for (const { host, calls } of endpoints())
        for (const [method, count] of Object.entries(calls)) this.inc({ endpoint: host, method }, count);
    },
  });
  new Counter({
    name: "cto_rpc_failures_total",
    help: "Requests to Solana endpoints that got no valid answer",
    labelNames: ["endpoint"],
    registers,
    collect() {
      this.reset();
      for (const { host, failures } of endpoints()) this.inc({ endpoint: host }, failures);
    },
  });
  new Counter({
    name: "cto_rpc_rate_limited_total",
    help: "Answers 429 of Solana endpoints",
    labelNames: ["endpoint"],
    registers,
    collect() {
      this.reset();
      for (const { host, rateLimited } of endpoints()) this.inc({ endpoint: host }, rateLimited);
    },
  });
};

/**
 * A registry of its own, not prom-client's global one.
 * @param ofProcess memory, CPU and event loop besides: for a process that is ours alone
 */
export function createMetrics({ ofProcess = false }: { ofProcess?: boolean } = {}) {
  const registry = new Registry();
  const registers = [registry];
  const chains: (() => RpcStats)[] = [];
  rpcCounters(registry, chains);
  if (ofProcess) collectDefaultMetrics({ register: registry });
  return {
    registry,
    /** Counts the RPC calls of one more chain. */
    watchChain: (stats: () => RpcStats): void => {
      chains.push(stats);
    },
    legs: new Counter({
      name: "cto_legs_total",
      help: "Legs that came to an outcome in this process",
      labelNames: ["outcome", "venue"],
      registers,
    }),
    landingSeconds: new Histogram({
      name: "cto_landing_seconds",
      help: "From the first signature of a leg to its confirmation",
      labelNames: ["venue"],
      buckets: LANDING_BUCKETS,
      registers,
    }),
    resigned: new Counter({
      name: "cto_resigned_total",
      help: "Attempts that were signed after an earlier one was proved dead",
      labelNames: ["kind"],
      registers,
    }),
    operations: new Counter({
      name: "cto_operations_total",
      help: "Operations that ended in this process",
      labelNames: ["status"],
      registers,
    }),
    incidents: new Counter({
      name: "cto_incidents_total",
      help: "Legs that landed and received less than they were signed for, found by this process",
      registers,
    }),
    httpSeconds: new Histogram({
      name: "cto_http_request_seconds",
      help: "HTTP requests by route and status",
      labelNames: ["method", "route", "status"],
      buckets: HTTP_BUCKETS,
      registers,
    }),
    /** A value that is looked up at each scrape; one that cannot be had is left out. */
    gauge(name: string, help: string, label: string, look: () => Promise<Record<string, number>>): void {
      new Gauge({
        name,
        help,
        labelNames: [label],
        registers,
        async collect() {
          this.reset();
          const values = await look().catch(() => ({}));
          for (const [key, value] of Object.entries(values)) this.set({ [label]: key }, value);
        },
      });
    },
  };
}
