/** Writes a text to the shared cache and deletes expired ones. */
import type { Pool } from "pg";
import { write } from "../query.ts";

const SQL = `
with expired as (delete from cto.cache where expires_at < clock_timestamp() and key <> $1)
insert into cto.cache (key, value, expires_at)
values ($1, $2, clock_timestamp() + $3 * interval '1 millisecond')
on conflict (key) do update set value = excluded.value, expires_at = excluded.expires_at
returning key`;

export const writeCached = async (pool: Pool, key: string, value: string, ttlMs: number): Promise<void> => {
  await write(pool, SQL, [key, value, ttlMs]);
};
