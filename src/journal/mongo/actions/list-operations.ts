/** Lists operations, newest first. */
import type { Journal, Operation } from "../../../engine/ports.ts";
import { parseOperation, SUMMARY } from "../documents/operation.ts";
import type { Store } from "../store.ts";

export const listOperations = async (
  { operations }: Store,
  { userId, statuses, limit }: Parameters<Journal["listOperations"]>[0],
): Promise<Operation[]> => {
  if (limit < 1) return []; // To MongoDB, no limit at all.
  const filter = {
    ...(userId === undefined ? {} : { userId }),
    ...(statuses === undefined ? {} : { status: { $in: statuses } }),
  };
  const found = await operations
    .find(filter, { projection: SUMMARY })
    .sort({ number: -1 })
    .limit(limit)
    .toArray();
  return found.map(parseOperation);
};
