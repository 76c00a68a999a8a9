/** Writes the least tokens that legs accept. A leg that already has an anchor keeps it. */
import type { Pool } from "pg";
import type { Anchor, Lease } from "../../../engine/ports.ts";
import { fence, fenceValues } from "../fence.ts";
import { write } from "../query.ts";

const SQL = `
with ${fence(2)},
anchored as (
  update cto.legs l set least_tokens = given.tokens
  from cto.operations o, lease, unnest($5::int[], $6::numeric[]) as given (leg, tokens)
  where o.id = $1 and o.user_id = lease.user_id
    and l.operation_id = o.id and l.leg = given.leg and l.least_tokens is null
)
select o.id from cto.operations o, lease where o.id = $1 and o.user_id = lease.user_id`;

/** Returns false if the lease is stale. */
export const anchorLegs = async (
  pool: Pool,
  id: string,
  lease: Lease,
  anchors: readonly Anchor[],
): Promise<boolean> => {
  const rows = await write(pool, SQL, [
    id,
    ...fenceValues(lease),
    anchors.map(({ leg }) => leg),
    anchors.map(({ tokens }) => tokens),
  ]);
  return rows.length === 1;
};
