/**
 * Defines the metrics of a process, for Prometheus. Labels contain venues, outcomes, hosts, routes and statuses. They
 * never contain a user, a wallet, an operation or a key.
 */
import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from "prom-client";
import type { RpcStats } from "../chain/rpc.ts";

/** Seconds: from one slot to the end of a blockhash's lifetime. */
const LANDING_BUCKETS = [0.4, 0.8, 1.5, 3, 5, 10, 20, 40, 60, 90];
const HTTP_BUCKETS = [0.005, 0.02, 0.1, 0.5, 2, 10];

export type Metrics = ReturnType<typeof createMetrics>;

/** Copies cumulative counts, which the chains keep, at each scrape. */
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
 * Creates our own registry, separate from prom-client's global one.
 * @param ofProcess adds memory, CPU and event loop; for a process that runs only this package
 */
export function createMetrics({ ofProcess = false }: { ofProcess?: boolean } = {}) {
  const registry = new Registry();
  const registers = [registry];
  const chains: (() => RpcStats)[] = [];
  rpcCounters(registry, chains);
  if (ofProcess) collectDefaultMetrics({ register: registry });
  return {
    registry,
    /** Adds the RPC calls of one more chain. */
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
    /** Adds a gauge whose values we read at each scrape. If the read fails, the gauge has no values. */
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
