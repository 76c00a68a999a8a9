/** Lists users in the order of their creation: all of them, or one page of a search. */
import type { Pool } from "pg";
import type { User, UserFilter } from "../../../engine/ports.ts";
import { read } from "../query.ts";
import { parseUser } from "../rows/user-row.ts";

const escaped = (text: string): string => text.replace(/[\\%_]/g, "\\$&");

export async function listUsers(pool: Pool, filter?: UserFilter): Promise<User[]> {
  const values: unknown[] = [];
  const given = (value: unknown): string => `$${values.push(value)}`;
  const conditions: string[] = [];
  const { search, after, limit } = filter ?? {};
  if (search !== undefined && search !== "") {
    const [id, name] = [given(`${escaped(search)}%`), given(`%${escaped(search)}%`)];
    conditions.push(`(id ilike ${id} or name ilike ${name})`);
  }
  if (after !== undefined) {
    conditions.push(`number > (select number from cto.users where id = ${given(after)})`);
  }
  const where = conditions.length === 0 ? "" : `where ${conditions.join(" and ")}`;
  const end = limit === undefined ? "" : `limit ${given(limit)}`;
  return (await read(pool, `select * from cto.users ${where} order by number ${end}`, values)).map(parseUser);
}
