/**
 * Fences every write of a worker. The same statement reads the lease row `for share`. A takeover updates that
 * row. Either it happened before, and this write finds no row; or it waits until this write is committed.
 *
 * A lease is current while the row contains its owner and token. Expiry alone does not end it. On another copy of the
 * database no lease is current: a connection may have come to a promoted standby, which has the lease's row, too.
 */
import type { Lease } from "../../engine/ports.ts";

/**
 * Returns a CTE `lease` with one row, or with none if the lease is stale. It takes the parameters of {@link fenceValues}.
 */
export const fence = (first: number): string => `
lease as materialized (
  select user_id from cto.leases
  where user_id = $${first} and owner = $${first + 1} and token = $${first + 2}
    and (select cto.how_copied()) is null
  for share
)`;

export const fenceValues = (lease: Lease): [string, string, bigint] => [
  lease.userId,
  lease.owner,
  lease.token,
];
