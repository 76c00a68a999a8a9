/**
 * Lists the runs of a sweep: every point that an operation passes, combined with the faults that make sense at that
 * point.
 */
import { MODES } from "../src/engine/ports.ts";
import type { MachineName } from "../src/localnet/index.ts";
import type { RpcFault } from "./gate.ts";
import type { Calls } from "./messages.ts";

export const BACKENDS = ["postgres", "redis"] as const;
export type Backend = (typeof BACKENDS)[number];

/** The databases that can store a sweep's journals. */
export const JOURNALS = ["postgres", "mongo"] as const;
export type JournalKind = (typeof JOURNALS)[number];

/**
 * The subject of a run: an operation in one of the modes, the recovery of an operation that was funded ahead, or an open
 * call. The points of a recovery start at the recovery request, those of a call at its creation.
 */
export const SUBJECTS = [...MODES, "recover", "call"] as const;
export type Subject = (typeof SUBJECTS)[number];

/** The faults, each with its description. */
export const FAULTS = {
  kill: "kill -9",
  lost: "RPC answer lost, call carried out",
  dropped: "RPC call lost, not carried out",
  storm: "429 storm",
  lag: "lagging endpoint",
  lie: "lying null from the second endpoint",
  duplicate: "job delivered twice, lease taken away",
  stale: "stopped beyond its lease, then continued",
  flush: "Redis FLUSHALL",
  replica: "Redis becomes a replica, its connections stay",
  restart: "journal's server killed and restarted",
  readonly: "PostgreSQL turns read-only, its connections stay",
  forward: "clock jumps 2 minutes ahead",
  back: "clock jumps 2 minutes back",
  fork: "fork drops what has landed",
} as const;
export type FaultMode = keyof typeof FAULTS;

export type Setting = { readonly backend: Backend; readonly mode: Subject };

export type Case = Setting & {
  /** The cluster that the case runs on. */
  readonly cluster: MachineName;
  /** `<port>.<method>:<before|after>#<k>`, or `rpc.<method>:…`. */
  readonly point: string;
  readonly fault: FaultMode;
};

/** A case to which no cluster is assigned yet. */
type Unplaced = Omit<Case, "cluster">;

/** The calls of a run without a fault. */
export type Recording = Setting & {
  readonly cluster: MachineName;
  readonly calls: Calls;
  readonly rpc: Readonly<Record<string, number>>;
};

/** The golden ratio minus 1. The fractional parts of its multiples are evenly distributed for any number of multiples. */
const GOLDEN = (Math.sqrt(5) - 1) / 2;

const RPC_FAULTS = ["dropped", "storm", "lag", "lie"] as const satisfies readonly RpcFault[];
const PROCESS_FAULTS = [
  "duplicate",
  "stale",
  "flush",
  "replica",
  "restart",
  "readonly",
  "forward",
  "back",
] as const;

/** These faults need a queue on Redis. */
const REDIS_FAULTS: ReadonlySet<FaultMode> = new Set(["flush", "replica"]);

export const isRpcPoint = (point: string): boolean => point.startsWith("rpc.");

const upTo = (count: number): number[] => Array.from({ length: count }, (_, index) => index + 1);

/**
 * Returns the cases of one recording. `kill` applies at every point, and RPC faults at every RPC call. Faults of the process
 * or its servers apply once before and once after each asynchronous method, at its middle call.
 */
function casesOf({ calls, rpc, backend, mode }: Recording): Unplaced[] {
  const cases: Unplaced[] = [];
  const add = (point: string, fault: FaultMode): void => {
    if (!REDIS_FAULTS.has(fault) || backend === "redis") cases.push({ backend, mode, point, fault });
  };
  for (const [name, { count, sync }] of Object.entries(calls)) {
    if (count === 0) continue;
    for (const when of ["before", "after"]) {
      for (const k of upTo(count)) add(`${name}:${when}#${k}`, "kill");
      if (sync) continue;
      for (const fault of PROCESS_FAULTS) add(`${name}:${when}#${Math.ceil(count / 2)}`, fault);
      // A fork needs a landed transaction. At the last call one most likely exists.
      add(`${name}:${when}#${count}`, "fork");
    }
  }
  for (const [method, count] of Object.entries(rpc)) {
    for (const k of upTo(count)) {
      add(`rpc.${method}:before#${k}`, "kill");
      add(`rpc.${method}:after#${k}`, "kill");
      add(`rpc.${method}:after#${k}`, "lost");
      for (const fault of RPC_FAULTS) add(`rpc.${method}:before#${k}`, fault);
    }
  }
  return cases;
}

