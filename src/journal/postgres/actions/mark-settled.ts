/** Marks a terminal operation as settled if none of its steps can change any more. */
import type { Pool } from "pg";
import { CLOSED_STEPS, TERMINAL } from "../../statuses.ts";
import { write } from "../query.ts";

// A closed step is never reopened, so the result of this check stays true.
const SQL = `
update cto.operations o set settled = true
where o.id = $1 and o.status = any($2) and o.recovery_state is distinct from 'requested'
  and not exists (select from cto.steps s where s.operation_id = o.id and s.status <> all($3))`;

export const markSettled = async (pool: Pool, id: string): Promise<void> => {
  await write(pool, SQL, [id, TERMINAL, CLOSED_STEPS]);
};
