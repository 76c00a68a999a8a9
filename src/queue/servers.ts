/** What the queue's server must be: one that takes writes and forgets nothing. Asked at start-up, and by every health check. */
import { Redis, type RedisOptions } from "ioredis";
import pg from "pg";
import { CTOError } from "../errors/index.ts";

/** After a failover, an old primary refuses writes with these and keeps its connections open. */
const DEMOTED = /^(?:READONLY|UNBLOCKED)\b/;

/** Where a Redis is: by its address, or by its name at sentinels, which know the primary. */
export type RedisPlace = {
  /** With sentinels, its host is the name that they know the primary by. */
  readonly url: string;
  /** `host:port` each. */
  readonly sentinels?: readonly string[] | undefined;
};

const SENTINEL_PORT = 26_379;

const sentinelOf = (text: string): { host: string; port: number } => {
  const [, host = text, port] = /^(.*?)(?::(\d+))?$/.exec(text) ?? [];
  return { host, port: port === undefined ? SENTINEL_PORT : Number(port) };
};

/** Asks sentinels for the primary, at each connection anew, and hears from them when it changes. */
function bySentinels({ url, sentinels = [] }: RedisPlace) {
  const { hostname, username, password, protocol } = new URL(url);
  return {
    sentinels: sentinels.map(sentinelOf),
    name: hostname,
    role: "master" as const,
    failoverDetector: true,
    db: databaseOf(url),
    ...(username === "" ? {} : { username: decodeURIComponent(username) }),
    ...(password === "" ? {} : { password: decodeURIComponent(password) }),
    ...(protocol === "rediss:" ? { tls: {}, enableTLSForSentinelMode: true } : {}),
  } satisfies RedisOptions;
}

/** Connects again, and sends the refused command again: it had no effect. The name may lead to the new primary by then. */
export const redisConnection = (place: RedisPlace) => ({
  ...(place.sentinels === undefined ? { url: place.url } : bySentinels(place)),
  maxRetriesPerRequest: null,
  reconnectOnError: ({ message }: Error): 2 | false => (DEMOTED.test(message) ? 2 : false),
});

/** A connection of our own. @param over what it does otherwise */
function openRedis(place: RedisPlace, over: RedisOptions = {}): Redis {
  const options = { ...redisConnection(place), ...over };
  return "url" in options ? new Redis(options.url, options) : new Redis(options);
}

const quiet = (): void => undefined;

export type WriteProbe = {
  /** @throws what its server says; `CTO_E_QUEUE_UNAVAILABLE` where it is read-only */
  requireWritable(): Promise<void>;
  close(): Promise<void>;
};

/** The database number that a URL names. */
const databaseOf = (url: string): number => Number(new URL(url).pathname.slice(1) || 0);

const refused = (kind: string, reason: string): CTOError =>
  new CTOError("CTO_E_QUEUE_UNAVAILABLE", { reason: `${kind}: ${reason}` });

/**
 * Refuses a Redis that may lose jobs, or that takes no writes.
 * @throws `CTO_E_CONFIG_REDIS_EVICTS`, `CTO_E_QUEUE_UNAVAILABLE` with the server's own reason
 */
export async function requireFitRedis(place: RedisPlace): Promise<void> {
  const { url } = place;
  const redis = openRedis(place, {
    lazyConnect: true,
    maxRetriesPerRequest: 1,
    retryStrategy: () => null,
    sentinelRetryStrategy: () => null,
  });
  let reason: string | undefined;
  // A refused password is an event; the call that waits for the connection only says that it is closed.
  redis.on("error", ({ message }: Error) => {
    reason ??= message;
  });
  try {
    await redis.connect();
    await redis.select(databaseOf(url));
    // INFO rather than CONFIG: managed servers forbid the latter.
    const policy = /maxmemory_policy:(\S+)/.exec(await redis.info("memory"))?.[1] ?? "unknown";
    if (policy !== "noeviction") throw new CTOError("CTO_E_CONFIG_REDIS_EVICTS", { policy });
    // Its keys are spread over nodes, and BullMQ's scripts need all of a queue's keys on one.
    if (/cluster_enabled:1/.test(await redis.info("cluster")))
      throw refused("redis", "it is a Redis Cluster, which is not supported; use a primary with sentinels");
    const role = /role:(\S+)/.exec(await redis.info("replication"))?.[1];
    if (role === "slave") throw refused("redis", "it is a read-only replica; name the primary");
  } catch (error) {
    if (error instanceof CTOError) throw error;
    throw refused("redis", reason ?? (error instanceof Error ? error.message : String(error)));
  } finally {
    redis.disconnect();
  }
}

/** Whether a Redis takes writes: it gets one that nobody reads. Opened when it is first asked. */
export function openRedisProbe(place: RedisPlace, prefix: string): WriteProbe {
  let redis: Redis | undefined;
  return {
    async requireWritable() {
      if (redis === undefined) {
        redis = openRedis(place);
        redis.on("error", quiet);
      }
      await redis.set(`${prefix}:health`, Date.now(), "PX", 60_000);
    },
    async close() {
      redis?.disconnect();
    },
  };
}

/** Whether a PostgreSQL takes writes; opened when it is first asked. */
export function openPostgresProbe(connectionString: string): WriteProbe {
  let pool: pg.Pool | undefined;
  return {
    async requireWritable() {
      // On for a standby, and where transactions are read-only by default.
      if (pool === undefined) {
        pool = new pg.Pool({ connectionString, max: 1 });
        pool.on("error", quiet);
      }
      const { rows } = await pool.query<{ transaction_read_only: string }>("show transaction_read_only");
      if (rows[0]?.transaction_read_only !== "off") throw refused("postgres", "it is read-only");
    },
    async close() {
      await pool?.end();
    },
  };
}
