/**
 * The CTO worker: takes a job, takes the lease on the user's wallets, and runs the engine. Everything that must
 * survive is in the journal, so a worker may die at any line; the next one goes on from there.
 */
import { randomUUID } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import { DelayedError, type Job, UnrecoverableError } from "bullmq";
import { isOutage } from "../engine/drive-step.ts";
import { Interrupted, LeaseLost } from "../engine/journaling.ts";
import type { Lease, Operation, Wallet } from "../engine/ports.ts";
import { recoverOperation } from "../engine/recover.ts";
import { abandonOperation, type RunOptions, runOperation } from "../engine/run.ts";
import { ENGINE_DEFAULTS, type EngineSettings } from "../engine/settings.ts";
import type { Signers } from "../wallets/signer.ts";
import { type CTOContext, closeInTurn } from "./context.ts";
import { defaultContext } from "./default-context.ts";
import { areLimitsRequired } from "./limits.ts";
import { createLogger } from "./log.ts";
import { JOB_OPTIONS, openWorker } from "./queues.ts";
import { startSettler } from "./settler.ts";
import { startSweeper } from "./sweeper.ts";
import type { CTOJob } from "./types.ts";
import { openWorkerPorts, type WorkerPorts } from "./worker-ports.ts";

export type CTOWorkerOptions = {
  /** Default: the process's own context, opened from the environment. */
  readonly context?: CTOContext;
  /** Operations at once. Default: CTO_CONCURRENCY. */
  readonly concurrency?: number;
  /** How long a dead worker's job and lease are held before another worker may go on, ms. Default 30,000. */
  readonly takeoverMs?: number;
  /** How often operations that the queue has lost are looked for, ms. Default 15,000. */
  readonly sweepMs?: number;
  /** How often an operation that needs a review is looked at again, ms. Default 600,000. */
  readonly reviewAgainMs?: number;
  readonly settings?: Omit<EngineSettings, "limitsRequired">;
  /** What reaches the keys of wallets that are kept outside, by the names that these were attached with. */
  readonly signers?: Signers;
  /** Puts something between the worker and its ports. For tests and tracing: it sees every call, secrets included. */
  readonly wrapPorts?: (ports: WorkerPorts) => WorkerPorts;
};

export type CTOWorker = {
  /** The ports it runs on; `ports.chain.stats()` counts its RPC calls. */
  readonly ports: WorkerPorts;
  /**
   * Takes no new job, stops before the next signature, and leaves the rest to the journal. A call that an endpoint has
   * not answered after 5 s is cut off.
   */
  close(): Promise<void>;
};

/** How long closing waits for what the jobs have asked the chain and the venues, ms. */
const CLOSE_GRACE_MS = 5_000;

/** An operation that waits for another one of the same user looks again after this time. */
const BUSY_MS = 500;

/**
 * Starts a worker. Nothing is registered globally: close it when done.
 *
 * @throws `CTO_E_CONFIG_NO_CLUSTER`, and what opening the context throws
 * @example
 * const worker = await createCTOWorker({ concurrency: 2 });
 * await worker.close();
 */
