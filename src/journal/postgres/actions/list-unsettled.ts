/**
 * Lists finished operations that are not settled, oldest first.
 *
 * An operation that waits for a review, itself or in its recovery, is listed only while it has a confirmed
 * step. It may wait for a long time and must not displace the others.
 */
import type { Pool } from "pg";
import type { Operation } from "../../../engine/ports.ts";
import { TERMINAL } from "../../statuses.ts";
import { read } from "../query.ts";
import { parseOperation } from "../rows/operation-row.ts";

const SQL = `
select * from cto.operations o where not settled
  and ((status = any($1) and recovery_state is distinct from 'needs_review')
    or ((status = 'needs_review' or recovery_state = 'needs_review')
      and exists (select from cto.steps s where s.operation_id = o.id and s.status = 'confirmed')))
order by number limit $2`;

export const listUnsettled = async (pool: Pool, limit: number): Promise<Operation[]> =>
  (await read(pool, SQL, [TERMINAL, limit])).map(parseOperation);
