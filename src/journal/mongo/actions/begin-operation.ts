/** Makes a waiting operation active. Any other status stays. */
import type { Lease, Operation } from "../../../engine/ports.ts";
import { adopt, heldBy, isCurrent } from "../adopt.ts";
import type { Store } from "../store.ts";
import { readOperation } from "./read-operation.ts";

/** Returns null if the lease is stale, or belongs to another user. */
export const beginOperation = async (store: Store, id: string, lease: Lease): Promise<Operation | null> => {
  const found = await readOperation(store, id);
  if (found === null || found.request.userId !== lease.userId) return null;
  // A settled operation can have no holder, and there is nothing to write to it.
  if (found.settled) return (await isCurrent(store, lease)) ? found : null;
  if (!(await adopt(store, id, lease))) return null;
  await store.operations.updateOne(
    { _id: id, ...heldBy(lease), status: "waiting" },
    { $set: { status: "active", startedAt: store.clock.now() } },
  );
  return readOperation(store, id);
};
