/**
 * Lists finished operations that are not settled, oldest first. What waits for a review, itself or in its recovery, is listed only while a step
 * of it is still to be settled: it may wait for long, and must not crowd out the others.
 */
import type { Operation } from "../../../engine/ports.ts";
import { FINISHED, TERMINAL } from "../../statuses.ts";
import { parseOperation, SUMMARY } from "../documents/operation.ts";
import type { Store } from "../store.ts";

export const listUnsettled = async ({ operations }: Store, limit: number): Promise<Operation[]> => {
  if (limit < 1) return []; // To MongoDB, no limit at all.
  const filter = {
    settled: false,
    $or: [
      { status: { $in: TERMINAL }, "recovery.state": { $ne: "needs_review" as const } },
      { status: { $in: FINISHED }, confirmedSteps: { $gt: 0 } },
    ],
  };
  const found = await operations
    .find(filter, { projection: SUMMARY })
    .sort({ number: 1 })
    .limit(limit)
    .toArray();
  return found.map(parseOperation);
};
