/** Lists finished operations that are not settled, oldest first. */
import type { Pool } from "pg";
import type { Operation } from "../../../engine/ports.ts";
import { FINISHED } from "../../statuses.ts";
import { read } from "../query.ts";
import { parseOperation } from "../rows/operation-row.ts";

const SQL = "select * from cto.operations where not settled and status = any($1) order by number limit $2";

export const listUnsettled = async (pool: Pool, limit: number): Promise<Operation[]> =>
  (await read(pool, SQL, [FINISHED, limit])).map(parseOperation);
