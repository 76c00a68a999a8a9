/** Requests the recovery of an operation, plans it with its `recover` steps, and ends it. */
import type { Pool } from "pg";
import type { Lease, Operation, Recovery, RecoveryLeg } from "../../../engine/ports.ts";
import { TERMINAL } from "../../statuses.ts";
import { plainLeg } from "../../stored-recovery.ts";
import { fence, fenceValues } from "../fence.ts";
import { write } from "../query.ts";
import { parseOperation } from "../rows/operation-row.ts";

const REQUEST = `
update cto.operations set
  settled = false,
  compacted = false,
  recovery_state = 'requested',
  recovery_at = clock_timestamp(),
  recovery_legs = coalesce(recovery_legs, '[]'::jsonb),
  recovery_failure = null,
  tries = 0,
  not_before = null
where id = $1 and status = any($2) and (settled or recovery_state is not null)
returning *`;

/** Returns null if the operation is not settled and has no recovery yet, or does not exist. */
export const requestRecovery = async (pool: Pool, id: string): Promise<Operation | null> => {
  const [row] = await write(pool, REQUEST, [id, TERMINAL]);
  return row === undefined ? null : parseOperation(row);
};

// A leg that is written again replaces the earlier one. An existing step stays unchanged.
const WRITE = `
with ${fence(2)},
held as (
  update cto.operations o set recovery_legs = $5::jsonb || (
    select coalesce(jsonb_agg(old), '[]'::jsonb) from jsonb_array_elements(o.recovery_legs) as old
    where not exists (select from jsonb_array_elements($5::jsonb) as new where new->'leg' = old->'leg')
  )
  from lease where o.id = $1 and o.user_id = lease.user_id and o.recovery_state = 'requested'
  returning o.id
),
steps as (
  insert into cto.steps (id, operation_id, kind, leg)
  select held.id || '.recover.' || leg, held.id, 'recover', leg from held, unnest($6::int[]) as leg
  on conflict do nothing
)
select id from held`;

/** Returns false if the lease is stale or no recovery is requested. */
export const writeRecovery = async (
  pool: Pool,
  id: string,
  lease: Lease,
  legs: readonly RecoveryLeg[],
  steps: readonly number[],
): Promise<boolean> => {
  const values = [id, ...fenceValues(lease), JSON.stringify(legs.map(plainLeg)), steps];
  return (await write(pool, WRITE, values)).length === 1;
};

const CHANGE = `
with ${fence(2)}
update cto.operations o set
  recovery_state = $5, recovery_at = clock_timestamp(), recovery_failure = $6::jsonb, tries = 0, not_before = null
from lease where o.id = $1 and o.user_id = lease.user_id and o.recovery_state is not null
returning o.id`;

/** Returns false if the lease is stale or no recovery was ever requested. */
export const changeRecovery = async (
  pool: Pool,
  id: string,
  lease: Lease,
  { state, failure }: Pick<Recovery, "state" | "failure">,
): Promise<boolean> => {
  const values = [id, ...fenceValues(lease), state, failure === undefined ? null : JSON.stringify(failure)];
  return (await write(pool, CHANGE, values)).length === 1;
};
