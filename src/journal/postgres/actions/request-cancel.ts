/** Cancels a waiting operation at once; marks one that has begun. Leaves a terminal one as it is. */
import type { Pool } from "pg";
import { z } from "zod";
import { OPERATION_STATUSES, type OperationStatus } from "../../../engine/ports.ts";
import { TERMINAL } from "../../statuses.ts";
import { write } from "../query.ts";
import { parseRow } from "../rows/parse-row.ts";

// A waiting operation has no step, so it is settled as soon as it is cancelled.
const SQL = `
update cto.operations set
  cancel_requested = cancel_requested or status <> all($2),
  status = case when status = 'waiting' then 'cancelled' else status end,
  settled = settled or status = 'waiting',
  finished_at = case when status = 'waiting' then clock_timestamp() else finished_at end
where id = $1
returning status`;

const answer = z.object({ status: z.enum(OPERATION_STATUSES) });

/** Answers the status after the call; null when there is no such operation. */
export const requestCancel = async (pool: Pool, id: string): Promise<OperationStatus | null> => {
  const [row] = await write(pool, SQL, [id, TERMINAL]);
  return row === undefined ? null : parseRow("operations", () => answer.parse(row).status);
};
