/** Changes an operation that is not terminal. */
import type { Lease, OperationChange } from "../../../engine/ports.ts";
import { FINISHED, TERMINAL } from "../../statuses.ts";
import { fenced, heldBy } from "../adopt.ts";
import { RESTED } from "../documents/operation.ts";
import type { Store } from "../store.ts";

const fieldsOf = (
  { status, venue, detected, leftOut, tokenLabel, price, partial, failure }: OperationChange,
  now: Date,
) => ({
  ...(venue === undefined ? {} : { venue }),
  ...(detected === undefined ? {} : { detected }),
  ...(leftOut === undefined ? {} : { leftOut: [...leftOut] }),
  ...(tokenLabel === undefined ? {} : { tokenLabel }),
  ...(price === undefined ? {} : { price }),
  ...(partial === undefined ? {} : { partial }),
  ...(failure === undefined ? {} : { failure }),
  // A new status without a failure removes an earlier failure: an operation that was completed after a review did not fail.
  ...(status === undefined
    ? {}
    : { status, failure: failure ?? null, finishedAt: FINISHED.includes(status) ? now : null, ...RESTED }),
});

/** Returns false if the lease is stale or the operation is terminal. Progress never decreases. */
export const changeOperation = async (
  store: Store,
  id: string,
  lease: Lease,
  change: OperationChange,
): Promise<boolean> => {
  const write = async (): Promise<true | null> => {
    const { matchedCount } = await store.operations.updateOne(
      { _id: id, ...heldBy(lease), status: { $nin: TERMINAL } },
      { $set: fieldsOf(change, store.clock.now()), $max: { progress: change.progress ?? 0 } },
    );
    return matchedCount === 1 ? true : null;
  };
  return (await fenced(store, id, lease, write)) ?? false;
};
