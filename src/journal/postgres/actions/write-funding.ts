/** Writes an operation's `fund` steps once. */
import type { Pool } from "pg";
import type { Lease } from "../../../engine/ports.ts";
import { fence, fenceValues } from "../fence.ts";
import { write } from "../query.ts";

// We lock the operation's row, so that the second of two concurrent calls finds the steps of the first.
const SQL = `
with ${fence(2)},
held as (
  select o.id from cto.operations o, lease where o.id = $1 and o.user_id = lease.user_id for update of o
),
steps as (
  insert into cto.steps (id, operation_id, kind, leg)
  select held.id || '.fund.' || batch, held.id, 'fund', batch from held, generate_series(1, $5::int) as batch
  where not exists (select from cto.steps s where s.operation_id = $1 and s.kind = 'fund')
  on conflict do nothing
)
select id from held`;

/** Returns false if the lease is stale. */
export const writeFunding = async (
  pool: Pool,
  id: string,
  lease: Lease,
  batches: number,
): Promise<boolean> => {
  const rows = await write(pool, SQL, [id, ...fenceValues(lease), batches]);
  return rows.length === 1;
};
