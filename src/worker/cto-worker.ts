/**
 * The CTO worker: takes wake-ups from the queue and hands them to `engine/carry-out.ts`, which carries out the next operation
 * of the user whom they name, and says when the turn comes again.
 * Everything that must survive is in the journal, so a worker may die at any line; the next one goes on from there.
 */
import { randomUUID } from "node:crypto";
import { setMaxListeners } from "node:events";
import { setTimeout as sleep } from "node:timers/promises";
import { DelayedError, type Job, UnrecoverableError } from "bullmq";
import type { Logger } from "pino";
import { z } from "zod";
import { beatsOf, SWEEP_MS } from "../engine/beats.ts";
import { takeTurn, type Worked } from "../engine/carry-out.ts";
import { lookAgain } from "../engine/due.ts";
import { ENGINE_DEFAULTS, type EngineSettings } from "../engine/settings.ts";
import { openWorker, type WakeUp } from "../queue/queues.ts";
import { type CTOContext, closeInTurn } from "../runtime/context.ts";
import { closeWithAll, defaultContext } from "../runtime/default-context.ts";
import { createLogger } from "../runtime/log.ts";
import { openWorkerPorts, type WorkerPorts } from "../runtime/worker-ports.ts";
import { areLimitsRequired } from "../services/limits.ts";
import type { Signers } from "../wallets/signer.ts";
import { watchReached } from "./reached.ts";
import { startSettler } from "./settler.ts";
import { startSweeper } from "./sweeper.ts";
import { traceOperation, tracePorts } from "./trace-worker.ts";
import { startWebhooks, type WebhookOptions } from "./webhooks.ts";

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
  /** How webhooks are retried and resolved. For tests. */
  readonly webhooks?: WebhookOptions;
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

/** The most that a worker carries out at once. */
const MOST_OPERATIONS = 256;

/** How long a wake-up rests while this worker may not sign, ms: the journal runs behind the chain, or that cannot be read. */
const BEHIND_MS = 2_000;

/** How long closing waits for what the jobs have asked the chain and the venues, ms. */
const CLOSE_GRACE_MS = 5_000;

/**
 * Starts a worker. Nothing is registered globally: close it when done.
 *
 * @throws `CTO_E_CONFIG_NO_CLUSTER`, `CTO_E_CONFIG_CLUSTERS_DIFFER`, and what opening the context throws
 * @example
 * const worker = await createCTOWorker({ concurrency: 2 });
 * await worker.close();
 */
export async function createCTOWorker(options: CTOWorkerOptions = {}): Promise<CTOWorker> {
  const context = options.context ?? (await defaultContext());
  const { wrapPorts = (given) => given } = options;
  const beats = beatsOf(options.takeoverMs);
  const { ports: opened, forgetKeys, close } = await openWorkerPorts(context, options.signers);
  try {
    await opened.chain.requireOneCluster();
  } catch (error) {
    close();
    throw error;
  }
  const ports = tracePorts(wrapPorts(opened));
  const log = createLogger(context.config).child({ part: "worker" });
  const shutdown = new AbortController();
  // Each operation under way listens for the end.
  setMaxListeners(2 * MOST_OPERATIONS, shutdown.signal);
  const name = randomUUID();
  let wakeUps = 0;

  const again = options.reviewAgainMs === undefined ? {} : { reviewAgainMs: options.reviewAgainMs };
  // The journal or the queue may be away: then the sweeper finds what is due.
  const letGo = (userId: string): Promise<void> =>
    lookAgain(ports, context.queue, userId, again).catch(() => undefined);

  const reached = watchReached(context, opened, log);

  const process = async (job: Job<WakeUp>, token?: string): Promise<void> => {
    const userId = userOf(job);
    if (!(await reached.isCurrent().catch(() => false))) {
      await job.moveToDelayed(Date.now() + BEHIND_MS, token);
      throw new DelayedError();
    }
    wakeUps += 1;
    const { worked, againMs } = await takeTurn(ports, userId, {
      ...again,
      owner: `${name}/${wakeUps}`,
      beats,
      listWallets: (id) => context.journal.listWallets(id),
      settings: {
        ...(options.settings ?? ENGINE_DEFAULTS),
        limitsRequired: () => areLimitsRequired(context.config),
      },
      shutdown: shutdown.signal,
      around: (operation, work) => traceOperation(context.journal, operation, work),
      letGo: (wallets) => forgetKeys(wallets.map(({ id }) => id)),
    });
    report(log, worked);
    if (againMs === null) return;
    // To the end of the line: other users' turns come first.
    try {
      await job.moveToDelayed(Date.now() + againMs, token);
    } catch (error) {
      await letGo(userId); // The queue has forgotten the wake-up, or given it to another worker.
      throw error;
    }
    if (againMs > beats.busyMs) await letGo(userId);
    throw new DelayedError();
  };

  const worker = openWorker(context.backend, process, {
    concurrency: options.concurrency ?? context.config.CTO_CONCURRENCY,
    lockDuration: beats.lockMs,
    stalledInterval: beats.stalledMs,
  });
  worker.on("completed", (job) => void letGo(userOf(job)));
  worker.on("failed", (job) => job && void letGo(userOf(job)));
  worker.on("error", (error) => log.warn({ error: error.message }, "queue connection"));
  const background = [
    startSweeper(context, {
      everyMs: options.sweepMs ?? SWEEP_MS,
      log,
      ...again,
    }),
    startSettler(ports, { log, name }),
    reached.task,
    startWebhooks(context, log, options.webhooks),
  ];
  const running = worker.run();
  running.catch((error: unknown) => log.error({ error: messageOf(error) }, "worker stopped"));
  let closed: Promise<void> | undefined;
  const stop = async (): Promise<void> => {
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
  };
  const closeOnce = (): Promise<void> => {
    closed ??= stop().finally(forget);
    return closed;
  };
  const forget = closeWithAll(closeOnce);
  return { ports, close: closeOnce };
}

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));

const wakeUpSchema = z.object({ userId: z.string() });

const userOf = ({ id, data }: Job<WakeUp>): string => {
  const parsed = wakeUpSchema.safeParse(data);
  if (!parsed.success) throw new UnrecoverableError(`job ${id} names no user`);
  return parsed.data.userId;
};

/** Says in the log what a turn has brought. */
function report(log: Logger, worked: Worked | null): void {
  if (worked === null) return;
  if (worked.kind === "failed") {
    const { operationId, error } = worked;
    log.warn({ operation: operationId, error: messageOf(error) }, "will be tried again");
    return;
  }
  const { id, status, partial } = worked.operation;
  if (worked.kind === "recovered") log.info({ operation: id }, "recovery ended");
  else log.info({ operation: id, status, partial }, "operation ended");
}
