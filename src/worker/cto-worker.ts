/**
 * Runs the CTO worker. It takes wake-ups from the queue and passes each user to `engine/carry-out.ts`, which carries
 * out the user's next operation and returns the time of the user's next turn.
 *
 * Everything that must survive is in the journal. A worker may therefore die at any point; the next worker continues
 * from there.
 */
import { randomUUID } from "node:crypto";
import { setMaxListeners } from "node:events";
import { setTimeout as sleep } from "node:timers/promises";
import { DelayedError, type Job, UnrecoverableError } from "bullmq";
import type { Logger } from "pino";
import { z } from "zod";
import { inOneTrip } from "../base/together.ts";
import { beatsOf, REQUEUE_MS } from "../engine/beats.ts";
import { takeTurn, type Worked } from "../engine/carry-out.ts";
import { wakeIfDue } from "../engine/due.ts";
import { createLeaseKeeper } from "../engine/lease-keeper.ts";
import { ENGINE_DEFAULTS, type EngineSettings } from "../engine/settings.ts";
import { isOutage } from "../errors/index.ts";
import { openWorker, type WakeUp } from "../queue/queues.ts";
import { type CTOContext, closeInTurn } from "../runtime/context.ts";
import { closeWithAll, defaultContext } from "../runtime/default-context.ts";
import { createLogger } from "../runtime/log.ts";
import { openWorkerPorts, type WorkerPorts } from "../runtime/worker-ports.ts";
import { requireOpenableKeys } from "../services/keys.ts";
import { areLimitsRequired } from "../services/limits.ts";
import { requireOwnCluster } from "../services/own-cluster.ts";
import type { Signers } from "../wallets/signer.ts";
import { startBalanceChecks } from "./balances.ts";
import { startCalls } from "./calls.ts";
import { watchReached } from "./reached.ts";
import { startRequeuer } from "./requeuer.ts";
import { startSettler } from "./settler.ts";
import { traceOperation, tracePorts } from "./trace-worker.ts";
import { startCallWatch } from "./watch-calls.ts";
import { startWebhooks, type WebhookOptions } from "./webhooks.ts";

export type CTOWorkerOptions = {
  /** Default: the process's own context, opened from the environment. */
  readonly context?: CTOContext;
  /** The most concurrent operations. Default: CTO_CONCURRENCY. */
  readonly concurrency?: number;
  /**
   * How long a dead worker's job and lease are held before another worker may continue, ms. Default 3,000: see
   * `engine/beats.ts`.
   */
  readonly takeoverMs?: number;
  /**
   * The interval of the requeuer's search for operations that the queue has lost, ms. Default 15,000. The name is older
   * than the requeuer's; it stays, because callers use it.
   */
  readonly sweepMs?: number;
  /** The interval at which we check an operation that needs review again, ms. Default 600,000. */
  readonly reviewAgainMs?: number;
  readonly settings?: Omit<EngineSettings, "limitsRequired">;
  /**
   * Opens the signers of wallets whose keys are kept outside. The names are those that the wallets were attached
   * with.
   */
  readonly signers?: Signers;
  /** The options for retries of webhooks and for resolving their hosts. For tests. */
  readonly webhooks?: WebhookOptions;
  /** The interval at which balances are compared with `balance.low`'s thresholds, ms. Default 60,000. */
  readonly balanceCheckMs?: number;
  /** The pause between two checks of a call that is over, ms. Default 300,000. */
  readonly callWatchMs?: number;
  /** Wraps the worker's ports. For tests and tracing. The wrapper sees every call, including secrets. */
  readonly wrapPorts?: (ports: WorkerPorts) => WorkerPorts;
};

export type CTOWorker = {
  /** The worker's ports; `ports.chain.stats()` counts its RPC calls. */
  readonly ports: WorkerPorts;
  /**
   * Takes no new job, stops before the next signature, and leaves the rest to the journal. Cuts off a call that an
   * endpoint has not answered after 5 s.
   */
  close(): Promise<void>;
};

/** The most operations that a worker carries out at once. */
const MOST_OPERATIONS = 256;

/**
 * How long a wake-up rests while this worker may not sign, ms. It may not sign while the journal is behind the chain,
 * or while we cannot read whether it is.
 */
const BEHIND_MS = 2_000;

/** How long the journal keeps what a start has written to it, ms. */
const HEALTH_MS = 60_000;

/** How long `close` waits for the requests of the jobs to the chain and the venues, ms. */
const CLOSE_GRACE_MS = 5_000;

/** After that, how long `close` waits for the jobs' requests to the queue, ms. Without them the wake-up stalls, and another worker takes it. */
const QUEUE_GRACE_MS = 1_000;

/**
 * Starts a worker. The caller must close it.
 *
 * @throws `CTO_E_CONFIG_NO_CLUSTER`, `CTO_E_CONFIG_CLUSTERS_DIFFER`, `CTO_E_JOURNAL_OTHER_CLUSTER`,
 * `CTO_E_JOURNAL_UNAVAILABLE` and `CTO_E_QUEUE_UNAVAILABLE` if it refuses writes, `CTO_E_KEYS_UNOPENABLE`, and the errors of opening the context
 * @example
 * const worker = await createCTOWorker({ concurrency: 2 });
 * await worker.close();
 */
