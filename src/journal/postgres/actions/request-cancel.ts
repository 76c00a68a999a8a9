/** Cancels a waiting operation at once, and marks a begun one for cancellation. A terminal one stays unchanged. */
import type { Pool } from "pg";
import { z } from "zod";
import { OPERATION_STATUSES, type OperationStatus } from "../../../engine/ports.ts";
import { TERMINAL } from "../../statuses.ts";
import { write } from "../query.ts";
import { parseRow } from "../rows/parse-row.ts";

// A waiting operation has no step, so cancelling it also settles it.
const SQL = `
update cto.operations set
  cancel_requested = cancel_requested or status <> all($2),
  status = case when status = 'waiting' then 'cancelled' else status end,
  settled = settled or status = 'waiting',
  finished_at = case when status = 'waiting' then clock_timestamp() else finished_at end
where id = $1
returning status`;

const answer = z.object({ status: z.enum(OPERATION_STATUSES) });

/** Returns the status after the call, or null if the operation does not exist. */
export const requestCancel = async (pool: Pool, id: string): Promise<OperationStatus | null> => {
  const [row] = await write(pool, SQL, [id, TERMINAL]);
  return row === undefined ? null : parseRow("operations", () => answer.parse(row).status);
};