export async function createCTOWorker(options: CTOWorkerOptions = {}): Promise<CTOWorker> {
  const context = options.context ?? (await defaultContext());
  const { takeoverMs = 30_000, wrapPorts = (given) => given } = options;
  const { ports: opened, forgetKeys, close } = await openWorkerPorts(context, options.signers);
  const ports = wrapPorts(opened);
  const log = createLogger(context.config).child({ part: "worker" });
  const shutdown = new AbortController();
  const name = randomUUID();

  const process = async (job: Job<CTOJob>, token?: string): Promise<unknown> => {
    const id = job.id ?? "";
    const later = async (ms: number): Promise<never> => {
      await job.moveToDelayed(Date.now() + ms, token); // Uses up no attempt.
      throw new DelayedError();
    };
    const operation = await ports.journal.readOperation(id);
    if (operation === null) throw new UnrecoverableError(`the journal has no operation ${id}`);
    const lease = await ports.journal.acquireLease(operation.request.userId, `${name}/${id}`, takeoverMs);
    if (lease === null) return later(BUSY_MS);
    const held = holdLease(ports, lease, takeoverMs, shutdown.signal);
    let wallets: readonly Wallet[] = [];
    try {
      wallets = await context.journal.listWallets(operation.request.userId);
      const settings = {
        ...(options.settings ?? ENGINE_DEFAULTS),
        limitsRequired: areLimitsRequired(context.config),
      };
      const run: RunOptions = { lease, wallets, signal: held.signal, settings };
      if (isRecovering(operation)) {
        await recoverOperation(ports, id, run);
        log.info({ operation: id }, "recovery ended");
        return { status: operation.status };
      }
      const ended = await carryOut(ports, id, run, job.attemptsMade + 1 >= JOB_OPTIONS.attempts);
      log.info({ operation: id, status: ended.status, partial: ended.partial }, "operation ended");
      if (ended.status === "failed") throw new UnrecoverableError(ended.failure?.message ?? "failed");
      return { status: ended.status };
    } catch (error) {
      if (error instanceof LeaseLost || error instanceof Interrupted || held.signal.aborted)
        return await later(1);
      if (!(error instanceof UnrecoverableError))
        log.warn({ operation: id, error: messageOf(error) }, "will be tried again");
      throw error;
    } finally {
      forgetKeys(wallets.map(({ id: walletId }) => walletId));
      await held.release();
    }
  };

  const worker = openWorker(context.backend, process, {
    concurrency: options.concurrency ?? context.config.CTO_CONCURRENCY,
    lockDuration: takeoverMs,
    stalledInterval: takeoverMs,
  });
  worker.on("error", (error) => log.warn({ error: error.message }, "queue connection"));
  const background = [
    startSweeper(context, {
      everyMs: options.sweepMs ?? 15_000,
      log,
      ...(options.reviewAgainMs !== undefined ? { reviewAgainMs: options.reviewAgainMs } : {}),
    }),
    startSettler(ports, { log }),
  ];
  const running = worker.run();
  running.catch((error: unknown) => log.error({ error: messageOf(error) }, "worker stopped"));
  return {
    ports,
    async close() {
      shutdown.abort();
      const tasks = background.map((task) => task.stop());
      // The jobs first: they stop at the next look. Closing the chain ends the calls that they and the tasks wait for.
      const jobs = worker.close();
      const grace = sleep(CLOSE_GRACE_MS, undefined, { ref: false });
      await closeInTurn([
        () => Promise.all(tasks),
        async () => close(),
        () => jobs,
        async () => opened.chain.close(),
        () => Promise.race([jobs, grace]),
      ]);
    },
  };
}

const isRecovering = ({ recovery }: Operation): boolean =>
  recovery !== undefined && recovery.state !== "done";

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));

/** Runs the operation; ends it when an outage has used up the job's attempts and nothing of it can land. */
async function carryOut(ports: WorkerPorts, id: string, run: RunOptions, last: boolean): Promise<Operation> {
  try {
    return await runOperation(ports, id, run);
  } catch (error) {
    const stopped = error instanceof LeaseLost || error instanceof Interrupted || run.signal.aborted;
    if (stopped || !last || !isOutage(error)) throw error;
    if (!(await abandonOperation(ports, id, run, error))) throw error; // The sweeper queues it again.
    const ended = await ports.journal.readOperation(id);
    if (ended === null) throw error;
    return ended;
  }
}

/** Renews the lease until released; aborts the signal when the lease is lost or the worker shuts down. */
function holdLease({ journal }: WorkerPorts, lease: Lease, ttlMs: number, shutdown: AbortSignal) {
  const lost = new AbortController();
  const timer = setInterval(() => {
    journal.renewLease(lease, ttlMs).then(
      (kept) => kept || lost.abort(new LeaseLost(lease.userId)),
      () => undefined, // The journal is away; while it is, nothing can be signed either.
    );
  }, ttlMs / 3);
  return {
    signal: AbortSignal.any([lost.signal, shutdown]),
    async release(): Promise<void> {
      clearInterval(timer);
      await journal.releaseLease(lease).catch(() => undefined); // It expires by itself.
    },
  };
}
