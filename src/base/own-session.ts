/**
 * Finds out whether a PostgreSQL is reached through a pool that gives each transaction another connection, such as PgBouncer
 * in transaction mode. Settings of a session, LISTEN, and what is checked once per connection do not work there.
 */
import { randomUUID } from "node:crypto";
import pg from "pg";

/** No part of the system reads this setting. */
const SETTING = "cto.session";
const CONNECT_MS = 10_000;
const ROUNDS = 2;

/** Runs work with so many connections of its own, and ends them. */
async function withClients<T>(
  connectionString: string,
  work: (own: pg.Client, other: pg.Client) => Promise<T>,
): Promise<T> {
  const open = (): pg.Client => {
    const client = new pg.Client({ connectionString, connectionTimeoutMillis: CONNECT_MS });
    client.on("error", () => undefined);
    return client;
  };
  const [own, other] = [open(), open()];
  try {
    await Promise.all([own.connect(), other.connect()]);
    return await work(own, other);
  } finally {
    await Promise.allSettled([own.end(), other.end()]);
  }
}

const read = async (client: pg.Client): Promise<unknown> =>
  (await client.query(`select current_setting('${SETTING}', true) as token`)).rows[0]?.token;

/**
 * Returns whether two connections are two sessions of the server. Through a pool of transactions, a connection does not find
 * its own setting again, or another one finds it.
 *
 * @throws what pg throws
 */
export const hasOwnSession = (connectionString: string): Promise<boolean> =>
  withClients(connectionString, async (own, other) => {
    for (let round = 0; round < ROUNDS; round += 1) {
      const token = randomUUID();
      await own.query(`select set_config('${SETTING}', $1, false)`, [token]);
      // A pool that takes its connections in turn shows another one at once; one that takes the last one again, to the other client.
      if ((await read(own)) !== token || (await read(other)) === token) return false;
      if ((await read(own)) !== token) return false;
    }
    return true;
  });