/**
 * How many calls of a periodic method we use. If two recordings call a method a different number of times, its calls depend
 * on time. All its calls do the same, so the first ones represent all; later ones may never happen.
 */
const CALLS_OF_A_BEAT = 3;

const agreed = (a: number, b: number): number => (a === b ? a : Math.min(a, b, CALLS_OF_A_BEAT));

/** Returns the calls that both recordings contain. */
const common = (a: Recording, b: Recording): Recording => ({
  ...a,
  calls: Object.fromEntries(
    Object.entries(a.calls).map(([name, { count, sync }]) => [
      name,
      { count: agreed(count, b.calls[name]?.count ?? 0), sync },
    ]),
  ),
  rpc: Object.fromEntries(
    Object.entries(a.rpc).map(([method, count]) => [method, agreed(count, b.rpc[method] ?? 0)]),
  ),
});

/** On `today` a confirmed block is final, and no fork can drop it. */
const CLUSTER_OF_FORKS: MachineName = "tower";

/** Leaves out the faults that this kind of journal does not have. */
export const forJournal = (cases: readonly Case[], journal: JournalKind): Case[] =>
  cases.filter(({ fault }) => fault !== "readonly" || journal === "postgres");

/** Returns all cases of a sweep. Their order depends only on the counts in the recordings. */
export function allCases(recordings: readonly Recording[]): Case[] {
  const settings = BACKENDS.flatMap((backend) => SUBJECTS.map((mode) => ({ backend, mode })));
  const cases = settings.flatMap(({ backend, mode }) => {
    const [first, second] = recordings.filter((one) => one.backend === backend && one.mode === mode);
    return first === undefined || second === undefined ? [] : casesOf(common(first, second));
  });
  const keyOf = ({ fault, backend, mode, point }: Unplaced): string =>
    [fault, backend, mode, point.replace(/#(\d+)$/, (_, k: string) => `#${k.padStart(4, "0")}`)].join(" ");
  return cases
    .map((item) => ({ item, key: keyOf(item) }))
    .sort((a, b) => (a.key < b.key ? -1 : 1))
    .map(({ item }, index) => ({ ...item, cluster: clusterOf(item, index) }));
}

/** Assigns a cluster to a case. Half of the cases run on each cluster, spread so that this also holds for a sample. */
function clusterOf({ fault }: Unplaced, index: number): MachineName {
  if (fault === "fork") return CLUSTER_OF_FORKS;
  return (index * GOLDEN) % 1 >= 0.5 ? "tower" : "today";
}

/** Moves all cases to one cluster, and leaves out those that cannot happen there: no fork drops a confirmed block of `today`. */
export const onCluster = (cases: readonly Case[], cluster: MachineName | undefined): Case[] =>
  cluster === undefined
    ? [...cases]
    : cases
        .filter(({ fault }) => fault !== "fork" || cluster === CLUSTER_OF_FORKS)
        .map((item) => ({ ...item, cluster }));

/**
 * Returns `size` of the cases, evenly spread over all of them. Their order is evenly spread, too, so that a sweep that ends
 * early has run cases of every kind. The same cases give the same sample.
 */
export const sample = (cases: readonly Case[], size: number): Case[] => {
  const step = Math.max(1, cases.length / size);
  return cases
    .filter((_, index) => Math.floor(index / step) !== Math.floor((index - 1) / step))
    .map((item, index) => ({ item, place: (index * GOLDEN) % 1 }))
    .sort((a, b) => a.place - b.place)
    .map(({ item }) => item);
};
