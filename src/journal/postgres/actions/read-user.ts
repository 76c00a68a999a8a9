/** Reads one user. */
import type { Pool } from "pg";
import type { User } from "../../../engine/ports.ts";
import { read } from "../query.ts";
import { parseUser } from "../rows/user-row.ts";

export const readUser = async (pool: Pool, id: string): Promise<User | null> => {
  const [row] = await read(pool, "select * from cto.users where id = $1", [id]);
  return row === undefined ? null : parseUser(row);
};
