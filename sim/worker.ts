/**
 * Runs one simulated worker: it takes wake-ups and calls `engine/carry-out.ts` with simulated ports, as
 * `src/worker/cto-worker.ts` does.
 */

import { beatsOf } from "../src/engine/beats.ts";
import { takeTurn } from "../src/engine/carry-out.ts";
import { wakeIfDue } from "../src/engine/due.ts";
import { createLeaseKeeper } from "../src/engine/lease-keeper.ts";
import type { Directory, Journal, Ports } from "../src/engine/ports.ts";
import { ENGINE_DEFAULTS } from "../src/engine/settings.ts";
import { isOutage } from "../src/errors/index.ts";
import { createBlockReader } from "./accounts.ts";
import { REVIEW_AGAIN_MS, startRequeuer, startSettler } from "./background.ts";
import { createSimChain } from "./chain.ts";
import { type Outage, reachJournal } from "./journal.ts";
import { approvedMessage, simPolicy } from "./policy.ts";
import { Process } from "./process.ts";
import { cancel, checkAnchored } from "./promises.ts";
import type { Handler } from "./queue.ts";
import { checkReserved } from "./reserved.ts";
import { readMessage, signTransaction, stepOf } from "./transaction.ts";
import { createSimVenues } from "./venues.ts";
import { dateAt } from "./virtual-date.ts";
import type { World } from "./world.ts";

/** The production values. */
export const BEATS = beatsOf();

/** Starts a worker, and restarts it each time it dies. */
export function startWorker(world: World, name: string, outage: Outage, life = 1): void {
  const { scheduler, faults, queue } = world;
  const process = new Process(`${name}.${life}`, world, () =>
    scheduler.after(world.latency.between(500, 5_000), () => startWorker(world, name, outage, life + 1)),
  );
  const skewMs = faults.strikes("clock skew") ? faults.shape("clock skew").between(-20_000, 20_000) : 0;
  process.skewMs = skewMs;
  const ports = openPorts(world, process, outage, skewMs);
  queue.join(process, handlerFor(world, process, ports));
  startRequeuer(world, process, ports);
  startSettler(process, ports, world.reviewAfterMs);
}

type SimPorts = Ports & { readonly journal: Journal & Directory };

function openPorts(world: World, process: Process, outage: Outage, skewMs: number): SimPorts {
  const readBlock = createBlockReader(world);
  return {
    journal: reachJournal(world, process, outage),
    chain: createSimChain(world, process, readBlock),
    policy: simPolicy,
    keyring: {
      newestVersion: async () => 1,
      sign: (approved) =>
        process.call("keyring.sign", async () => {
          const unsigned = approvedMessage(approved);
          checkAnchored(world, unsigned);
          await checkReserved(world, process, unsigned);
          const { operationId } = stepOf(readMessage(unsigned));
          if (world.faults.strikes("cancelled while signing")) await cancel(world, operationId);
          return signTransaction(unsigned);
        }),
    },
    venues: createSimVenues(world, process, readBlock),
    clock: {
      now: () => dateAt(world.scheduler.now + skewMs),
      sleep: (ms) => process.sleep(ms),
    },
    events: { notify: () => undefined },
  };
}

const handlerFor = (world: World, process: Process, ports: SimPorts): Handler => {
  const shutdown = new AbortController(); // A simulated process never shuts down gracefully.
  const leases = createLeaseKeeper(ports, BEATS);
  let wakeUps = 0;
  const takes = async (userId: string): Promise<number | null> => {
    wakeUps += 1;
    const { worked, againMs } = await takeTurn(ports, userId, {
      owner: `${process.name}/${wakeUps}`,
      beats: BEATS,
      leases,
      listWallets: (id) => ports.journal.listWallets(id),
      settings: { ...ENGINE_DEFAULTS, times: { reviewAfterMs: world.reviewAfterMs } },
      shutdown: shutdown.signal,
      reviewAgainMs: REVIEW_AGAIN_MS,
    });
    // The queue retries after an outage. Any other error is a bug.
    if (worked?.kind === "failed" && !isExpected(worked.error))
      world.tally.violations.push(`operation ${worked.operationId}: ${String(worked.error)}`);
    return againMs;
  };
  const letGo = (userId: string): void => {
    const wakeUps = { wakeUser: async (id: string) => world.queue.wakeUser(id) };
    wakeIfDue(ports, wakeUps, userId, { reviewAgainMs: REVIEW_AGAIN_MS }).catch(() => undefined);
  };
  return { takes, letGo };
};

const isExpected = (error: unknown): boolean =>
  error instanceof Error && isOutage(error) && "code" in error && error.code !== "CTO_E_INTERNAL";
