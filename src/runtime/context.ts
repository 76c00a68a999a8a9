/**
 * Opens what a process needs to enqueue and to read operations: the configuration, the journal and the queue.
 *
 * Workers need more (see `worker-ports.ts`).
 */
import { join } from "node:path";
import { type Config, readConfig } from "../config.ts";
import type { Directory, Journal, SharedCache } from "../engine/ports.ts";
import { openEmbeddedPostgres } from "../journal/embedded-postgres/index.ts";
import { createMongoJournal } from "../journal/mongo/index.ts";
import { createPostgresJournal } from "../journal/postgres/index.ts";
import { createEventFeeds, type EventFeeds } from "../queue/event-feeds.ts";
import { requireOwnQueue } from "../queue/owner.ts";
import { type CTOQueue, openQueue, openWakeUps, type QueueBackend, type WakeUps } from "../queue/queues.ts";
import { rememberJournal, requireHomesJournal } from "./home-journal.ts";

export type CTOContext = {
  readonly config: Config;
  readonly journal: Journal & Directory & SharedCache;
  readonly queue: CTOQueue;
  readonly backend: QueueBackend;
  /** The PostgreSQL of the journal or the queue; null if neither uses PostgreSQL. Contains a password: never log it. */
  readonly databaseUrl: string | null;
  /** Opened on first use, because only listeners need it. */
  wakeUps(): WakeUps;
  /** The new events of operations. */
  readonly feeds: EventFeeds;
  close(): Promise<void>;
};

/** Closes everything in the reverse order of opening, even if one close fails. Throws the first failure. */
export async function closeInTurn(closers: readonly (() => Promise<unknown>)[]): Promise<void> {
  const errors: unknown[] = [];
  for (const close of [...closers].reverse()) {
    try {
      await close();
    } catch (error) {
      errors.push(error);
    }
  }
  if (errors.length > 0) throw errors[0];
}

const openEmbedded = async ({ CTO_HOME }: Config, closers: (() => Promise<unknown>)[]): Promise<string> => {
  const embedded = await openEmbeddedPostgres({ home: CTO_HOME });
  closers.push(() => embedded.close());
  return embedded.connectionString;
};

const openJournal = async (
  { MONGODB_URI, MONGODB_ALLOW_STANDALONE }: Config,
  postgres: () => Promise<string>,
): Promise<CTOContext["journal"] & { close(): Promise<void> }> =>
  MONGODB_URI === undefined
    ? createPostgresJournal({ connectionString: await postgres() })
    : createMongoJournal({ uri: MONGODB_URI, allowStandalone: MONGODB_ALLOW_STANDALONE === "1" });

/**
 * Opens the journal without the queue, for `cto doctor`: when the queue cannot be opened, this shows whether the journal
 * is part of the problem.
 *
 * @throws as `openContext` does for the journal
 */
export async function openJournalAlone(
  config: Config,
): Promise<Pick<CTOContext, "journal"> & { close(): Promise<void> }> {
  const closers: (() => Promise<unknown>)[] = [];
  try {
    const journal = await openJournal(
      config,
      async () => config.DATABASE_URL ?? openEmbedded(config, closers),
    );
    closers.push(() => journal.close());
    return { journal, close: () => closeInTurn(closers.splice(0)) };
  } catch (error) {
    await closeInTurn(closers).catch(() => undefined);
    throw error;
  }
}

/**
 * Opens the journal and the queue of the configuration. If one of them uses PostgreSQL and there is no DATABASE_URL,
 * we start an embedded PostgreSQL, or join the one that another process of this CTO_HOME runs.
 *
 * @throws `CTO_E_HOME_OTHER_JOURNAL`, `CTO_E_EMBEDDED_POSTGRES_FAILED`, `CTO_E_JOURNAL_UNAVAILABLE`, `CTO_E_JOURNAL_TOO_WEAK`,
 * `CTO_E_QUEUE_UNAVAILABLE`, `CTO_E_QUEUE_FOREIGN`, `CTO_E_CONFIG_REDIS_EVICTS`
 */
export async function openContext(config: Config = readConfig()): Promise<CTOContext> {
  const closers: (() => Promise<unknown>)[] = [];
  await requireHomesJournal(config);
  try {
    let databaseUrl: string | null = null;
    const postgres = async (): Promise<string> => {
      databaseUrl ??= config.DATABASE_URL ?? (await openEmbedded(config, closers));
      return databaseUrl;
    };
    const journal = await openJournal(config, postgres);
    closers.push(() => journal.close());
    const backend: QueueBackend =
      config.REDIS_URL === undefined
        ? { kind: "postgres", connectionString: await postgres() }
        : {
            kind: "redis",
            url: config.REDIS_URL,
            prefix: config.CTO_REDIS_PREFIX,
            sentinels: config.REDIS_SENTINELS,
            sentinelAccess: {
              username: config.REDIS_SENTINEL_USERNAME,
              password: config.REDIS_SENTINEL_PASSWORD,
              isEncrypted: config.REDIS_SENTINEL_TLS === "1",
            },
          };
    const queue = await openQueue(backend);
    closers.push(() => queue.close());
    await requireOwnQueue(backend, journal);
    await rememberJournal(config);
    let heard: WakeUps | undefined;
    const wakeUps = (): WakeUps => {
      if (heard === undefined) {
        const opened = openWakeUps(backend);
        closers.push(() => opened.close());
        heard = opened;
      }
      return heard;
    };
    const feeds = createEventFeeds(journal, wakeUps);
    return {
      config,
      journal,
      queue,
      backend,
      databaseUrl,
      wakeUps,
      feeds,
      close: () => closeInTurn([...closers.splice(0), () => feeds.close()]),
    };
  } catch (error) {
    await closeInTurn(closers).catch(() => undefined);
    throw error;
  }
}

/** The file in which a running localnet stores its address, for workers in other processes. */
export const localnetFile = (config: Pick<Config, "CTO_HOME">): string =>
  join(config.CTO_HOME, "localnet.json");
