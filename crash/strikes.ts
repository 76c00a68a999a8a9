/** What befalls the worker of a run, or its servers, or its chain, while it is held at its point. */
import { setTimeout as sleep } from "node:timers/promises";
import { Redis } from "ioredis";
import type { Address } from "../src/engine/ports.ts";
import type { Cluster } from "../src/localnet/index.ts";
import type { Caller } from "./caller.ts";
import type { FaultMode } from "./cases.ts";
import { type Crew, TIMING } from "./crew.ts";
import type { WorkerProcess } from "./processes.ts";
import type { DatabaseServer } from "./servers.ts";
import type { Scene } from "./world.ts";

/** Makes the queue forget that a worker has the job, and takes the worker's lease away. */
async function deliverAgain({ redis, database }: Scene, caller: Caller): Promise<void> {
  if (redis) {
    const client = new Redis(redis.url);
    const keys = await client.keys(`${redis.prefix}:*`);
    if (keys.length > 0) await client.del(...keys);
    client.disconnect();
  } else {
    await database.loseJobs();
  }
  await database.expireLeases();
  await caller.askAgain(AbortSignal.timeout(1_000));
}

export type Stricken = {
  readonly caller: Caller;
  readonly scene: Scene;
  readonly crew: Crew;
  readonly worker: WorkerProcess;
  readonly server: DatabaseServer;
  readonly cluster: Cluster;
};

/** What was sent last has landed by then, and is not final yet. */
const FORK_AFTER_MS = 100;

/** What befalls a worker that waits at its point. Answers whether it did: there may have been nothing to strike. */
export const PROCESS_FAULT: Partial<Record<FaultMode, (stricken: Stricken) => Promise<boolean>>> = {
  async duplicate({ scene, crew, caller }) {
    await deliverAgain(scene, caller);
    await crew.add();
    await sleep(200); // The second worker takes the job; then the first goes on.
    return true;
  },
  async stale({ crew, worker }) {
    worker.signal("SIGSTOP");
    await crew.add();
    await sleep(TIMING.takeoverMs * 2.5);
    worker.signal("SIGCONT");
    return true;
  },
  async flush({ scene, crew }) {
    if (scene.redis === null) return false;
    const client = new Redis(scene.redis.url);
    await client.flushall();
    client.disconnect();
    await crew.add();
    return true;
  },
  async restart({ server }) {
    await server.restart();
    return true;
  },
  async fork({ scene, cluster }) {
    const own = new Set<Address>(scene.wallets);
    const isOwn = ({ accounts }: { accounts: readonly Address[] }) => accounts.some((one) => own.has(one));
    await sleep(FORK_AFTER_MS);
    return cluster.fork((transaction) => !isOwn(transaction)).some(isOwn);
  },
};
