/** Opens the world of one seed: its cluster, endpoints, journal and queue. Nothing has begun in it yet. */
import type { Address } from "../src/engine/ports.ts";
import { createMemoryJournal } from "../src/journal/memory/index.ts";
import { type Block, Cluster, machineOf } from "./cluster.ts";
import { SimEndpoint } from "./endpoint.ts";
import { createSimMarket } from "./market.ts";
import { SimQueue } from "./queue.ts";
import { createRandom, type Random } from "./random.ts";
import { dateAt } from "./virtual-date.ts";
import { BEATS } from "./worker.ts";
import type { World } from "./world.ts";

type Parts = Pick<World, "scheduler" | "trace" | "faults"> & {
  /** The stream that decides about endpoints and reviews. */
  readonly random: Random;
  /** Lamports by wallet. */
  readonly balances: ReadonlyMap<Address, bigint>;
  readonly reviewAfterMs: readonly [number, ...number[]];
  /** Called for each block in which something landed. */
  readonly onLandings?: (block: Block, cluster: Cluster) => void;
};

export function openWorld(
  seed: number,
  { scheduler, trace, faults, random, balances, reviewAfterMs, onLandings }: Parts,
): World {
  const cluster: Cluster = new Cluster(
    machineOf(seed),
    createRandom(seed, "cluster"),
    faults,
    trace,
    { lamports: balances, tokens: new Map() },
    (block) => {
      // The constructor already makes blocks. They are empty, and `cluster` is not assigned yet.
      if (block.landings.length > 0) onLandings?.(block, cluster);
    },
  );
  const size = random.between(1, 4);
  const quorum = Math.min(size, random.between(1, 3));
  return {
    seed,
    scheduler,
    trace,
    faults,
    latency: createRandom(seed, "latency"),
    machine: { asleepUntil: 0 },
    cluster,
    endpoints: Array.from(
      { length: size },
      (_, at) => new SimEndpoint(`endpoint${at}`, cluster, faults, scheduler, at < quorum - 1),
    ),
    quorum,
    journal: createMemoryJournal({ now: () => dateAt(scheduler.now) }),
    market: createSimMarket(faults, trace),
    anchors: new Map(),
    queue: new SimQueue(scheduler, faults, BEATS.lockMs),
    orders: {
      haltedSince: null,
      cancelled: new Set(),
      recoveriesAsked: new Map(),
      retriesAhead: 0,
      times: new Map(),
    },
    holders: new Map(),
    tally: {
      signed: 0,
      resigned: 0,
      reviews: 0,
      reopened: 0,
      retried: 0,
      funded: 0,
      returned: 0,
      violations: [],
    },
    reviewAfterMs: random.pick(reviewAfterMs),
  };
}
