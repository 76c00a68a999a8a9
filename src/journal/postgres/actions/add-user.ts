/** Adds a user. */
import type { Pool } from "pg";
import type { User } from "../../../engine/ports.ts";
import { CTOError } from "../../../errors/index.ts";
import { write } from "../query.ts";
import { parseUser } from "../rows/user-row.ts";

/** @throws `CTO_E_USER_EXISTS` */
export const addUser = async (pool: Pool, user: { id: string; name?: string }): Promise<User> => {
  const [row] = await write(
    pool,
    "insert into cto.users (id, name) values ($1, $2) on conflict (id) do nothing returning *",
    [user.id, user.name ?? null],
  );
  if (row === undefined) throw new CTOError("CTO_E_USER_EXISTS", { userId: user.id });
  return parseUser(row);
};
