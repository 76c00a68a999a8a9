/**
 * Marks a queue with the identity of its journal, and refuses a queue that another journal uses.
 *
 * Two installations on one queue would take each other's wake-ups: operations would start late, and each would learn the
 * other's user ids.
 */
import { randomUUID } from "node:crypto";
import pg from "pg";
import { z } from "zod";
import type { Notes } from "../engine/ports.ts";
import { CTOError } from "../errors/index.ts";
import { OWNER_TABLE, type QueueBackend } from "./queues.ts";
import { openRedis } from "./servers.ts";

/** The note that holds the journal's identity. A backup contains it, so a restored journal keeps its queue. */
const NOTE = "installation";

/** Returns the journal's identity. The first caller of a new journal creates it. */
export async function journalIdentity(notes: Notes): Promise<string> {
  await notes.writeNote(NOTE, 0, randomUUID());
  const note = await notes.readNote(NOTE);
  if (note === null) throw new Error("the journal has lost a note that it had just stored");
  return note.value;
}

const ownerKey = (prefix: string): string => `${prefix}:journal`;

/** Stores the identity if the Redis prefix has no owner. Returns the owner. */
async function claimRedis(backend: QueueBackend & { kind: "redis" }, identity: string): Promise<string> {
  const redis = openRedis(backend, { maxRetriesPerRequest: 1, retryStrategy: () => null });
  redis.on("error", () => undefined); // The failed call throws as well.
  try {
    await redis.setnx(ownerKey(backend.prefix), identity);
    return (await redis.get(ownerKey(backend.prefix))) ?? identity;
  } finally {
    redis.disconnect();
  }
}

const CREATE = `create table if not exists ${OWNER_TABLE} (only_row boolean primary key default true check (only_row), id text not null)`;

/** Stores the identity if the PostgreSQL queue has no owner. Returns the owner. */
async function claimPostgres(connectionString: string, identity: string): Promise<string> {
  const client = new pg.Client({ connectionString });
  client.on("error", () => undefined);
  await client.connect();
  try {
    // Two processes that create the table at the same time would make one of them fail.
    await client.query("begin");
    await client.query("select pg_advisory_xact_lock(hashtext($1))", [OWNER_TABLE]);
    await client.query(CREATE);
    await client.query(`insert into ${OWNER_TABLE} (id) values ($1) on conflict do nothing`, [identity]);
    const { rows } = await client.query(`select id from ${OWNER_TABLE}`);
    await client.query("commit");
    return z.array(z.object({ id: z.string() })).parse(rows)[0]?.id ?? identity;
  } finally {
    await client.end();
  }
}

/** How the error names the mark that a person may delete. */
const markOf = (backend: QueueBackend): string =>
  backend.kind === "redis" ? `the key ${ownerKey(backend.prefix)}` : `the table ${OWNER_TABLE}`;

/** @throws `CTO_E_QUEUE_FOREIGN` if the queue belongs to another journal; `CTO_E_QUEUE_UNAVAILABLE` */
export async function requireOwnQueue(backend: QueueBackend, notes: Notes): Promise<void> {
  const identity = await journalIdentity(notes);
  let owner: string;
  try {
    owner = await (backend.kind === "redis"
      ? claimRedis(backend, identity)
      : claimPostgres(backend.connectionString, identity));
  } catch (error) {
    const reason = `${backend.kind}: ${error instanceof Error ? error.message : String(error)}`;
    throw new CTOError("CTO_E_QUEUE_UNAVAILABLE", { reason }, { cause: error });
  }
  if (owner !== identity) throw new CTOError("CTO_E_QUEUE_FOREIGN", { mark: markOf(backend) });
}
