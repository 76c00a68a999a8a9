/**
 * Checks the queue's server: it must accept writes and must not evict keys. We check it at start-up, and at every
 * health check whether it accepts writes.
 */
import { Redis, type RedisOptions, type SentinelConnectionOptions, SentinelConnector } from "ioredis";
import pg from "pg";
import { hasOwnSession } from "../base/own-session.ts";
import { CTOError } from "../errors/index.ts";

/**
 * An old primary refuses writes with these errors after a failover, and keeps its connections open. Before Redis 7, a script's
 * error has the cause inside: `ERR Error running script (…): @user_script: 10: -READONLY …`.
 */
const DEMOTED = /^(?:READONLY|UNBLOCKED)\b|^ERR Error running script .*-READONLY\b/;

/** The place of a Redis: its address, or its name at sentinels, which return the primary's address. */
export type RedisPlace = {
  /** With sentinels, the URL's host is the primary's name at the sentinels. */
  readonly url: string;
  /** Each is `host:port`. */
  readonly sentinels?: readonly string[] | undefined;
  /** How the sentinels are reached: they have a password and a certificate of their own. */
  readonly sentinelAccess?: SentinelAccess | undefined;
};

export type SentinelAccess = {
  readonly username: string | undefined;
  readonly password: string | undefined;
  readonly isEncrypted: boolean;
};

const SENTINEL_PORT = 26_379;

const sentinelOf = (text: string): { host: string; port: number } => {
  const [, host = text, port] = /^(.*?)(?::(\d+))?$/.exec(text) ?? [];
  return { host, port: port === undefined ? SENTINEL_PORT : Number(port) };
};

/**
 * Stops the failover detector of the connection before, when a new one is made. ioredis lets it listen on. The sentinels'
 * message would then cut off the new connection, and ioredis does not connect again after that: the queue would stay
 * unavailable until the process restarts.
 */
class SentinelConnectorWithoutEcho extends SentinelConnector {
  // ioredis types a connector's options as unknown. It passes its own.
  constructor(options: unknown) {
    super(options as SentinelConnectionOptions);
  }

  override connect(...given: Parameters<SentinelConnector["connect"]>) {
    const detector: { cleanup(): void } | undefined = Reflect.get(this, "failoverDetector");
    detector?.cleanup();
    return super.connect(...given);
  }
}

/**
 * Requests the primary's address from the sentinels at each new connection. They also notify us when the primary
 * changes.
 */
function bySentinels({ url, sentinels = [], sentinelAccess }: RedisPlace) {
  const { hostname, username, password, protocol } = new URL(url);
  return {
    sentinels: sentinels.map(sentinelOf),
    name: hostname,
    role: "master" as const,
    failoverDetector: true,
    // The cast keeps the class out of the exported types, which cannot name its private members.
    Connector: SentinelConnectorWithoutEcho as NonNullable<RedisOptions["Connector"]>,
    db: databaseOf(url),
    ...(username === "" ? {} : { username: decodeURIComponent(username) }),
    ...(password === "" ? {} : { password: decodeURIComponent(password) }),
    ...(protocol === "rediss:" ? { tls: {}, enableTLSForSentinelMode: true } : {}),
    ...(sentinelAccess?.username === undefined ? {} : { sentinelUsername: sentinelAccess.username }),
    ...(sentinelAccess?.password === undefined ? {} : { sentinelPassword: sentinelAccess.password }),
    ...(sentinelAccess?.isEncrypted ? { sentinelTLS: {} } : {}),
  } satisfies RedisOptions;
}

/**
 * After a refused write we connect again and send the command again, because it had no effect. By then, the name may
 * resolve to the new primary.
 */
export const redisConnection = (place: RedisPlace) => ({
  ...(place.sentinels === undefined ? { url: place.url } : bySentinels(place)),
  maxRetriesPerRequest: null,
  reconnectOnError: ({ message }: Error): 2 | false => (DEMOTED.test(message) ? 2 : false),
});

/** Opens our own connection. @param over the options that replace the defaults */
export function openRedis(place: RedisPlace, over: RedisOptions = {}): Redis {
  const options = { ...redisConnection(place), ...over };
  return "url" in options ? new Redis(options.url, options) : new Redis(options);
}

const quiet = (): void => undefined;

export type WriteProbe = {
  /** @throws the server's own error */
  requireWritable(): Promise<void>;
  close(): Promise<void>;
};

/** The database number in a URL. */
const databaseOf = (url: string): number => Number(new URL(url).pathname.slice(1) || 0);

const refused = (kind: string, reason: string): CTOError =>
  new CTOError("CTO_E_QUEUE_UNAVAILABLE", { reason: `${kind}: ${reason}` });

/**
 * Refuses a Redis that may lose jobs, or that refuses writes.
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
  // The error event has the reason, such as a refused password. The error of the pending call says only that the
  // connection is closed.
  redis.on("error", ({ message }: Error) => {
    reason ??= message;
  });
  try {
    await redis.connect();
    await redis.select(databaseOf(url));
    // We use INFO instead of CONFIG, because managed servers forbid CONFIG.
    const policy = /maxmemory_policy:(\S+)/.exec(await redis.info("memory"))?.[1] ?? "unknown";
    if (policy !== "noeviction") throw new CTOError("CTO_E_CONFIG_REDIS_EVICTS", { policy });
    // A cluster spreads keys over its nodes. BullMQ's scripts need all keys of a queue on one node.
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

/** A pooler's own words say little, and BullMQ's workers would only wait. */
const pooled = (why: string): CTOError =>
  refused(
    "postgres",
    `a pooler such as PgBouncer stands before it and ${why}; let DATABASE_URL lead to PostgreSQL itself, or use Redis for the queue (REDIS_URL)`,
  );

/**
 * Refuses a pooler that BullMQ does not work through: it sets the schema as a startup parameter of each connection, and
 * listens on one connection for ever.
 *
 * @throws `CTO_E_QUEUE_UNAVAILABLE`; what pg throws if the server does not answer
 */
export async function requireFitPostgres(connectionString: string, schema: string): Promise<void> {
  const client = new pg.Client({ connectionString, options: `-c search_path="${schema}"` });
  client.on("error", quiet);
  try {
    await client.connect();
    const { rows } = await client.query("select current_setting('search_path') as path");
    if (String(rows[0]?.path).replaceAll('"', "") !== schema)
      throw pooled("drops the startup parameter `options`");
  } catch (error) {
    if (!(error instanceof pg.DatabaseError) || !/startup parameter/i.test(error.message)) throw error;
    throw pooled("refuses the startup parameter `options`");
  } finally {
    await client.end().catch(quiet);
  }
  if (!(await hasOwnSession(connectionString)))
    throw pooled("gives each transaction another connection, so that no worker would be woken");
}

/** Checks whether a Redis accepts writes: writes a key that nobody reads. Connects at the first check. */
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

/**
 * Checks whether a PostgreSQL accepts writes: writes the row of a table again. Connects at the first check. A server may
 * call itself writable and refuse a write all the same, because its disk is full for example.
 */
export function openPostgresProbe(connectionString: string, table: string): WriteProbe {
  // Nobody reads this write, so it does not wait for the disk: every enqueue makes one.
  const write = `
    with soon as (select set_config('synchronous_commit', 'off', true))
    update ${table} set id = id from soon`;
  let pool: pg.Pool | undefined;
  return {
    async requireWritable() {
      if (pool === undefined) {
        pool = new pg.Pool({ connectionString, max: 1 });
        pool.on("error", quiet);
      }
      await pool.query(write);
    },
    async close() {
      await pool?.end();
    },
  };
}
