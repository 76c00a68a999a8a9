/** Cancels a waiting operation at once, and marks a begun one for cancellation. A terminal one stays unchanged. */
import type { OperationStatus } from "../../../engine/ports.ts";
import { TERMINAL } from "../../statuses.ts";
import { NOBODY } from "../documents/operation.ts";
import type { Store } from "../store.ts";
import { readOperation } from "./read-operation.ts";

/** Returns the status after the call, or null if the operation does not exist. */
export const requestCancel = async (store: Store, id: string): Promise<OperationStatus | null> => {
  const { operations, clock } = store;
  // A waiting operation has no step, so cancelling it also settles it.
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
  // The operation was not waiting, and an operation never becomes waiting again.
  if (ended.matchedCount === 0) {
    await operations.updateOne({ _id: id, status: { $nin: TERMINAL } }, { $set: { cancelRequested: true } });
  }
  return (await readOperation(store, id))?.status ?? null;
};
