/** Changes a step, and what became of one of its attempts: compare-and-set on the version. */
import type { Pool } from "pg";
import type { Lease, Step, StepChange } from "../../../engine/ports.ts";
import { fence, fenceValues } from "../fence.ts";
import { write } from "../query.ts";
import { parseSteps, STEP_COLUMNS } from "../rows/step-row.ts";

// A change is the step's whole new state: a failure that it does not mention is gone. A slot and a reason stay with
// their attempt until it is live again. $6 and following: the fence, which `null` leaves out.
const sql = (fenced: boolean): string => `
with ${fenced ? `${fence(9)},` : ""}
moved as (
  update cto.steps s set status = $3, failure = $4::jsonb, version = s.version + 1
  ${fenced ? "from cto.operations o, lease" : ""}
  where s.id = $1 and s.version = $2
    ${fenced ? "and o.id = s.operation_id and o.user_id = lease.user_id" : ""}
    and ($5::int is null or exists (select from cto.attempts where step_id = $1 and number = $5))
  returning s.*
),
changed as (
  update cto.attempts a set
    status = $6,
    slot = case when $6 = 'live' then null else coalesce($7::bigint, a.slot) end,
    reason = case when $6 = 'live' then null else coalesce($8::text, a.reason) end
  from moved where a.step_id = moved.id and a.number = $5
  returning a.*
)
select ${STEP_COLUMNS} from moved s
left join lateral (
  select * from cto.attempts where step_id = s.id and number is distinct from $5::int union all select * from changed
) a on true
order by a.number`;

const FENCED = sql(true);
const UNFENCED = sql(false);

/** Null when refused: another version, a stale lease, or no attempt of that number. */
export const changeStep = async (
  pool: Pool,
  stepId: string,
  expectedVersion: number,
  lease: Lease | null,
  { status, failure, attempt }: StepChange,
): Promise<Step | null> => {
  const values = [
    stepId,
    expectedVersion,
    status,
    failure === undefined ? null : JSON.stringify(failure),
    attempt?.number ?? null,
    attempt?.status ?? null,
    attempt?.slot ?? null,
    attempt?.reason ?? null,
  ];
  const rows = await (lease === null
    ? write(pool, UNFENCED, values)
    : write(pool, FENCED, [...values, ...fenceValues(lease)]));
  return parseSteps(rows)[0] ?? null;
};
