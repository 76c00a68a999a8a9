/** Asks a port whether the server of our data directory answers there. */
import { Client, DatabaseError } from "pg";

/** `starting`: it is our kind of server but does not accept connections at the moment. */
export type Probe = "ours" | "starting" | "absent";

/** SQLSTATE cannot_connect_now: starting up, shutting down or recovering. */
const CANNOT_CONNECT_NOW = "57P03";

/** Never throws: whatever is not our server, with our password and role, is `absent`. */
export const probe = async (connectionString: string): Promise<Probe> => {
  const client = new Client({ connectionString, ssl: false, connectionTimeoutMillis: 5_000 });
  client.on("error", () => undefined);
  try {
    await client.connect();
    return "ours";
  } catch (error) {
    return error instanceof DatabaseError && error.code === CANNOT_CONNECT_NOW ? "starting" : "absent";
  } finally {
    await client.end().catch(() => undefined);
  }
};
