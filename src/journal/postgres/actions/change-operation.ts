/** Changes an operation that is not terminal. */
import type { Pool } from "pg";
import type { Lease, OperationChange } from "../../../engine/ports.ts";
import { FINISHED, TERMINAL } from "../../statuses.ts";
import { fence, fenceValues } from "../fence.ts";
import { write } from "../query.ts";

// A new status without a failure removes an earlier failure: an operation that was completed after a review did not fail.
const SQL = `
with ${fence(2)}
update cto.operations o set
  status = coalesce($5, o.status),
  progress = greatest(o.progress, $6),
  venue = coalesce($7, o.venue),
  detected = coalesce($12, o.detected),
  left_out = coalesce($13::jsonb, o.left_out),
  price = coalesce($14::jsonb, o.price),
  token_label = coalesce($15::jsonb, o.token_label),
  partial = coalesce($8, o.partial),
  failure = case when $9::jsonb is null and $5::text is null then o.failure else $9::jsonb end,
  tries = case when $5::text is null then o.tries else 0 end,
  not_before = case when $5::text is null then o.not_before end,
  finished_at = case
    when $5::text is null then o.finished_at
    when $5::text = any($10) then clock_timestamp() end
from lease
where o.id = $1 and o.user_id = lease.user_id and o.status <> all($11)
returning o.id`;

/** Returns false if the lease is stale or the operation is terminal. Progress never decreases. */
export const changeOperation = async (
  pool: Pool,
  id: string,
  lease: Lease,
  { status, progress, venue, detected, leftOut, tokenLabel, price, partial, failure }: OperationChange,
): Promise<boolean> => {
  const rows = await write(pool, SQL, [
    id,
    ...fenceValues(lease),
    status ?? null,
    progress ?? null,
    venue ?? null,
    partial ?? null,
    failure === undefined ? null : JSON.stringify(failure),
    FINISHED,
    TERMINAL,
    detected ?? null,
    leftOut === undefined ? null : JSON.stringify(leftOut),
    price === undefined ? null : JSON.stringify(price),
    tokenLabel === undefined ? null : JSON.stringify(tokenLabel),
  ]);
  return rows.length === 1;
};
