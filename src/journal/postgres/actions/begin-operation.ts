/** Makes a waiting operation active. Any other status stays. */
import type { Pool } from "pg";
import type { Lease, Operation } from "../../../engine/ports.ts";
import { fence, fenceValues } from "../fence.ts";
import { write } from "../query.ts";
import { parseOperation } from "../rows/operation-row.ts";

const SQL = `
with ${fence(2)}
update cto.operations o set
  started_at = case when o.status = 'waiting' then clock_timestamp() else o.started_at end,
  status = case when o.status = 'waiting' then 'active' else o.status end
from lease where o.id = $1 and o.user_id = lease.user_id
returning o.*`;

/** Returns null if the lease is stale, or belongs to another user. */
export const beginOperation = async (pool: Pool, id: string, lease: Lease): Promise<Operation | null> => {
  const [row] = await write(pool, SQL, [id, ...fenceValues(lease)]);
  return row === undefined ? null : parseOperation(row);
};
