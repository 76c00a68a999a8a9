/** Lists operations with old events, and deletes the events that are no longer needed. */
import type { Compaction, Operation } from "../../../engine/ports.ts";
import { parseOperation, SUMMARY } from "../documents/operation.ts";
import type { Store } from "../store.ts";

export const listCompactable = async (
  { operations }: Store,
  before: Date,
  after: string,
  limit: number,
): Promise<Operation[]> => {
  if (limit < 1) return []; // MongoDB reads 0 as "no limit".
  const filter = {
    settled: true,
    compacted: { $ne: true },
    finishedAt: { $lt: before },
    _id: { $gt: after },
  };
  const found = await operations
    .find(filter, { projection: SUMMARY })
    .sort({ _id: 1 })
    .limit(limit)
    .toArray();
  return found.map(parseOperation);
};

/**
 * Writes the marks first, so that a reader finds either the events or the mark of their deletion. A repeated
 * call changes nothing.
 */
export const compactEvents = async (
  { operations, events }: Store,
  id: string,
  { dropped, marks }: Compaction,
): Promise<void> => {
  for (const { seq, compacted } of marks) {
    await events.updateOne({ operationId: id, seq }, { $set: { compacted } });
  }
  if (dropped.length > 0) await events.deleteMany({ operationId: id, seq: { $in: [...dropped] } });
  await operations.updateOne({ _id: id, settled: true }, { $set: { compacted: true } });
};
