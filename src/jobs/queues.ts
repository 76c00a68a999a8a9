/**
 * The BullMQ queue that wakes workers, on Redis or on PostgreSQL. The journal is the truth: a lost queue loses
 * nothing, because the sweeper adds every unfinished operation again.
 */
import {
  createPostgresBackend,
  type JobProgress,
  type JobsOptions,
  type PostgresConnectionOptions,
  type PostgresQueueBackend,
  type Processor,
  Queue,
  QueueEvents,
  runMigrations,
  Worker,
  type WorkerOptions,
} from "bullmq";
import pg from "pg";
import { TRIES } from "../engine/carry-out.ts";
import { CTOError } from "../errors/index.ts";
import { openPostgresProbe, openRedisProbe, redisConnection, requireFitRedis } from "./queue-servers.ts";
import type { CTOJob } from "./types.ts";
import { within } from "./within.ts";

export const QUEUE_NAME = "cto";

/** BullMQ's tables get a schema of their own beside the journal's. */
const POSTGRES_SCHEMA = "bullmq";

/** Where the queue lives. */
export type QueueBackend =
  | { readonly kind: "redis"; readonly url: string; readonly prefix: string }
  | { readonly kind: "postgres"; readonly connectionString: string };

/** The seed's settings: 3 attempts, exponential backoff from 5 s, and limits on how long ended jobs are kept. */
export const JOB_OPTIONS = {
  attempts: TRIES,
  backoff: { type: "exponential", delay: 5_000 },
  removeOnComplete: { age: 24 * 60 * 60, count: 1_000 },
  removeOnFail: { age: 7 * 24 * 60 * 60, count: 5_000 },
} as const satisfies JobsOptions;

const redisOptions = ({ url, prefix }: { url: string; prefix: string }) => ({
  connection: redisConnection(url),
  prefix,
});

const postgresConnection = (connectionString: string) => ({
  connectionString,
  schema: POSTGRES_SCHEMA,
  max: 5,
});

/** The queue as its users see it, whichever backend it is on. */
export type CTOQueue = {
  /** Adds the job of an operation; adding it twice is harmless. */
  add(operationId: string, data: CTOJob, priority: number): Promise<void>;
  /** BullMQ's state of the job, or `unknown` when it has none. */
  state(operationId: string): Promise<string>;
  /** Removes the job if no worker has it. */
  remove(operationId: string): Promise<boolean>;
  /** Wakes those who listen for an operation's events, in any process. Losing a wake-up is harmless. */
  wake(operationId: string, progress: number): void;
  counts(): Promise<Record<string, number>>;
  /** How many workers are connected; null where the server does not tell. */
  workers(): Promise<number | null>;
  /** Asks whether it takes writes now. @throws `CTO_E_QUEUE_UNAVAILABLE` within a few seconds */
  check(): Promise<void>;
  close(): Promise<void>;
};

/** BullMQ's calls wait until their server is back; those that a caller waits for do not. ms */
const ANSWER_MS = 3_000;

const unavailable = ({ kind }: QueueBackend, reason: string): CTOError =>
  new CTOError("CTO_E_QUEUE_UNAVAILABLE", { reason: `${kind}: ${reason}` });

/** BullMQ reports connection trouble as events; a call that fails throws besides, so these need no second voice. */
const quiet = (): void => undefined;

const openBullQueue = (backend: QueueBackend) => {
  const queue =
    backend.kind === "redis"
      ? new Queue<CTOJob, unknown, string, CTOJob, unknown, string>(QUEUE_NAME, redisOptions(backend))
      : new Queue<
          CTOJob,
          unknown,
          string,
          CTOJob,
          unknown,
          string,
          PostgresQueueBackend,
          PostgresConnectionOptions
        >(QUEUE_NAME, { connection: postgresConnection(backend.connectionString) }, createPostgresBackend);
  queue.on("error", quiet);
  return queue;
};

/** BullMQ's own queue, for a tool that shows it. Its types name Redis; on PostgreSQL it is the same class. */
export const openBoardQueue = (backend: QueueBackend): Queue => openBullQueue(backend) as unknown as Queue;

