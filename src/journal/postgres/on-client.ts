/** Runs several statements on one connection of the pool. */
import type { Pool, PoolClient } from "pg";
import { explain } from "./unavailable.ts";

/**
 * When its server ends the connection, the open statement fails, and pg also emits an error event. Without a listener, the
 * event would end the process.
 */
const ignore = (): void => undefined;

export async function takeClient(pool: Pool): Promise<PoolClient> {
  const client = await pool.connect();
  client.on("error", ignore);
  return client;
}

/** @param broken whether to close the connection, because something on it failed. This also ends its transaction */
export function giveBack(client: PoolClient, broken: boolean): void {
  // A connection that is closed may still emit its error.
  if (!broken) client.off("error", ignore);
  client.release(broken);
}

/** @throws as `explain` says; then the connection is closed, which ends its transaction */
export async function onClient<Answer>(
  pool: Pool,
  work: (client: PoolClient) => Promise<Answer>,
): Promise<Answer> {
  let client: PoolClient | null = null;
  try {
    client = await takeClient(pool);
    const answer = await work(client);
    giveBack(client, false);
    return answer;
  } catch (error) {
    if (client !== null) giveBack(client, true);
    throw explain(error);
  }
}
