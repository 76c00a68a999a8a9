/**
 * What BullMQ on PostgreSQL lacks.
 *
 * - The server's time. BullMQ passes this machine's time with its commands, and compares what other machines passed. If two
 *   machines' clocks differ by minutes, a dead worker's job would stay locked for minutes. On Redis, the server times the locks
 *   itself.
 * - A listener on each connection, without which a connection that the server ends may end the process.
 */
import { createPostgresBackend } from "bullmq";
import pg from "pg";
import { z } from "zod";

/** How BullMQ's commands call the parameters that contain this machine's time. */
const MOMENTS = /\$(\d+) (?:now_ms|now|process_at|finished_on)\b/g;
/** The column with the moment when the next job is due. BullMQ compares it with this machine's time. */
const NEXT = "next_delay";

/** A smaller difference changes nothing: locks last longer. */
const TOLERATED_MS = 250;
const READ_EVERY_MS = 60_000;

const answer = z.object({ rows: z.tuple([z.object({ now: z.coerce.number() })]) });

const shifted = (value: unknown, byMs: number): unknown => {
  if (typeof value === "number") return value + byMs;
  const isNumber = typeof value === "string" && /^\d+$/.test(value);
  return isNumber ? String(Number(value) + byMs) : value;
};

type Query = (text: string, values?: unknown[]) => Promise<{ rows: Record<string, unknown>[] }>;

/** Returns how far the server's clock is ahead of this machine's now, ms; zero if they are about the same. */
function openDifference(query: Query): () => Promise<number> {
  let known: { time: number; at: number } | undefined;
  const read = async () => {
    const sql = "select floor(extract(epoch from clock_timestamp()) * 1000)::bigint as now";
    const { rows } = answer.parse(await query(sql));
    known = { time: rows[0].now, at: performance.now() };
    return known;
  };
  return async () => {
    const isFresh = known !== undefined && performance.now() - known.at < READ_EVERY_MS;
    const { time, at } = known !== undefined && isFresh ? known : await read();
    const difference = Math.round(time + performance.now() - at - Date.now());
    return Math.abs(difference) < TOLERATED_MS ? 0 : difference;
  };
}

/** Translates the moments of a command's values, and of its answer, between both clocks. */
export const withServerTime = (query: Query): Query => {
  const difference = openDifference(query);
  return async (text, values) => {
    const places = [...text.matchAll(MOMENTS)].map(([, place]) => Number(place) - 1);
    const isConcerned = places.length > 0 || text.includes(NEXT);
    const aheadMs = isConcerned ? await difference() : 0;
    if (aheadMs === 0) return query(text, values);
    const given = values?.map((value, at) => (places.includes(at) ? shifted(value, aheadMs) : value));
    const answered = await query(text, given);
    const rows = answered.rows.map((row) =>
      NEXT in row ? { ...row, [NEXT]: shifted(row[NEXT], -aheadMs) } : row,
    );
    return { ...answered, rows };
  };
};

const ignore = (): void => undefined;

/** A client that always has an error listener. */
class Guarded extends pg.Client {
  constructor(config?: pg.ClientConfig) {
    super(config);
    this.on("error", ignore);
  }

  override removeAllListeners(...names: [name?: string | symbol]): this {
    super.removeAllListeners(...names);
    if (this.listenerCount("error") === 0) this.on("error", ignore);
    return this;
  }
}

/**
 * Gives each connection an error listener. Without one, a pg client throws when its server ends the connection, and the process
 * ends. BullMQ has no listener on a connection that it has just opened or taken from its pool, and none while it closes. The
 * next command on such a connection fails by itself.
 */
function outliveServer(connection: ReturnType<typeof createPostgresBackend>["connection"]): void {
  connection.pool.on("connect", (client) => client.on("error", ignore));
  // BullMQ opens the connection that listens by this module, and not by its pool.
  const opener = connection as unknown as { pgModule?: { readonly Client: typeof pg.Client } };
  if (opener.pgModule !== undefined) opener.pgModule = { Client: Guarded };
}

export const createClockedBackend: typeof createPostgresBackend = (...given) => {
  const backend = createPostgresBackend(...given);
  outliveServer(backend.connection);
  const { pool } = backend.connection;
  pool.query = withServerTime(pool.query.bind(pool) as Query) as typeof pool.query;
  return backend;
};
