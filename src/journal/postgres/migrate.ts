/**
 * Migrates the database's `cto` schema to this release's version, only once even if several processes open it together.
 */
import type { Pool, PoolClient } from "pg";
import { z } from "zod";
import { CTOError } from "../../errors/index.ts";
import { MIGRATIONS, SUPPORTED } from "./migrations/index.ts";
import { giveBack, takeClient } from "./on-client.ts";

/** A number that no other software uses on this database: "cto" in ASCII. */
const ADVISORY_LOCK = 0x63746f;

const found = z.tuple([z.object({ version: z.number() })]);

const readVersion = async (client: PoolClient): Promise<number> => {
  const table = await client.query(
    "select from pg_tables where schemaname = 'cto' and tablename = 'migrations'",
  );
  if (table.rowCount === 0) return 0;
  const answer = await client.query("select coalesce(max(version), 0)::int as version from cto.migrations");
  return found.parse(answer.rows)[0].version;
};

const applyMissing = async (client: PoolClient): Promise<void> => {
  await client.query("select pg_advisory_xact_lock($1)", [ADVISORY_LOCK]);
  const version = await readVersion(client);
  if (version > SUPPORTED) {
    throw new CTOError("CTO_E_JOURNAL_INCOMPATIBLE", { found: version, supported: SUPPORTED });
  }
  if (version === 0) {
    await client.query(`create schema if not exists cto`);
    await client.query(`create table if not exists cto.migrations (
      version integer primary key, name text not null, applied_at timestamptz not null default clock_timestamp())`);
  }
  // This blocks new leases during the migration. A worker that waits for one then sees the new version.
  else if (version < SUPPORTED) await client.query("lock table cto.leases in access exclusive mode");
  for (const migration of MIGRATIONS) {
    if (migration.version <= version) continue;
    await client.query(migration.sql);
    await client.query("insert into cto.migrations (version, name) values ($1, $2)", [
      migration.version,
      migration.name,
    ]);
  }
  // A worker that holds a lease expects the old schema. After this commit it can write nothing more (ADR 35).
  if (version < SUPPORTED) await client.query("update cto.leases set owner = null, token = token + 1");
};

/**
 * Applies all missing migrations in one transaction: all of them or none.
 * @throws `CTO_E_JOURNAL_INCOMPATIBLE` if a newer release has migrated this database
 */
export const migrate = async (pool: Pool): Promise<void> => {
  const client = await takeClient(pool);
  let broken = false;
  try {
    await client.query("begin");
    await applyMissing(client);
    await client.query("commit");
  } catch (error) {
    await client.query("rollback").catch(() => {
      broken = true;
    });
    throw error;
  } finally {
    giveBack(client, broken);
  }
};
