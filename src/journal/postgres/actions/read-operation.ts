/** Reads one operation. */
import type { Pool } from "pg";
import type { Operation } from "../../../engine/ports.ts";
import { read } from "../query.ts";
import { parseOperation } from "../rows/operation-row.ts";

export const readOperation = async (pool: Pool, id: string): Promise<Operation | null> => {
  const [row] = await read(pool, "select * from cto.operations where id = $1", [id]);
  return row === undefined ? null : parseOperation(row);
};
