/** Fills the journal with waiting operations, faster than callers could enqueue them. */
import type { System } from "./system.ts";

/**
 * Copies a waiting operation this many times, as later operations of the same user.
 *
 * @param notBefore the time at which the copies may begin; absent: at once
 */
export async function copyOperation(
  { journal }: Pick<System, "journal">,
  id: string,
  copies: number,
  notBefore?: Date,
): Promise<void> {
  await journal.pool.query(
    `insert into cto.operations (id, user_id, request, request_hash, not_before)
    select o.id || 'x' || n || 'x' || o.number, o.user_id, o.request, o.request_hash, $3
    from cto.operations o, generate_series(1, $2) n where o.id = $1`,
    [id, copies, notBefore ?? null],
  );
}

/** Polls until the condition holds. @throws if it does not within the time */
export async function until(condition: () => Promise<boolean>, withinMs = 120_000): Promise<void> {
  const began = performance.now();
  while (!(await condition())) {
    if (performance.now() - began > withinMs) throw new Error(`nothing happened for ${withinMs} ms`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}
