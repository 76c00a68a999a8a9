/** Lists all users, in the order in which they were added. */
import type { Pool } from "pg";
import type { User } from "../../../engine/ports.ts";
import { read } from "../query.ts";
import { parseUser } from "../rows/user-row.ts";

export const listUsers = async (pool: Pool): Promise<User[]> =>
  (await read(pool, "select * from cto.users order by number")).map(parseUser);
