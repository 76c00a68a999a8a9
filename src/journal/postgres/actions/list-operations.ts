/** Lists operations, newest first. */
import type { Pool } from "pg";
import type { Journal, Operation } from "../../../engine/ports.ts";
import { read } from "../query.ts";
import { parseOperation } from "../rows/operation-row.ts";

const SQL = `
select * from cto.operations
where ($1::text is null or user_id = $1) and ($2::text[] is null or status = any($2))
order by number desc limit $3`;

export const listOperations = async (
  pool: Pool,
  { userId, statuses, limit }: Parameters<Journal["listOperations"]>[0],
): Promise<Operation[]> =>
  (await read(pool, SQL, [userId ?? null, statuses ?? null, limit])).map(parseOperation);
