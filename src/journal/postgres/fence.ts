/**
 * The fence around every write that a worker does: the lease row is read `for share` in the same statement, so that a
 * takeover, which updates that row, either happened before (and this write finds no row) or waits until this write
 * is committed. A lease is current while its owner and token stand in the row; expiry alone does not end it.
 */
import type { Lease } from "../../engine/ports.ts";

/** A CTE `lease` of one row, or of none when the lease is stale. Takes the parameters of {@link fenceValues}. */
export const fence = (first: number): string => `
lease as materialized (
  select user_id from cto.leases
  where user_id = $${first} and owner = $${first + 1} and token = $${first + 2}
  for share
)`;

export const fenceValues = (lease: Lease): [string, string, bigint] => [
  lease.userId,
  lease.owner,
  lease.token,
];
