/**
 * Opens the BullMQ queue that delivers webhooks. It has one job for each lane with something to send.
 *
 * The journal stores what to send, and when. The job contains only the lane. The search for due lanes creates a lost
 * job again.
 */
import { setTimeout as sleep } from "node:timers/promises";
import {
  type JobProgress,
  type PostgresConnectionOptions,
  type PostgresQueueBackend,
  Queue,
  Worker,
} from "bullmq";
import { createClockedBackend } from "./postgres-backend.ts";
import { POSTGRES_SCHEMA, type QueueBackend, redisOptions } from "./queues.ts";
import { redisBackends } from "./redis-backend.ts";

const NAME = "cto-webhooks";
/** The most concurrent deliveries, over all receivers. A slow receiver delays only its own lane. */
export const DELIVERIES_AT_ONCE = 32;

/**
 * How long BullMQ keeps a dead worker's jobs locked, ms. It may be short, because claims in the journal keep two
 * workers from delivering the same thing.
 */
const LOCK_MS = 10_000;

/**
 * How long `close` waits for each of its steps, ms: the deliveries under way, the workers, the queue. What has not ended
 * by then is left behind: its jobs stall, and another worker takes them.
 */
const GRACE_MS = 5_000;

type Lane = { readonly lane: string };

export type Lanes = {
  /** Creates the lane's job. Does nothing if the lane has one. */
  wake(lane: string): Promise<void>;
  close(): Promise<void>;
};

export type LaneOptions = { readonly lockMs?: number | undefined; readonly graceMs?: number };

const quiet = (): void => undefined;

export function openLanes(
  backend: QueueBackend,
  deliver: (lane: string) => Promise<void>,
  { lockMs = LOCK_MS, graceMs = GRACE_MS }: LaneOptions = {},
): Lanes {
  const work = ({ data }: { data: Lane }): Promise<void> => deliver(data.lane);
  const tuning = {
    concurrency: DELIVERIES_AT_ONCE,
    maxStalledCount: 1_000,
    lockDuration: lockMs,
    stalledInterval: lockMs,
  };
  const opened = () => {
    if (backend.kind === "redis") {
      const options = redisOptions(backend);
      const clients = redisBackends();
      return {
        queue: new Queue<Lane, void, string, Lane, void, string>(NAME, options, clients.create),
        worker: new Worker<Lane>(NAME, work, { ...tuning, ...options }, clients.create),
        cutOff: clients.cutOff,
      };
    }
    const connection = { connectionString: backend.connectionString, schema: POSTGRES_SCHEMA, max: 3 };
    return {
      queue: new Queue<
        Lane,
        void,
        string,
        Lane,
        void,
        string,
        PostgresQueueBackend,
        PostgresConnectionOptions
      >(NAME, { connection }, createClockedBackend),
      worker: new Worker<Lane, void, string, PostgresQueueBackend, JobProgress, PostgresConnectionOptions>(
        NAME,
        work,
        { ...tuning, connection },
        createClockedBackend,
      ),
      cutOff: quiet,
    };
  };
  const { queue, worker, cutOff } = opened();
  queue.on("error", quiet);
  worker.on("error", quiet);
  const atMost = (work: Promise<unknown>) =>
    Promise.race([work.catch(quiet), sleep(graceMs, undefined, { ref: false })]);
  return {
    async wake(lane) {
      await queue.add("deliver", { lane }, { jobId: lane, removeOnComplete: true, removeOnFail: true });
    },
    async close() {
      const closed = worker.close();
      await atMost(closed);
      cutOff();
      await atMost(closed);
      await atMost(queue.close());
    },
  };
}
