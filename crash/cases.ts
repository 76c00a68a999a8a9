/** Which runs a sweep is made of: every point that an operation passes, times the fault modes that make sense there. */
import { MODES } from "../src/engine/ports.ts";
import type { MachineName } from "../src/localnet/index.ts";
import type { RpcFault } from "./gate.ts";
import type { Calls } from "./messages.ts";

export const BACKENDS = ["postgres", "redis"] as const;
export type Backend = (typeof BACKENDS)[number];

/** Where a sweep keeps its journals. */
export const JOURNALS = ["postgres", "mongo"] as const;
export type JournalKind = (typeof JOURNALS)[number];

/**
 * What a run is about: an operation in one of the modes, or the recovery of what one that was funded ahead has left, whose
 * points are those from the request to recover on.
 */
export const SUBJECTS = [...MODES, "recover"] as const;
export type Subject = (typeof SUBJECTS)[number];

/** What happens at the point, in words. */
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
  restart: "journal's server killed and restarted",
  forward: "clock jumps 2 minutes ahead",
  back: "clock jumps 2 minutes back",
  fork: "fork drops what has landed",
} as const;
export type FaultMode = keyof typeof FAULTS;

export type Setting = { readonly backend: Backend; readonly mode: Subject };

export type Case = Setting & {
  /** Which Solana it runs on. */
  readonly cluster: MachineName;
  /** `<port>.<method>:<before|after>#<k>`, or `rpc.<method>:…`. */
  readonly point: string;
  readonly fault: FaultMode;
};

/** A case that has no cluster yet. */
type Unplaced = Omit<Case, "cluster">;

/** What a run without a fault has passed. */
export type Recording = Setting & {
  readonly cluster: MachineName;
  readonly calls: Calls;
  readonly rpc: Readonly<Record<string, number>>;
};

/** The golden ratio: its multiples fall evenly into any interval, however many of them there are. */
const GOLDEN = (Math.sqrt(5) - 1) / 2;

const RPC_FAULTS = ["dropped", "storm", "lag", "lie"] as const satisfies readonly RpcFault[];
const PROCESS_FAULTS = ["duplicate", "stale", "flush", "restart", "forward", "back"] as const;

export const isRpcPoint = (point: string): boolean => point.startsWith("rpc.");

const upTo = (count: number): number[] => Array.from({ length: count }, (_, index) => index + 1);

/**
 * `kill` stands at every point. Faults of the RPC stand at every RPC call. What befalls the process or its servers
 * stands around every method once, at its middle call, if the method can be held.
 */
function casesOf({ calls, rpc, backend, mode }: Recording): Unplaced[] {
  const cases: Unplaced[] = [];
  const add = (point: string, fault: FaultMode): void => {
    if (fault !== "flush" || backend === "redis") cases.push({ backend, mode, point, fault });
  };
  for (const [name, { count, sync }] of Object.entries(calls)) {
    if (count === 0) continue;
    for (const when of ["before", "after"]) {
      for (const k of upTo(count)) add(`${name}:${when}#${k}`, "kill");
      if (sync) continue;
      for (const fault of PROCESS_FAULTS) add(`${name}:${when}#${Math.ceil(count / 2)}`, fault);
      // A fork needs something that has landed: the last call is the likeliest to have it.
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
 * A method that two recordings do not call equally often is called on a beat, or as often as the time allows. What it
 * does is the same every time, so its first calls stand for all: later ones might never come.
 */
const CALLS_OF_A_BEAT = 3;

const agreed = (a: number, b: number): number => (a === b ? a : Math.min(a, b, CALLS_OF_A_BEAT));

/** What both recordings have passed. */
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

/** All cases of a sweep, in an order that follows from the recordings' counts alone. */
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

/**
 * Half of the cases run on each cluster, so spread that half of any sample does. Where what is confirmed is final nothing can
 * be forked away: those are the older cluster's.
 */
function clusterOf({ fault }: Unplaced, index: number): MachineName {
  return fault === "fork" || (index * GOLDEN) % 1 >= 0.5 ? "tower" : "today";
}

/**
 * `size` of the cases, evenly spread over them, in an order that is itself evenly spread: a sweep that is ended early
 * has seen something of everything. The same cases give the same sample.
 */
export const sample = (cases: readonly Case[], size: number): Case[] => {
  const step = Math.max(1, cases.length / size);
  return cases
    .filter((_, index) => Math.floor(index / step) !== Math.floor((index - 1) / step))
    .map((item, index) => ({ item, place: (index * GOLDEN) % 1 }))
    .sort((a, b) => a.place - b.place)
    .map(({ item }) => item);
};
