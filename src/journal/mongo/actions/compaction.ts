/** Finds operations whose events are old, and takes those away that need not stay. */
import type { Compaction, Operation } from "../../../engine/ports.ts";
import { parseOperation, SUMMARY } from "../documents/operation.ts";
import type { Store } from "../store.ts";

export const listCompactable = async (
  { operations }: Store,
  before: Date,
  after: string,
  limit: number,
): Promise<Operation[]> => {
  if (limit < 1) return []; // To MongoDB, no limit at all.
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

/** Marks first: a reader finds either the events or the mark that says that they are gone. Doing it again is harmless. */
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
