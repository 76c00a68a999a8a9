/** Lists what is due, for one user and for all users, and postpones operations. */
import type { Pool } from "pg";
import { z } from "zod";
import type { Due, Lease, Operation, Postponement } from "../../../engine/ports.ts";
import { BEGUN_AT_MOST } from "../../statuses.ts";
import { fence, fenceValues } from "../fence.ts";
import { read, write } from "../query.ts";
import { parseOperation } from "../rows/operation-row.ts";
import { parseRow } from "../rows/parse-row.ts";

/** @param reviewed the SQL parameter: a review is due if its last check was not after this time */
const begun = (reviewed: string): string => `(status = 'active'
  or (status = 'needs_review' and finished_at <= ${reviewed})
  or recovery_state = 'requested'
  or (recovery_state = 'needs_review' and recovery_at <= ${reviewed}))`;

// Each part has its own index, so that the cost does not grow with the number of waiting operations.
const NEXT = `
select * from (
  (select * from cto.operations where user_id = $1 and ${begun("$2")}
    order by not_before nulls first, number limit ${BEGUN_AT_MOST})
  union all
  (select * from cto.operations where user_id = $1 and status = 'waiting'
    and (not_before is null or not_before <= $3)
    order by (request ->> 'priority')::int, number limit 1)
  union all
  (select * from cto.operations where user_id = $1 and status = 'waiting' and not_before > $3
    order by not_before, number limit 1)
) next order by number`;

export const listNext = async (
  pool: Pool,
  userId: string,
  { now, reviewedBefore }: Due,
): Promise<Operation[]> => {
  const rows = await read(pool, NEXT, [userId, reviewedBefore, now]);
  return rows.map(parseOperation);
};

const DUE = `
select user_id from cto.operations
where user_id collate "C" > $1 and (status = 'waiting' or ${begun("$2")})
  and (not_before is null or not_before <= $3)
group by user_id order by user_id collate "C" limit $4`;

const dueUser = z.object({ user_id: z.string() });

export const listDueUsers = async (
  pool: Pool,
  { now, reviewedBefore }: Due,
  after: string,
  limit: number,
): Promise<string[]> => {
  const rows = await read(pool, DUE, [after, reviewedBefore, now, limit]);
  return rows.map((row) => parseRow("operations", () => dueUser.parse(row).user_id));
};

const POSTPONE = `
with ${fence(2)}
update cto.operations o set tries = $5, not_before = $6
from lease where o.id = $1 and o.user_id = lease.user_id
returning o.id`;

/** Returns false if the lease is stale. */
export const postponeOperation = async (
  pool: Pool,
  id: string,
  lease: Lease,
  { tries, notBefore }: Postponement,
): Promise<boolean> =>
  (await write(pool, POSTPONE, [id, ...fenceValues(lease), tries, notBefore])).length === 1;
