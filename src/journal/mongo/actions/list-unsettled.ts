/**
 * Lists finished operations that are not settled, oldest first.
 *
 * An operation that waits for a review, itself or in its recovery, is listed only while it has a confirmed
 * step. It may wait for a long time and must not displace the others.
 */
import type { Operation } from "../../../engine/ports.ts";
import { FINISHED, TERMINAL } from "../../statuses.ts";
import { parseOperation, SUMMARY } from "../documents/operation.ts";
import type { Store } from "../store.ts";

export const listUnsettled = async ({ operations }: Store, limit: number): Promise<Operation[]> => {
  if (limit < 1) return []; // MongoDB reads 0 as "no limit".
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
