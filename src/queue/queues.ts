/**
 * Opens the BullMQ queue that wakes workers, on Redis or on PostgreSQL.
 *
 * The journal is authoritative. If the queue is lost, nothing is lost: the requeuer wakes a worker for every user who
 * has something to do.
 */
import {
  type JobProgress,
  type JobsOptions,
  type PostgresConnectionOptions,
  type PostgresQueueBackend,
  type Processor,
  Queue,
  QueueEvents,
  type QueueEventsListener,
  QueueEventsProducer,
  runMigrations,
  Worker,
  type WorkerOptions,
} from "bullmq";
import pg from "pg";
import { within } from "../base/within.ts";
import { CTOError } from "../errors/index.ts";
import { createClockedBackend } from "./postgres-backend.ts";
import { redisBackends } from "./redis-backend.ts";
import {
  openPostgresProbe,
  openRedisProbe,
  type RedisPlace,
  redisConnection,
  requireFitPostgres,
  requireFitRedis,
} from "./servers.ts";
import { queueTelemetry } from "./telemetry.ts";
import { untilOpened } from "./until-opened.ts";

export const QUEUE_NAME = "cto";

/** BullMQ's tables have their own schema, beside the journal's. */
export const POSTGRES_SCHEMA = "bullmq";

/** The table that holds the identity of the queue's journal (`owner.ts`), and that the write probe writes. */
export const OWNER_TABLE = `${POSTGRES_SCHEMA}.cto_journal`;

/** The server of the queue. */
export type QueueBackend =
  | ({ readonly kind: "redis"; readonly prefix: string } & RedisPlace)
  | { readonly kind: "postgres"; readonly connectionString: string };

/** A wake-up contains only a user's id. The journal determines the user's next operation, and how often it is tried. */
export type WakeUp = { readonly userId: string };

/**
 * One wake-up per user: BullMQ accepts no second job with the same id. It would also refuse a new job while an ended
 * job with this id exists, so we keep no ended job.
 */
const WAKE_UP_OPTIONS = { removeOnComplete: true, removeOnFail: true } as const satisfies JobsOptions;

/** The job id of a user's wake-up. BullMQ allows neither `:` nor plain integers as ids. */
export const wakeUpId = (userId: string): string => `user-${encodeURIComponent(userId)}`;

/** The name of the event that we publish when an operation has a new event. */
const NEWS = "news";

export const redisOptions = ({ prefix, ...place }: RedisPlace & { prefix: string }) => ({
  connection: redisConnection(place),
  prefix,
});

const postgresConnection = (connectionString: string) => ({
  connectionString,
  schema: POSTGRES_SCHEMA,
  max: 5,
});

/** The queue, with the same interface on both backends. */
export type CTOQueue = {
  /**
   * Wakes a worker for the user. If a wake-up of the user rests, we end its rest. If one waits or runs, we add none:
   * a worker that is active reads the journal again when it is done.
   * @returns true if we added a wake-up
   */
  wakeUser(userId: string): Promise<boolean>;
  /** BullMQ's state of the user's wake-up, or `unknown` if the user has none. */
  state(userId: string): Promise<string>;
  /** Notifies the listeners of an operation's events, in any process. A lost notification does no harm. */
  wake(operationId: string): void;
  counts(): Promise<Record<string, number>>;
  /** The number of connected workers; null if the server does not report it. */
  workers(): Promise<number | null>;
  /** Checks that the server accepts writes now. @throws `CTO_E_QUEUE_UNAVAILABLE` within a few seconds */
  check(): Promise<void>;
  close(): Promise<void>;
};

/** The BullMQ states of a job that BullMQ will still run. */
const LIVE = new Set(["active", "waiting", "prioritized", "delayed", "waiting-children"]);

/** How long a caller waits for an answer, ms. Without this limit, BullMQ's calls wait until their server is back. */
const ANSWER_MS = 3_000;

const unavailable = ({ kind }: QueueBackend, reason: string): CTOError =>
  new CTOError("CTO_E_QUEUE_UNAVAILABLE", { reason: `${kind}: ${reason}` });

/** Ignores BullMQ's error events. They report connection trouble, and a failed call throws as well. */
const quiet = (): void => undefined;

const openBullQueue = (backend: QueueBackend) => {
  const queue =
    backend.kind === "redis"
      ? new Queue<WakeUp, unknown, string, WakeUp, unknown, string>(
          QUEUE_NAME,
          { ...redisOptions(backend), ...queueTelemetry() },
          redisBackends().create,
        )
      : new Queue<
          WakeUp,
          unknown,
          string,
          WakeUp,
          unknown,
          string,
          PostgresQueueBackend,
          PostgresConnectionOptions
        >(
          QUEUE_NAME,
          { connection: postgresConnection(backend.connectionString), ...queueTelemetry() },
          createClockedBackend,
        );
  queue.on("error", quiet);
  return queue;
};

const openProducer = (backend: QueueBackend) => {
  const producer =
    backend.kind === "redis"
      ? new QueueEventsProducer(QUEUE_NAME, redisOptions(backend), redisBackends().create)
      : new QueueEventsProducer<PostgresQueueBackend, PostgresConnectionOptions>(
          QUEUE_NAME,
          { connection: { ...postgresConnection(backend.connectionString), max: 1 } },
          createClockedBackend,
        );
  producer.on("error", quiet);
  return producer;
};

/**
 * Opens BullMQ's own queue, for a tool that shows it. Its types are those of Redis; on PostgreSQL it is the same
 * class.
 */
export const openBoardQueue = (backend: QueueBackend): Queue => openBullQueue(backend) as unknown as Queue;

/**
 * Opens the queue.
 * @throws `CTO_E_CONFIG_REDIS_EVICTS`, `CTO_E_QUEUE_UNAVAILABLE`
 */
