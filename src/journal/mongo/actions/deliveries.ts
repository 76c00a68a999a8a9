/** Lists events that webhooks have not handled yet, and stores the deliveries that result from them. */
import type { Delivery, DeliveryChange, NewDelivery, UnqueuedEvent } from "../../../engine/ports.ts";
import { parseDelivery, parseEventOwner } from "../documents/delivery.ts";
import { parseEvent } from "../documents/event.ts";
import { insertOnce } from "../insert-once.ts";
import { nextNumber } from "../next-number.ts";
import type { Store } from "../store.ts";

export const listUnqueuedEvents = async (
  { webhooks, events }: Store,
  limit: number,
): Promise<UnqueuedEvent[]> => {
  const told = await webhooks.find({ removedAt: null }, { projection: { userId: 1 } }).toArray();
  if (told.length === 0) return [];
  const found = await events
    .find({ untoldOf: { $in: [...new Set(told.map(({ userId }) => userId))] } })
    .sort({ operationId: 1, seq: 1 })
    .limit(limit)
    .toArray();
  return found.map((document) => ({ ...parseEventOwner(document), event: parseEvent(document) }));
};

export const markQueued = async ({ events }: Store, operationId: string, seq: number): Promise<void> => {
  await events.updateMany(
    { operationId, seq: { $lte: seq }, untoldOf: { $exists: true } },
    { $unset: { untoldOf: true } },
  );
};

export const writeDeliveries = async (store: Store, deliveries: readonly NewDelivery[]): Promise<void> => {
  for (const { id, ...delivery } of deliveries) {
    if ((await store.deliveries.findOne({ _id: id })) !== null) continue;
    const now = store.clock.now();
    await insertOnce(store, store.deliveries, {
      ...delivery,
      _id: id,
      status: "pending",
      tries: 0,
      dueAt: now,
      createdAt: now,
      endedAt: null,
      answer: null,
      version: 0,
      number: await nextNumber(store, "deliveries"),
    });
  }
};

export const readDelivery = async ({ deliveries, decisive }: Store, id: string): Promise<Delivery | null> => {
  const found = await deliveries.findOne({ _id: id }, decisive);
  return found === null ? null : parseDelivery(found);
};

export const listDeliveries = async (
  { deliveries }: Store,
  webhookId: string,
  limit: number,
  before?: string,
): Promise<Delivery[]> => {
  const last = before === undefined ? null : await deliveries.findOne({ _id: before });
  if (before !== undefined && last === null) return [];
  const older = last === null ? {} : { number: { $lt: last.number } };
  const found = await deliveries
    .find({ webhookId, ...older })
    .sort({ number: -1 })
    .limit(limit)
    .toArray();
  return found.map(parseDelivery);
};

export const listDueLanes = async (
  { deliveries }: Store,
  now: Date,
  limit: number,
  except: readonly string[] = [],
): Promise<string[]> => {
  const others = except.length === 0 ? {} : { webhookId: { $nin: [...except] } };
  // We group the lanes here, because not every compatible server knows `$min` in a group.
  const due = deliveries
    .find({ status: "pending", dueAt: { $lte: now }, ...others }, { projection: { _id: 0, lane: 1 } })
    .sort({ dueAt: 1 });
  const lanes = new Set<string>();
  for await (const { lane } of due) {
    lanes.add(lane);
    if (lanes.size >= limit) break;
  }
  return [...lanes];
};

export const nextDelivery = async ({ deliveries }: Store, lane: string): Promise<Delivery | null> => {
  const [found] = await deliveries
    .find({ lane, status: "pending" })
    .sort({ position: 1, number: 1 })
    .limit(1)
    .toArray();
  return found === undefined ? null : parseDelivery(found);
};

/** If the answer is lost, the change looks refused. The delivery is then due again when its claim expires. */
export const changeDelivery = async (
  { deliveries, clock }: Store,
  id: string,
  version: number,
  { status, tries, dueAt, answer }: DeliveryChange,
): Promise<Delivery | null> => {
  const endedAt = status === "pending" ? null : clock.now();
  const found = await deliveries.findOneAndUpdate(
    { _id: id, version },
    { $set: { status, tries, dueAt, endedAt, version: version + 1, ...(answer ? { answer } : {}) } },
    { returnDocument: "after" },
  );
  return found === null ? null : parseDelivery(found);
};

export const postponeLane = async ({ deliveries }: Store, lane: string, dueAt: Date): Promise<void> => {
  await deliveries.updateMany({ lane, status: "pending", tries: 0 }, { $set: { dueAt } });
};

const endedBefore = (before: Date) =>
  ({ status: { $ne: "pending" }, endedAt: { $ne: null, $lt: before } }) as const;

export const countEndedDeliveries = async ({ deliveries }: Store, before: Date): Promise<number> =>
  deliveries.countDocuments(endedBefore(before));

export const dropEndedDeliveries = async (
  { deliveries }: Store,
  before: Date,
  limit: number,
): Promise<number> => {
  if (limit < 1) return 0; // MongoDB reads 0 as "no limit".
  const found = await deliveries
    .find(endedBefore(before), { projection: { _id: 1 } })
    .limit(limit)
    .toArray();
  // The condition is checked again, because a delivery may be sent again in the meantime.
  const ids = found.map(({ _id }) => _id);
  const { deletedCount } = await deliveries.deleteMany({ _id: { $in: ids }, ...endedBefore(before) });
  return deletedCount;
};