export async function createCTOWorker(options: CTOWorkerOptions = {}): Promise<CTOWorker> {
  const context = options.context ?? (await defaultContext());
  const { wrapPorts = (given) => given } = options;
  // A server may take reads and refuse writes. Such a worker would start, take every wake-up, and carry nothing out.
  await Promise.all([
    context.journal.writeCached("health", "written by a worker", HEALTH_MS),
    context.queue.check(),
  ]);
  const beats = beatsOf(options.takeoverMs);
  const { ports: opened, secretBox, forgetKeys, close } = await openWorkerPorts(context, options.signers);
  try {
    await opened.chain.requireOneCluster();
    // If no endpoint answers now, we compare before the first turn.
    await requireOwnCluster(context).catch((error: unknown) => {
      if (!isOutage(error)) throw error;
    });
    await requireOpenableKeys(context, secretBox);
  } catch (error) {
    close();
    throw error;
  }
  const ports = tracePorts(wrapPorts(opened));
  const log = createLogger(context.config).child({ part: "worker" });
  const shutdown = new AbortController();
  // Each operation under way adds a listener to this signal.
  setMaxListeners(2 * MOST_OPERATIONS, shutdown.signal);
  const leases = createLeaseKeeper(ports, beats);
  const name = randomUUID();
  let wakeUps = 0;

  const again = options.reviewAgainMs === undefined ? {} : { reviewAgainMs: options.reviewAgainMs };
  // If the journal or the queue is away, the requeuer finds what is due.
  const letGo = (userId: string): Promise<void> =>
    wakeIfDue(ports, context.queue, userId, again).catch(() => undefined);

  const reached = watchReached(context, opened, { log, worker: name });
  const settings: EngineSettings = {
    ...(options.settings ?? ENGINE_DEFAULTS),
    limitsRequired: () => areLimitsRequired(context.config),
  };

  const process = async (job: Job<WakeUp>, token?: string): Promise<void> => {
    const userId = userOf(job);
    if (!(await reached.isCurrent().catch(() => false))) {
      await job.moveToDelayed(Date.now() + BEHIND_MS, token);
      throw new DelayedError();
    }
    wakeUps += 1;
    const { worked, againMs } = await inOneTrip(() =>
      takeTurn(ports, userId, {
        ...again,
        owner: `${name}/${wakeUps}`,
        beats,
        leases,
        listWallets: (id) => context.journal.listWallets(id),
        settings,
        shutdown: shutdown.signal,
        around: (operation, work) => traceOperation(context.journal, operation, work),
        letGo: (wallets) => forgetKeys(wallets.map(({ id }) => id)),
      }),
    );
    if (worked?.kind === "failed") reached.doubt(worked.error);
    report(log, userId, worked);
    if (againMs === null) return;
    // Moves the job to the end of the queue, so that other users have their turns first.
    try {
      await job.moveToDelayed(Date.now() + againMs, token);
    } catch (error) {
      await letGo(userId); // The queue has lost the wake-up, or another worker has it.
      throw error;
    }
    if (againMs > beats.busyMs) await letGo(userId);
    throw new DelayedError();
  };

  const { worker, cutOff } = openWorker(context.backend, process, {
    concurrency: options.concurrency ?? context.config.CTO_CONCURRENCY,
    lockDuration: beats.lockMs,
    stalledInterval: beats.stalledMs,
  });
  worker.on("completed", (job) => void letGo(userOf(job)));
  worker.on("failed", (job) => job && void letGo(userOf(job)));
  worker.on("error", (error) =>
    log.warn({ error: error.message }, "the queue's connection has an error; BullMQ reconnects by itself"),
  );
  const background = [
    startRequeuer(context, ports.clock, {
      everyMs: options.sweepMs ?? REQUEUE_MS,
      log,
      ...again,
    }),
    startSettler(ports, { log, name }),
    reached.task,
    startWebhooks(context, log, options.webhooks),
    startBalanceChecks(context, ports, { log, everyMs: options.balanceCheckMs }),
    startCallWatch(context, ports, { log, pauseMs: options.callWatchMs }),
    startCalls(context, ports, { log, owner: name, beats, settings, reached }),
  ];
  const running = worker.run();
  running.catch((error: unknown) =>
    log.error(
      { error: messageOf(error) },
      "the worker has stopped and takes no more jobs: restart this process",
    ),
  );
  let closed: Promise<void> | undefined;
  const stop = async (): Promise<void> => {
    shutdown.abort();
    const tasks = background.map((task) => task.stop());
    // The jobs end first: they stop at their next check. Closing the chain then ends the calls that jobs and tasks
    // still wait for.
    const jobs = worker.close();
    const grace = sleep(CLOSE_GRACE_MS, undefined, { ref: false });
    await closeInTurn([
      () => Promise.all(tasks),
      async () => close(),
      () => jobs,
      async () => cutOff(),
      () => Promise.race([jobs, sleep(QUEUE_GRACE_MS, undefined, { ref: false })]),
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

/** Logs the result of a user's turn. */
function report(log: Logger, user: string, worked: Worked | null): void {
  if (worked === null) return;
  if (worked.kind === "failed") {
    const { operationId, error } = worked;
    // Without an operation, the journal could not be read or written: see `takeTurn`.
    const about = operationId === "" ? { user } : { user, operation: operationId };
    log.warn({ ...about, error: messageOf(error) }, "an outage has stopped this turn; it is tried again");
    return;
  }
  const { id, status, partial } = worked.operation;
  if (worked.kind === "recovered") log.info({ user, operation: id }, "recovery ended");
  else log.info({ user, operation: id, status, partial }, "operation ended");
}
