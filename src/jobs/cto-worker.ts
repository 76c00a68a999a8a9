/**
 * The CTO worker: takes jobs from the queue and hands them to `engine/carry-out.ts`, which says what becomes of them.
 * Everything that must survive is in the journal, so a worker may die at any line; the next one goes on from there.
 */
import { randomUUID } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import { DelayedError, type Job, UnrecoverableError } from "bullmq";
import type { Logger } from "pino";
import { beatsOf, SWEEP_MS } from "../engine/beats.ts";
import { carryOut, type Outcome } from "../engine/carry-out.ts";
import { ENGINE_DEFAULTS, type EngineSettings } from "../engine/settings.ts";
import type { Signers } from "../wallets/signer.ts";
import { type CTOContext, closeInTurn } from "./context.ts";
import { defaultContext } from "./default-context.ts";
import { areLimitsRequired } from "./limits.ts";
import { createLogger } from "./log.ts";
import { openWorker } from "./queues.ts";
import { startSettler } from "./settler.ts";
import { startSweeper } from "./sweeper.ts";
import type { CTOJob } from "./types.ts";
import { openWorkerPorts, type WorkerPorts } from "./worker-ports.ts";

export type CTOWorkerOptions = {
  /** Default: the process's own context, opened from the environment. */
  readonly context?: CTOContext;
  /** Operations at once. Default: CTO_CONCURRENCY. */
  readonly concurrency?: number;
  /** How long a dead worker's job and lease are held before another worker may go on, ms. Default 3,000: see `engine/beats.ts`. */
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
  const { wrapPorts = (given) => given } = options;
  const beats = beatsOf(options.takeoverMs);
  const { ports: opened, forgetKeys, close } = await openWorkerPorts(context, options.signers);
  const ports = wrapPorts(opened);
  const log = createLogger(context.config).child({ part: "worker" });
  const shutdown = new AbortController();
  const name = randomUUID();
  let wakeUps = 0;

  const process = async (job: Job<CTOJob>, token?: string): Promise<unknown> => {
    const id = job.id ?? "";
    wakeUps += 1;
    const outcome = await carryOut(ports, id, {
      owner: `${name}/${wakeUps}`,
      beats,
      listWallets: (userId) => context.journal.listWallets(userId),
      attemptsMade: job.attemptsMade,
      settings: {
        ...(options.settings ?? ENGINE_DEFAULTS),
        limitsRequired: areLimitsRequired(context.config),
      },
      shutdown: shutdown.signal,
      letGo: (wallets) => forgetKeys(wallets.map(({ id: walletId }) => walletId)),
    });
    if (outcome.kind === "later") {
      await job.moveToDelayed(Date.now() + outcome.ms, token); // Uses up no attempt.
      throw new DelayedError();
    }
    return finish(log, id, outcome);
  };

  const worker = openWorker(context.backend, process, {
    concurrency: options.concurrency ?? context.config.CTO_CONCURRENCY,
    lockDuration: beats.lockMs,
    stalledInterval: beats.stalledMs,
  });
  worker.on("error", (error) => log.warn({ error: error.message }, "queue connection"));
  const background = [
    startSweeper(context, {
      everyMs: options.sweepMs ?? SWEEP_MS,
      log,
      ...(options.reviewAgainMs !== undefined ? { reviewAgainMs: options.reviewAgainMs } : {}),
    }),
    startSettler(ports, { log, name }),
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

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));

/** What becomes of a job: it completes, fails for good, or is tried again by the queue. */
function finish(log: Logger, id: string, outcome: Exclude<Outcome, { kind: "later" }>): { status: string } {
  if (outcome.kind === "unknown") throw new UnrecoverableError(`the journal has no operation ${id}`);
  if (outcome.kind === "failed") {
    log.warn({ operation: id, error: messageOf(outcome.error) }, "will be tried again");
    throw outcome.error;
  }
  const { status, partial, failure } = outcome.operation;
  if (outcome.kind === "recovered") {
    log.info({ operation: id }, "recovery ended");
    return { status };
  }
  log.info({ operation: id, status, partial }, "operation ended");
  if (status === "failed") throw new UnrecoverableError(failure?.message ?? "failed");
  return { status };
}
