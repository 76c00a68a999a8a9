/** Reads an operation's events after a number, in order. */
import type { StoredEvent } from "../../../engine/ports.ts";
import { parseEvent } from "../documents/event.ts";
import type { Store } from "../store.ts";

export const readEvents = async (
  { events }: Store,
  operationId: string,
  after: number,
  limit: number,
): Promise<StoredEvent[]> => {
  if (limit < 1) return []; // MongoDB reads 0 as "no limit".
  const found = await events
    .find({ operationId, seq: { $gt: after } })
    .sort({ seq: 1 })
    .limit(limit)
    .toArray();
  return found.map(parseEvent);
};
