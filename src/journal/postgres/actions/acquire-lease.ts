/** Takes the lease on a user's wallets, if it is free, expired, or the same owner's. The database's clock decides. */
import type { Pool } from "pg";
import { z } from "zod";
import type { Lease } from "../../../engine/ports.ts";
import { write } from "../query.ts";
import { parseRow } from "../rows/parse-row.ts";

const SQL = `
insert into cto.leases as held (user_id, owner, token, expires_at)
values ($1, $2, 1, clock_timestamp() + $3 * interval '1 millisecond')
on conflict (user_id) do update
set owner = excluded.owner, token = held.token + 1, expires_at = excluded.expires_at
where held.owner is null or held.owner = excluded.owner or held.expires_at <= clock_timestamp()
returning token`;

const granted = z.object({ token: z.coerce.bigint() });

export const acquireLease = async (
  pool: Pool,
  userId: string,
  owner: string,
  ttlMs: number,
): Promise<Lease | null> => {
  const [row] = await write(pool, SQL, [userId, owner, ttlMs]);
  return row === undefined
    ? null
    : { userId, owner, token: parseRow("leases", () => granted.parse(row).token) };
};