export async function openQueue(backend: QueueBackend): Promise<CTOQueue> {
  await prepare(backend);
  const queue = openBullQueue(backend);
  const producer = openProducer(backend);
  const probe =
    backend.kind === "redis"
      ? openRedisProbe(backend, backend.prefix)
      : openPostgresProbe(backend.connectionString, OWNER_TABLE);
  const answered = <T>(work: Promise<T>): Promise<T> =>
    within(ANSWER_MS, work, () => unavailable(backend, `no answer within ${ANSWER_MS} ms`));
  // While the server is away, all callers of `check` wait for the same request.
  let probing: Promise<unknown> | undefined;
  return {
    async wakeUser(userId) {
      const jobId = wakeUpId(userId);
      const state = await answered(queue.getJobState(jobId));
      if (state === "delayed") {
        const job = await answered(queue.getJob(jobId));
        // Another call may have ended the rest meanwhile, or the rest was over.
        await answered(job?.promote().catch(quiet) ?? Promise.resolve());
      }
      if (LIVE.has(state)) return false;
      await answered(queue.add("wake-up", { userId }, { ...WAKE_UP_OPTIONS, jobId }));
      return true;
    },
    state: (userId) => answered(queue.getJobState(wakeUpId(userId))),
    wake(operationId) {
      producer.publishEvent({ eventName: NEWS, operationId }).catch(quiet);
    },
    counts: () => answered(queue.getJobCounts()),
    workers: () => answered(queue.getWorkersCount()).catch(() => null), // Some managed Redis servers forbid this call.
    async check() {
      probing ??= probe.requireWritable().finally(() => {
        probing = undefined;
      });
      try {
        await answered(probing);
      } catch (error) {
        if (error instanceof CTOError) throw error;
        throw unavailable(backend, error instanceof Error ? error.message : String(error));
      }
    },
    async close() {
      await probe.close();
      await Promise.all([queue.close(), producer.close()]);
    },
  };
}

/** Receives the notifications for all operations, from any process. */
export type WakeUps = {
  on(operationId: string, listener: () => void): () => void;
  /** Listens to the notifications of every operation. */
  onAny(listener: (operationId: string) => void): () => void;
  close(): Promise<void>;
};

type NewsListener = QueueEventsListener & {
  [NEWS]: (news: { operationId: string }, id: string) => void;
};

export function openWakeUps(backend: QueueBackend): WakeUps {
  const events =
    backend.kind === "redis"
      ? new QueueEvents(QUEUE_NAME, redisOptions(backend), redisBackends().create)
      : new QueueEvents(
          QUEUE_NAME,
          { connection: postgresConnection(backend.connectionString) },
          createClockedBackend,
        );
  events.on("error", quiet);
  const listeners = new Map<string, Set<() => void>>();
  const listenersOfAll = new Set<(operationId: string) => void>();
  events.on<NewsListener, typeof NEWS>(NEWS, ({ operationId }) => {
    for (const listener of listeners.get(operationId) ?? []) listener();
    for (const listener of listenersOfAll) listener(operationId);
  });
  return {
    on(operationId, listener) {
      const set = listeners.get(operationId) ?? new Set();
      listeners.set(operationId, set.add(listener));
      return () => {
        set.delete(listener);
        if (set.size === 0) listeners.delete(operationId);
      };
    },
    onAny(listener) {
      listenersOfAll.add(listener);
      return () => listenersOfAll.delete(listener);
    },
    async close() {
      if (backend.kind === "postgres") await untilOpened(events);
      await events.close();
    },
  };
}

export type WorkerTuning = Pick<WorkerOptions, "concurrency" | "lockDuration" | "stalledInterval">;

class PostgresWorker extends Worker<
  WakeUp,
  unknown,
  string,
  PostgresQueueBackend,
  JobProgress,
  PostgresConnectionOptions
> {
  override async close(force?: boolean): Promise<void> {
    await untilOpened(this);
    await super.close(force);
  }
}

/**
 * Opens a BullMQ worker on the backend. It does not run until `run()` is called. `cutOff` ends what its jobs still request from
 * the queue's server, because without it a worker that closes would wait until the server is back.
 */
export function openWorker(backend: QueueBackend, processor: Processor<WakeUp>, tuning: WorkerTuning) {
  // A job may stall as often as its worker dies. The journal determines whether an operation has failed; the queue
  // does not.
  const options = { ...tuning, ...queueTelemetry(), autorun: false, maxStalledCount: 1_000 };
  const clients = redisBackends();
  const worker =
    backend.kind === "redis"
      ? new Worker<WakeUp>(QUEUE_NAME, processor, { ...options, ...redisOptions(backend) }, clients.create)
      : new PostgresWorker(
          QUEUE_NAME,
          processor,
          { ...options, connection: postgresConnection(backend.connectionString) },
          createClockedBackend,
        );
  return { worker, cutOff: clients.cutOff };
}

/** Refuses a Redis that may lose jobs. On PostgreSQL, brings BullMQ's tables up to date. */
async function prepare(backend: QueueBackend): Promise<void> {
  try {
    if (backend.kind === "redis") return await requireFitRedis(backend);
    await requireFitPostgres(backend.connectionString, POSTGRES_SCHEMA);
    await migrate(backend.connectionString);
  } catch (error) {
    if (error instanceof CTOError) throw error;
    throw unavailable(backend, error instanceof Error ? error.message : String(error));
  }
}

async function migrate(connectionString: string): Promise<void> {
  const client = new pg.Client({ connectionString });
  client.on("error", quiet);
  await client.connect();
  try {
    await runMigrations(client, POSTGRES_SCHEMA);
  } finally {
    await client.end();
  }
}
