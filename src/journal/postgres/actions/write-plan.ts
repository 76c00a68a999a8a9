/** Writes an operation's legs and their steps once. */
import type { Pool } from "pg";
import type { Lease, NewLeg } from "../../../engine/ports.ts";
import { fence, fenceValues } from "../fence.ts";
import { write } from "../query.ts";

// `planned` allows only one of two concurrent plans. The other waits for the row, and then finds it set.
const SQL = `
with ${fence(2)},
planned as (
  update cto.operations o set planned = true
  from lease where o.id = $1 and o.user_id = lease.user_id and not o.planned
  returning o.id
),
legs as (
  insert into cto.legs (operation_id, leg, wallet_id, address, lamports, tokens_before)
  select planned.id, given.* from planned,
    unnest($5::int[], $6::text[], $7::text[], $8::bigint[], $9::numeric[]) as given
),
steps as (
  insert into cto.steps (id, operation_id, kind, leg)
  select planned.id || '.' || $10 || '.' || given.leg, planned.id, $10, given.leg from planned, unnest($5::int[]) as given (leg)
)
select o.id from cto.operations o, lease where o.id = $1 and o.user_id = lease.user_id`;

/** Returns false if the lease is stale. */
export const writePlan = async (
  pool: Pool,
  id: string,
  lease: Lease,
  legs: readonly NewLeg[],
  kind: "buy" | "recover" = "buy",
): Promise<boolean> => {
  const rows = await write(pool, SQL, [
    id,
    ...fenceValues(lease),
    legs.map((leg) => leg.index),
    legs.map((leg) => leg.walletId),
    legs.map((leg) => leg.address),
    legs.map((leg) => leg.lamports),
    legs.map((leg) => leg.tokensBefore),
    kind,
  ]);
  return rows.length === 1;
};
