/** Reads an operation's events after a number, in order. */
import type { Pool } from "pg";
import type { StoredEvent } from "../../../engine/ports.ts";
import { read } from "../query.ts";
import { parseEvent } from "../rows/event-row.ts";

const SQL =
  "select seq, at, event, compacted from cto.events where operation_id = $1 and seq > $2 order by seq limit $3";

export const readEvents = async (
  pool: Pool,
  id: string,
  after: number,
  limit: number,
): Promise<StoredEvent[]> => (await read(pool, SQL, [id, after, limit])).map(parseEvent);
