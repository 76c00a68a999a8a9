/**
 * Stores why an operation did something: one row for each decision that differs from the last one about the same step.
 */
import type { Pool } from "pg";
import { z } from "zod";
import { type Decision, MOST_DECISIONS, type StoredDecision } from "../../../engine/ports.ts";
import { decodeDecision, encodeDecision } from "../../stored-decision.ts";
import { read, write } from "../query.ts";
import { parseRow } from "../rows/parse-row.ts";

const APPEND = `
insert into cto.decisions (operation_id, decision)
select id, $2::jsonb from cto.operations
where id = $1
  and (select count(*) from cto.decisions where operation_id = $1) < $3
  and (
    select decision from cto.decisions
    where operation_id = $1 and decision ->> 'step' is not distinct from $2::jsonb ->> 'step'
    order by number desc limit 1
  ) is distinct from $2::jsonb
returning number`;

const READ = "select at, decision from cto.decisions where operation_id = $1 order by number limit $2";

export const appendDecision = async (pool: Pool, id: string, decision: Decision): Promise<boolean> =>
  (await write(pool, APPEND, [id, encodeDecision(decision), MOST_DECISIONS])).length > 0;

const row = z.object({ at: z.date(), decision: z.unknown() });

export const readDecisions = async (pool: Pool, id: string): Promise<StoredDecision[]> =>
  (await read(pool, READ, [id, MOST_DECISIONS])).map((found) =>
    parseRow("decisions", () => {
      const { at, decision } = row.parse(found);
      return { ...decodeDecision(decision), at };
    }),
  );
