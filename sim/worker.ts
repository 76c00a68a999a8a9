/** One worker process: takes jobs and runs the engine as `src/jobs/cto-worker.ts` does, on simulated ports. */
import { isOutage } from "../src/engine/drive-step.ts";
import { Interrupted, LeaseLost } from "../src/engine/journaling.ts";
import type { Directory, Journal, Lease, Operation, Ports } from "../src/engine/ports.ts";
import { recoverOperation } from "../src/engine/recover.ts";
import { abandonOperation, type RunOptions, runOperation } from "../src/engine/run.ts";
import { ENGINE_DEFAULTS } from "../src/engine/settings.ts";
import { createBlockReader } from "./accounts.ts";
import { startSettler, startSweeper } from "./background.ts";
import { createSimChain } from "./chain.ts";
import { type Outage, reachJournal } from "./journal.ts";
import { approvedMessage, simPolicy } from "./policy.ts";
import { Process } from "./process.ts";
import { cancel, checkAnchored } from "./promises.ts";
import type { Handler } from "./queue.ts";
import { checkReserved } from "./reserved.ts";
import { readMessage, signTransaction, stepOf } from "./transaction.ts";
import { createSimVenues } from "./venues.ts";
import { dateAt, type World } from "./world.ts";

export const LEASE_MS = 30_000;
const BUSY_MS = 500;

/** Starts a worker, and another one in its place whenever it dies. */
export function startWorker(world: World, name: string, outage: Outage, life = 1): void {
  const { scheduler, faults, queue } = world;
  const process = new Process(`${name}.${life}`, world, () =>
    scheduler.after(world.latency.between(500, 5_000), () => startWorker(world, name, outage, life + 1)),
  );
  const skewMs = faults.strikes("clock skew") ? faults.shape("clock skew").between(-20_000, 20_000) : 0;
  const ports = openPorts(world, process, outage, skewMs);
  queue.join(process, handlerFor(world, process, ports));
  startSweeper(world, process, ports.journal);
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

const handlerFor =
  (world: World, process: Process, ports: SimPorts): Handler =>
  async (id, isLastAttempt) => {
    try {
      const operation = await ports.journal.readOperation(id);
      if (operation === null) return { kind: "done" };
      const { userId } = operation.request;
      const lease = await ports.journal.acquireLease(userId, `${process.name}/${id}`, LEASE_MS);
      if (lease === null) return { kind: "later", ms: BUSY_MS };
      const held = holdLease(process, ports, lease);
      try {
        const wallets = await ports.journal.listWallets(userId);
        const settings = { ...ENGINE_DEFAULTS, reviewAfterMs: world.reviewAfterMs };
        const run = { lease, wallets, signal: held.signal, settings };
        if (isRecovering(operation)) await recoverOperation(ports, id, run);
        else await carryOut(ports, id, run, isLastAttempt);
        return { kind: "done" };
      } catch (error) {
        const isStopped = error instanceof LeaseLost || error instanceof Interrupted || held.signal.aborted;
        if (isStopped) return { kind: "later", ms: 1 };
        throw error;
      } finally {
        await held.release();
      }
    } catch (error) {
      // An outage is tried again; anything else is a fault of the code itself.
      if (!isExpected(error)) world.tally.violations.push(`operation ${id}: ${String(error)}`);
      return { kind: "error" };
    }
  };

const isRecovering = ({ recovery }: Operation): boolean =>
  recovery !== undefined && recovery.state !== "done";

const isExpected = (error: unknown): boolean =>
  error instanceof Error && isOutage(error) && "code" in error && error.code !== "CTO_E_INTERNAL";

async function carryOut(
  ports: Ports,
  id: string,
  run: RunOptions,
  isLast: boolean,
): Promise<Operation | null> {
  try {
    return await runOperation(ports, id, run);
  } catch (error) {
    const isStopped = error instanceof LeaseLost || error instanceof Interrupted || run.signal.aborted;
    if (isStopped || !isLast || !isOutage(error)) throw error;
    if (!(await abandonOperation(ports, id, run, error))) throw error;
    return ports.journal.readOperation(id);
  }
}

/** Renews the lease until released; aborts when it is lost. */
function holdLease(process: Process, { journal }: Ports, lease: Lease) {
  const lost = new AbortController();
  let isReleased = false;
  const renew = async (): Promise<void> => {
    for (;;) {
      await process.sleep(LEASE_MS / 3);
      if (isReleased) return;
      const isKept = await journal.renewLease(lease, LEASE_MS).catch(() => true);
      if (!isKept) return lost.abort(new LeaseLost(lease.userId));
    }
  };
  void renew();
  return {
    signal: lost.signal,
    async release(): Promise<void> {
      isReleased = true;
      await journal.releaseLease(lease).catch(() => undefined);
    },
  };
}
