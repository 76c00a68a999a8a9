/**
 * Changes steps and the state of one attempt of each: a compare-and-set on their versions, in one statement for many steps.
 */
import type { Pool } from "pg";
import { z } from "zod";
import type { ChangeOfStep, Lease, Step, StepChange } from "../../../engine/ports.ts";
import { fence, fenceValues } from "../fence.ts";
import { write } from "../query.ts";
import { parseSteps, STEP_COLUMNS } from "../rows/step-row.ts";

// A change contains the step's whole new state: without a failure, it removes an earlier failure. The slot
// and the reason stay with their attempt until it is live again. $2 and following are the fence's values. The
// statement has no fence if the lease is `null`.
const sql = (fenced: boolean): string => `
with ${fenced ? `${fence(2)},` : ""}
requested as materialized (
  select * from jsonb_to_recordset($1::jsonb) as c(
    place int, step_id text, version int, status text, failure jsonb, attempt int, attempt_status text, slot bigint,
    reason text
  )
),
moved as (
  update cto.steps s set status = c.status, failure = c.failure, version = s.version + 1
  from requested c ${fenced ? ", cto.operations o, lease" : ""}
  where s.id = c.step_id and s.version = c.version
    ${fenced ? "and o.id = s.operation_id and o.user_id = lease.user_id" : ""}
    and (c.attempt is null or exists (select from cto.attempts where step_id = s.id and number = c.attempt))
  returning s.*, c.place, c.attempt, c.attempt_status, c.slot, c.reason
),
changed as (
  update cto.attempts a set
    status = moved.attempt_status,
    slot = case when moved.attempt_status = 'live' then null else coalesce(moved.slot, a.slot) end,
    reason = case when moved.attempt_status = 'live' then null else coalesce(moved.reason, a.reason) end
  from moved where a.step_id = moved.id and a.number = moved.attempt
  returning a.*
)
select s.place, ${STEP_COLUMNS} from moved s
left join lateral (
  select * from cto.attempts where step_id = s.id and number is distinct from s.attempt
  union all select * from changed where changed.step_id = s.id
) a on true
order by s.place, a.number`;

const FENCED = sql(true);
const UNFENCED = sql(false);

const placed = z.object({ place: z.number() });

const recordOf = ({ stepId, expectedVersion, change }: ChangeOfStep, place: number) => {
  const { status, failure, attempt } = change;
  return {
    place,
    step_id: stepId,
    version: expectedVersion,
    status,
    failure: failure ?? null,
    attempt: attempt?.number ?? null,
    attempt_status: attempt?.status ?? null,
    slot: attempt?.slot === undefined ? null : String(attempt.slot),
    reason: attempt?.reason ?? null,
  };
};

/** Returns null for each refused change: another version, a stale lease, or no attempt of that number. */
export const changeSteps = async (
  pool: Pool,
  lease: Lease | null,
  changes: readonly ChangeOfStep[],
): Promise<(Step | null)[]> => {
  const records = JSON.stringify(changes.map(recordOf));
  const rows = await (lease === null
    ? write(pool, UNFENCED, [records])
    : write(pool, FENCED, [records, ...fenceValues(lease)]));
  return changes.map(
    (_, place) => parseSteps(rows.filter((row) => placed.parse(row).place === place))[0] ?? null,
  );
};

/** Returns null if the change is refused. */
export const changeStep = async (
  pool: Pool,
  stepId: string,
  expectedVersion: number,
  lease: Lease | null,
  change: StepChange,
): Promise<Step | null> => (await changeSteps(pool, lease, [{ stepId, expectedVersion, change }]))[0] ?? null;
