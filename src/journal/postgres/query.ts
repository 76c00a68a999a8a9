/** Runs every statement of the journal: `read` for statements that change nothing, `write` for all others. */
import type { Pool } from "pg";
import { query } from "./moments.ts";
import { explain, isRolledBack } from "./unavailable.ts";

type Row = Record<string, unknown>;

/**
 * After a deadlock or a serialization failure, the server has rolled the statement back, so a few retries are safe.
 */
const ROLLED_BACK_TRIES = 5;

/** A pooled connection may have died while idle. The second try uses a fresh connection. */
const READ_TRIES = 2;

const run = async (
  pool: Pool,
  text: string,
  values: readonly unknown[],
  tries: number,
  again: (e: unknown) => boolean,
) => {
  for (let left = tries; ; left -= 1) {
    try {
      return (await query(pool, text, values)).rows as Row[];
    } catch (error) {
      if (left <= 1 || !again(error)) throw explain(error);
    }
  }
};

/**
 * Never repeats a statement that may have been executed.
 * @throws `CTO_E_JOURNAL_UNAVAILABLE`; pg's own errors for violated constraints
 */
export const write = (pool: Pool, text: string, values: readonly unknown[]): Promise<Row[]> =>
  run(pool, text, values, ROLLED_BACK_TRIES, isRolledBack);

/** @throws `CTO_E_JOURNAL_UNAVAILABLE` */
export const read = (pool: Pool, text: string, values: readonly unknown[] = []): Promise<Row[]> =>
  run(pool, text, values, READ_TRIES, (error) => explain(error) !== error);