/**
 * Opens the queue.
 * @throws `CTO_E_CONFIG_REDIS_EVICTS`, `CTO_E_QUEUE_UNAVAILABLE`
 */
export async function openQueue(backend: QueueBackend): Promise<CTOQueue> {
  await prepare(backend);
  const queue = openBullQueue(backend);
  const probe =
    backend.kind === "redis"
      ? openRedisProbe(backend.url, backend.prefix)
      : openPostgresProbe(backend.connectionString);
  const answered = <T>(work: Promise<T>): Promise<T> =>
    within(ANSWER_MS, work, () => unavailable(backend, `no answer within ${ANSWER_MS} ms`));
  // While the server is away, all who ask wait for one and the same call.
  let asked: Promise<unknown> | undefined;
  return {
    async add(operationId, data, priority) {
      const options = { ...JOB_OPTIONS, jobId: operationId, ...(priority > 0 ? { priority } : {}) };
      await answered(queue.add("operation", data, options));
    },
    state: (operationId) => answered(queue.getJobState(operationId)),
    async remove(operationId) {
      return (await answered(queue.remove(operationId))) === 1;
    },
    wake(operationId, progress) {
      queue.updateJobProgress(operationId, progress).catch(quiet);
    },
    counts: () => answered(queue.getJobCounts()),
    workers: () => answered(queue.getWorkersCount()).catch(() => null), // Some managed Redis forbid to list clients.
    async check() {
      asked ??= probe.requireWritable().finally(() => {
        asked = undefined;
      });
      try {
        await answered(asked);
      } catch (error) {
        if (error instanceof CTOError) throw error;
        throw unavailable(backend, error instanceof Error ? error.message : String(error));
      }
    },
    async close() {
      await probe.close();
      await queue.close();
    },
  };
}

/** Hears wake-ups of all operations, from any process. */
export type WakeUps = {
  on(operationId: string, listener: () => void): () => void;
  /** Those of every operation. */
  onAny(listener: (operationId: string) => void): () => void;
  close(): Promise<void>;
};

export function openWakeUps(backend: QueueBackend): WakeUps {
  const events =
    backend.kind === "redis"
      ? new QueueEvents(QUEUE_NAME, redisOptions(backend))
      : new QueueEvents(
          QUEUE_NAME,
          { connection: postgresConnection(backend.connectionString) },
          createPostgresBackend,
        );
  events.on("error", quiet);
  const listeners = new Map<string, Set<() => void>>();
  const listenersOfAll = new Set<(operationId: string) => void>();
  const hear = ({ jobId }: { jobId: string }): void => {
    for (const listener of listeners.get(jobId) ?? []) listener();
    for (const listener of listenersOfAll) listener(jobId);
  };
  events.on("progress", hear);
  events.on("completed", hear);
  events.on("failed", hear);
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
    close: () => events.close(),
  };
}

export type WorkerTuning = Pick<WorkerOptions, "concurrency" | "lockDuration" | "stalledInterval">;

/** A BullMQ worker on the backend. It does not run until `run()` is called. */
export function openWorker(backend: QueueBackend, processor: Processor<CTOJob>, tuning: WorkerTuning) {
  // A job may stall as often as its worker dies: the journal, not the queue, says when an operation has failed.
  const options = { ...tuning, autorun: false, maxStalledCount: 1_000 };
  const worker =
    backend.kind === "redis"
      ? new Worker<CTOJob>(QUEUE_NAME, processor, { ...options, ...redisOptions(backend) })
      : new Worker<CTOJob, unknown, string, PostgresQueueBackend, JobProgress, PostgresConnectionOptions>(
          QUEUE_NAME,
          processor,
          { ...options, connection: postgresConnection(backend.connectionString) },
          createPostgresBackend,
        );
  return worker;
}

/** Refuses a Redis that loses jobs; brings BullMQ's tables up to date on PostgreSQL. */
async function prepare(backend: QueueBackend): Promise<void> {
  try {
    await (backend.kind === "redis" ? requireFitRedis(backend.url) : migrate(backend.connectionString));
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
