/**
 * The BullMQ queue that webhooks are delivered from: one job for each lane with something to send. The journal knows what
 * that is, and when; a lost job is made anew by whoever looks for due lanes.
 */
import {
  createPostgresBackend,
  type JobProgress,
  type PostgresConnectionOptions,
  type PostgresQueueBackend,
  Queue,
  Worker,
} from "bullmq";
import { POSTGRES_SCHEMA, type QueueBackend, redisOptions } from "./queues.ts";

const NAME = "cto-webhooks";
/** At once, over all receivers: a slow one holds up no more than its own lane. */
const CONCURRENCY = 32;

/** How long a dead worker's jobs are held. Claims in the journal keep two workers apart, so it may be short. */
const LOCK_MS = 10_000;

type Lane = { readonly lane: string };

export type Lanes = {
  /** Does nothing for a lane that already has a job. */
  wake(lane: string): Promise<void>;
  close(): Promise<void>;
};

const quiet = (): void => undefined;

export function openLanes(backend: QueueBackend, deliver: (lane: string) => Promise<void>): Lanes {
  const work = ({ data }: { data: Lane }): Promise<void> => deliver(data.lane);
  const tuning = {
    concurrency: CONCURRENCY,
    maxStalledCount: 1_000,
    lockDuration: LOCK_MS,
    stalledInterval: LOCK_MS,
  };
  const opened = () => {
    if (backend.kind === "redis") {
      const options = redisOptions(backend);
      return {
        queue: new Queue<Lane, void, string, Lane, void, string>(NAME, options),
        worker: new Worker<Lane>(NAME, work, { ...tuning, ...options }),
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
      >(NAME, { connection }, createPostgresBackend),
      worker: new Worker<Lane, void, string, PostgresQueueBackend, JobProgress, PostgresConnectionOptions>(
        NAME,
        work,
        { ...tuning, connection },
        createPostgresBackend,
      ),
    };
  };
  const { queue, worker } = opened();
  queue.on("error", quiet);
  worker.on("error", quiet);
  return {
    async wake(lane) {
      await queue.add("deliver", { lane }, { jobId: lane, removeOnComplete: true, removeOnFail: true });
    },
    async close() {
      await worker.close();
      await queue.close();
    },
  };
}
