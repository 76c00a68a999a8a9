/** Lists operations, newest first. */
import type { Pool } from "pg";
import type { Operation, OperationFilter } from "../../../engine/ports.ts";
import { read } from "../query.ts";
import { parseOperation } from "../rows/operation-row.ts";

/** The statement contains only the requested filters, so that each of them may use its own index. */
export const listOperations = async (pool: Pool, filter: OperationFilter): Promise<Operation[]> => {
  const values: unknown[] = [];
  const given = (value: unknown): string => `$${values.push(value)}`;
  const { userId, statuses, tokenAddress, wallet, createdAfter, createdBefore, search, before } = filter;
  const { tag, reference } = filter;
  const conditions: string[] = [];
  if (userId !== undefined) conditions.push(`user_id = ${given(userId)}`);
  if (statuses !== undefined) conditions.push(`status = any(${given([...statuses])})`);
  if (tokenAddress !== undefined) conditions.push(`request ->> 'tokenAddress' = ${given(tokenAddress)}`);
  if (createdAfter !== undefined) conditions.push(`created_at >= ${given(createdAfter)}`);
  if (createdBefore !== undefined) conditions.push(`created_at < ${given(createdBefore)}`);
  if (wallet !== undefined) {
    const named = given(wallet);
    conditions.push(
      `id in (select operation_id from cto.legs where wallet_id = ${named} or address = ${named})`,
    );
  }
  if (filter.incidents) conditions.push("incidents <> '{}'::jsonb");
  if (filter.recovery !== undefined) conditions.push(`recovery_state = ${given(filter.recovery)}`);
  if (tag !== undefined) conditions.push(`request -> 'tags' ? ${given(tag)}`);
  if (reference !== undefined) conditions.push(`request ->> 'reference' = ${given(reference)}`);
  if (search !== undefined) {
    const prefix = given(`${search.replace(/[\\%_]/g, "\\$&")}%`);
    const whole = given(search);
    const same = [`request ->> 'tokenAddress' = ${whole}`, `request ->> 'reference' = ${whole}`];
    conditions.push(`(id like ${prefix} or ${same.join(" or ")} or request -> 'tags' ? ${whole})`);
  }
  if (before !== undefined) {
    conditions.push(`number < (select number from cto.operations where id = ${given(before)})`);
  }
  const where = conditions.length === 0 ? "" : `where ${conditions.join(" and ")}`;
  const sql = `select * from cto.operations ${where} order by number desc limit ${given(filter.limit)}`;
  return (await read(pool, sql, values)).map(parseOperation);
};
