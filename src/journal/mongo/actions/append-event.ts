/**
 * Numbers and stores events. The unique index on (operation, number) allows each number once; the first insert gets it.
 */
import { randomUUID } from "node:crypto";
import type { Lease, Operation, OperationEvent, StoredEvent } from "../../../engine/ports.ts";
import { CTOError } from "../../../errors/index.ts";
import { parseEvent, plainEvent } from "../documents/event.ts";
import { insertOnce } from "../insert-once.ts";
import type { Store } from "../store.ts";
import { changeOperation } from "./change-operation.ts";
import { readOperation } from "./read-operation.ts";

/** More than the number of events that are appended to one operation at the same moment. */
const TRIES = 1_000;

const lastNumber = async ({ events }: Store, operationId: string): Promise<number> => {
  const [last] = await events.find({ operationId }).sort({ seq: -1 }).limit(1).toArray();
  return last === undefined ? 0 : parseEvent(last).seq;
};

/** @throws `CTO_E_JOURNAL_UNAVAILABLE` if no number is free */
const appendAfter = async (
  store: Store,
  { id: operationId, request }: Pick<Operation, "id" | "request">,
  last: number,
  event: OperationEvent,
): Promise<StoredEvent> => {
  // If a number is taken, its event exists, so the next number leaves no gap.
  for (let seq = last + 1; seq <= last + TRIES; seq += 1) {
    const document = {
      _id: randomUUID(),
      operationId,
      seq,
      at: store.clock.now(),
      event: plainEvent(event),
      untoldOf: request.userId,
    };
    if (await insertOnce(store, store.events, document)) return parseEvent(document);
  }
  throw new CTOError("CTO_E_JOURNAL_UNAVAILABLE", {
    reason: `no number was free for an event of ${operationId}`,
  });
};

/** @throws `CTO_E_OPERATION_UNKNOWN` */
export const appendEvents = async (
  store: Store,
  id: string,
  events: readonly OperationEvent[],
  progress?: { readonly lease: Lease; readonly progress: number },
): Promise<StoredEvent[]> => {
  const operation = await readOperation(store, id);
  if (operation === null) throw new CTOError("CTO_E_OPERATION_UNKNOWN", { jobId: id });
  let last = await lastNumber(store, id);
  const stored: StoredEvent[] = [];
  for (const event of events) {
    const one = await appendAfter(store, operation, last, event);
    last = one.seq;
    stored.push(one);
  }
  if (progress !== undefined)
    await changeOperation(store, id, progress.lease, { progress: progress.progress });
  return stored;
};

/** @throws `CTO_E_OPERATION_UNKNOWN` */
export const appendEvent = async (store: Store, id: string, event: OperationEvent): Promise<StoredEvent> => {
  const [stored] = await appendEvents(store, id, [event]);
  if (stored === undefined) throw new CTOError("CTO_E_OPERATION_UNKNOWN", { jobId: id });
  return stored;
};
