/** Defines the state that all processes of one simulation share. */
import type { Directory, Journal, OperationRequest } from "../src/engine/ports.ts";
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
  /** How many endpoints must agree that a transaction is dead. At most one fewer than that may lie. */
  readonly quorum: number;
  /** The journal itself, without faults. */
  readonly journal: Journal & Directory;
  readonly market: SimMarket;
  /** By the id of a buy step: the first anchor of its leg. */
  readonly anchors: Map<string, bigint>;
  readonly queue: SimQueue;
  readonly orders: Orders;
  /** By user: the process that holds the lease, according to the answers that it received. */
  readonly holders: Map<string, Holder>;
  readonly tally: Tally;
  /** The time after which an undecided step goes to review, ms. */
  readonly reviewAfterMs: number;
};

/** The callers' orders that the journal has accepted. */
export type Orders = {
  /** The start of the current halt, virtual ms; null without a halt. */
  haltedSince: number | null;
  /** The cancelled operations. Nothing but a recovery may be signed for them. */
  readonly cancelled: Set<string>;
  /** By operation: how many callers still wait for its recovery to be accepted. */
  readonly recoveriesAsked: Map<string, number>;
  /** How many retry requests are still to come. A request that is repeated does not count. */
  retriesAhead: number;
  /** By operation: when it may begin, and from when on nothing of it may be signed. */
  readonly times: Map<string, Pick<OperationRequest, "notBefore" | "expiresAt">>;
};

export type Holder = { readonly process: Process; readonly owner: string };

/** Counts besides the fault counts, and the violations that the checks in the processes found. */
export type Tally = {
  signed: number;
  resigned: number;
  reviews: number;
  reopened: number;
  /** The accepted retries. */
  retried: number;
  /** The signed attempts of `fund` steps (`funded`) and of `recover` steps (`returned`). */
  funded: number;
  returned: number;
  readonly violations: string[];
};
