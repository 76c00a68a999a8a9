/** Everything that the processes of one simulation share. */
import type { Directory, Journal } from "../src/engine/ports.ts";
import type { Cluster } from "./cluster.ts";
import type { SimEndpoint } from "./endpoint.ts";
import type { Faults } from "./faults.ts";
import type { SimMarket } from "./market.ts";
import type { Machine, Process } from "./process.ts";
import type { SimQueue } from "./queue.ts";
import type { Random } from "./random.ts";
import type { Scheduler } from "./scheduler.ts";
import type { Trace } from "./trace.ts";

export type World = {
  readonly seed: number;
  readonly scheduler: Scheduler;
  readonly trace: Trace;
  readonly faults: Faults;
  readonly latency: Random;
  readonly machine: Machine;
  readonly cluster: Cluster;
  readonly endpoints: readonly SimEndpoint[];
  /** How many endpoints must agree that a transaction is dead. One less may lie. */
  readonly quorum: number;
  /** The database itself, without faults. */
  readonly journal: Journal & Directory;
  readonly market: SimMarket;
  /** By a buy step's id: the least that its leg accepts, as it was first journaled. */
  readonly anchors: Map<string, bigint>;
  readonly queue: SimQueue;
  readonly orders: Orders;
  /** By user: the process that holds the lease, as far as it was told. */
  readonly holders: Map<string, Holder>;
  readonly tally: Tally;
  /** How long a step may be undecided before it goes to review, ms. */
  readonly reviewAfterMs: number;
};

/** What callers have ordered, and been answered. */
export type Orders = {
  /** Since when signing is stopped, virtual ms; null while it is not. */
  haltedSince: number | null;
  /** Operations of which nothing more may be signed. */
  readonly cancelled: Set<string>;
  /** By operation: how many callers still wait for its recovery to be accepted. */
  readonly recoveriesAsked: Map<string, number>;
};

export type Holder = { readonly process: Process; readonly owner: string };

/** What is counted beside the faults, and what the processes themselves were caught at. */
export type Tally = {
  signed: number;
  resigned: number;
  reviews: number;
  reopened: number;
  /** Of the signed attempts, those that fund ahead, and those that return what is left. */
  funded: number;
  returned: number;
  readonly violations: string[];
};

/** Virtual ms as a date. The epoch is arbitrary. */
export const dateAt = (ms: number): Date => new Date(1_800_000_000_000 + ms);
