/**
 * Takes the lease on a user's wallets if it is free, expired, or already this owner's. The database's clock
 * decides. We refuse if a newer release has migrated the database while this one was running, and on another copy of
 * the database.
 */
import type { Pool } from "pg";
import { z } from "zod";
import type { Lease } from "../../../engine/ports.ts";
import { CTOError } from "../../../errors/index.ts";
import { requireOwnCopy } from "../copy.ts";
import { SUPPORTED } from "../migrations/index.ts";
import { write } from "../query.ts";
import { parseRow } from "../rows/parse-row.ts";
import { copied, HOW_COPIED } from "../witness.ts";

const SQL = `
with schema as (select max(version)::int as version, ${HOW_COPIED} as copied from cto.migrations),
taken as (
  insert into cto.leases as held (user_id, owner, token, expires_at, schema_version)
  select $1, $2, 1, clock_timestamp() + $3 * interval '1 millisecond', $4 from schema where version <= $4 and copied is null
  on conflict (user_id) do update
  set owner = excluded.owner, token = held.token + 1, expires_at = excluded.expires_at,
    schema_version = excluded.schema_version
  where held.owner is null or held.owner = excluded.owner or held.expires_at <= clock_timestamp()
  returning token
)
select (select token from taken) as token, version, copied from schema`;

const answered = z.object({ token: z.coerce.bigint().nullable(), version: z.number(), copied });

export const acquireLease = async (
  pool: Pool,
  userId: string,
  owner: string,
  ttlMs: number,
): Promise<Lease | null> => {
  const [row] = await write(pool, SQL, [userId, owner, ttlMs, SUPPORTED]);
  const { token, version, copied } = parseRow("leases", () => answered.parse(row));
  if (version > SUPPORTED)
    throw new CTOError("CTO_E_JOURNAL_INCOMPATIBLE", { found: version, supported: SUPPORTED });
  requireOwnCopy(copied);
  return token === null ? null : { userId, owner, token };
};
