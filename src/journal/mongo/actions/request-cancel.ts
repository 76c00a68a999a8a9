/** Cancels a waiting operation at once; marks one that has begun. Leaves a terminal one as it is. */
import type { OperationStatus } from "../../../engine/ports.ts";
import { TERMINAL } from "../../statuses.ts";
import { NOBODY } from "../documents/operation.ts";
import type { Store } from "../store.ts";
import { readOperation } from "./read-operation.ts";

/** Answers the status after the call; null when there is no such operation. */
export const requestCancel = async (store: Store, id: string): Promise<OperationStatus | null> => {
  const { operations, clock } = store;
  // A waiting operation has no step, so it is settled as soon as it is cancelled.
  const ended = await operations.updateOne(
    { _id: id, status: "waiting" },
    {
      $set: {
        cancelRequested: true,
        status: "cancelled",
        settled: true,
        finishedAt: clock.now(),
        ...NOBODY,
      },
    },
  );
  // It was not waiting just now, and does not become so again.
  if (ended.matchedCount === 0) {
    await operations.updateOne({ _id: id, status: { $nin: TERMINAL } }, { $set: { cancelRequested: true } });
  }
  return (await readOperation(store, id))?.status ?? null;
};
