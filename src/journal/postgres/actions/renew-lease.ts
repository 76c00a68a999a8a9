/** Prolongs a lease, even an expired one if no other worker has taken it over. */
import type { Pool } from "pg";
import type { Lease } from "../../../engine/ports.ts";
import { fenceValues } from "../fence.ts";
import { write } from "../query.ts";

const SQL = `
update cto.leases set expires_at = clock_timestamp() + $4 * interval '1 millisecond'
where user_id = $1 and owner = $2 and token = $3
returning token`;

/** Returns false if the lease was taken over or released. */
export const renewLease = async (pool: Pool, lease: Lease, ttlMs: number): Promise<boolean> =>
  (await write(pool, SQL, [...fenceValues(lease), ttlMs])).length === 1;
