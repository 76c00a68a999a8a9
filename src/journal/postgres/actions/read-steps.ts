/** Reads an operation's steps with their attempts, in the order of their numbers, or a single step. */
import type { Pool } from "pg";
import { STEP_KINDS, type Step } from "../../../engine/ports.ts";
import { read } from "../query.ts";
import { parseSteps, STEP_COLUMNS } from "../rows/step-row.ts";

const select = (condition: string): string => `
select ${STEP_COLUMNS} from cto.steps s left join cto.attempts a on a.step_id = s.id where ${condition}`;

export const readSteps = async (pool: Pool, operationId: string): Promise<Step[]> => {
  const sql = `${select("s.operation_id = $1")} order by s.leg, array_position($2::text[], s.kind), a.number`;
  return parseSteps(await read(pool, sql, [operationId, STEP_KINDS]));
};

export const readStep = async (pool: Pool, stepId: string): Promise<Step | null> =>
  parseSteps(await read(pool, `${select("s.id = $1")} order by a.number`, [stepId]))[0] ?? null;
