/** Numbers and stores events. The operation's row counts them, so that numbers have no gap and no duplicate. */
import type { Pool } from "pg";
import type { Journal, OperationEvent, StoredEvent } from "../../../engine/ports.ts";
import { CTOError } from "../../../errors/index.ts";
import { TERMINAL } from "../../statuses.ts";
import { encodeEvent } from "../../stored-event.ts";
import { fence, fenceValues } from "../fence.ts";
import { write } from "../query.ts";
import { parseEvent } from "../rows/event-row.ts";

// Only the lease's holder can increase the progress. The events are stored without a lease.
const SQL = `
with ${fence(3)},
counted as (
  update cto.operations o set
    event_count = event_count + jsonb_array_length($2::jsonb),
    progress = case
      when o.status <> all($7) and o.user_id = (select user_id from lease) then greatest(progress, $6)
      else progress end
  where id = $1 returning id, event_count
)
insert into cto.events (operation_id, seq, event)
select id, event_count - jsonb_array_length($2::jsonb) + given.place, given.event
from counted, jsonb_array_elements($2::jsonb) with ordinality as given(event, place)
returning seq, at, event`;

const NO_LEASE = [null, null, null] as const;

/** @throws `CTO_E_OPERATION_UNKNOWN` */
export const appendEvents = async (
  pool: Pool,
  id: string,
  ...[events, progress]: [
    events: Parameters<Journal["appendEvents"]>[1],
    progress?: Parameters<Journal["appendEvents"]>[2],
  ]
): Promise<StoredEvent[]> => {
  if (events.length === 0) return [];
  const rows = await write(pool, SQL, [
    id,
    `[${events.map(encodeEvent).join(",")}]`,
    ...(progress === undefined ? NO_LEASE : fenceValues(progress.lease)),
    progress?.progress ?? null,
    TERMINAL,
  ]);
  if (rows.length === 0) throw new CTOError("CTO_E_OPERATION_UNKNOWN", { jobId: id });
  return rows.map(parseEvent).sort((a, b) => a.seq - b.seq);
};

/** @throws `CTO_E_OPERATION_UNKNOWN` */
export const appendEvent = async (pool: Pool, id: string, event: OperationEvent): Promise<StoredEvent> => {
  const [stored] = await appendEvents(pool, id, [event]);
  if (stored === undefined) throw new CTOError("CTO_E_OPERATION_UNKNOWN", { jobId: id });
  return stored;
};
