/**
 * R6, in one statement: reopens a confirmed step because a fork dropped its block. The step is in flight
 * again and its attempt is live. Its operation is active and unsettled, so that the requeuer queues it again.
 * Otherwise nothing changes.
 */
import type { Pool } from "pg";
import type { Step } from "../../../engine/ports.ts";
import { FINISHED } from "../../statuses.ts";
import { write } from "../query.ts";
import { parseSteps, STEP_COLUMNS } from "../rows/step-row.ts";

const SQL = `
with moved as (
  update cto.steps s set status = 'in_flight', version = s.version + 1, failure = null
  where s.id = $1 and s.version = $2 and s.status = 'confirmed'
    and exists (select from cto.attempts where step_id = $1 and status = 'landed')
    and not exists (select from cto.attempts where step_id = $1 and status = 'live')
  returning s.*
),
revived as (
  update cto.attempts a set status = 'live', slot = null, reason = null
  from moved where a.step_id = moved.id and a.status = 'landed'
  returning a.*
),
opened as (
  update cto.operations o set
    settled = false,
    status = case when o.status = any($3) then 'active' else o.status end,
    failure = case when o.status = any($3) then null else o.failure end,
    finished_at = null
  from moved where o.id = moved.operation_id and moved.kind <> 'recover'
),
recovering as (
  update cto.operations o set settled = false, recovery_state = 'requested', recovery_at = clock_timestamp()
  from moved where o.id = moved.operation_id and moved.kind = 'recover'
)
select ${STEP_COLUMNS} from moved s
left join lateral (
  select * from cto.attempts where step_id = s.id and number not in (select number from revived)
  union all select * from revived
) a on true
order by a.number`;

/** Returns null if the step is not `confirmed` at this version, has no landed attempt, or also has a live one. */
export const reopenStep = async (pool: Pool, stepId: string, expectedVersion: number): Promise<Step | null> =>
  parseSteps(await write(pool, SQL, [stepId, expectedVersion, FINISHED]))[0] ?? null;
