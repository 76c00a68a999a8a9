/** Numbers and stores an event: the operation's row counts them, so that there is no gap and no double. */
import type { Pool } from "pg";
import type { OperationEvent, StoredEvent } from "../../../engine/ports.ts";
import { CTOError } from "../../../errors/index.ts";
import { encodeEvent } from "../../stored-event.ts";
import { write } from "../query.ts";
import { parseEvent } from "../rows/event-row.ts";

const SQL = `
with counted as (
  update cto.operations set event_count = event_count + 1 where id = $1 returning id, event_count
)
insert into cto.events (operation_id, seq, event) select id, event_count, $2::jsonb from counted
returning seq, at, event`;

/** @throws `CTO_E_OPERATION_UNKNOWN` */
export const appendEvent = async (pool: Pool, id: string, event: OperationEvent): Promise<StoredEvent> => {
  const [row] = await write(pool, SQL, [id, encodeEvent(event)]);
  if (row === undefined) throw new CTOError("CTO_E_OPERATION_UNKNOWN", { jobId: id });
  return parseEvent(row);
};
