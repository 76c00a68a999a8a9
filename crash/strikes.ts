/** Applies the faults of the process, its servers and its chain, while the worker waits at its point. */
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

/** Deletes the queue's jobs, expires the worker's lease, and requests the operation again. */
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

/** The wait before a fork. By then the last transactions have landed, and are not finalized yet. */
const FORK_AFTER_MS = 100;

/** How long a server refuses writes. A worker retries several times in this time. */
const REFUSES_WRITES_MS = 1_500;

/** False: there was nothing that the fault could affect. A function ends the fault, while the worker goes on. */
export type Dealt = boolean | (() => Promise<void>);

/** Applies a fault while the worker waits at its point. */
export const PROCESS_FAULT: Partial<Record<FaultMode, (stricken: Stricken) => Promise<Dealt>>> = {
  async duplicate({ scene, crew, caller }) {
    await deliverAgain(scene, caller);
    await crew.add();
    await sleep(200); // The second worker takes the job. Then the first one continues.
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
  async replica({ scene }) {
    if (scene.redis === null) return false;
    const client = new Redis(scene.redis.url);
    await client.replicaof("127.0.0.1", 1); // Nothing listens there. Redis refuses writes, and keeps its data and its connections.
    return async () => {
      await sleep(REFUSES_WRITES_MS);
      await client.replicaof("NO", "ONE");
      client.disconnect();
    };
  },
  async restart({ server }) {
    await server.restart();
    return true;
  },
  async readonly({ server }) {
    await server.setReadOnly(true);
    return async () => {
      await sleep(REFUSES_WRITES_MS);
      await server.setReadOnly(false);
    };
  },
  async fork({ scene, cluster }) {
    const own = new Set<Address>(scene.wallets);
    const isOwn = ({ accounts }: { accounts: readonly Address[] }) => accounts.some((one) => own.has(one));
    await sleep(FORK_AFTER_MS);
    return cluster.fork((transaction) => !isOwn(transaction)).some(isOwn);
  },
};
