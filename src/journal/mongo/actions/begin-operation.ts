/** Makes a waiting operation active; keeps any other status. */
import type { Lease, Operation } from "../../../engine/ports.ts";
import { adopt, heldBy, isCurrent } from "../adopt.ts";
import type { Store } from "../store.ts";
import { readOperation } from "./read-operation.ts";

/** Null when the lease is stale, or not of the operation's user. */
export const beginOperation = async (store: Store, id: string, lease: Lease): Promise<Operation | null> => {
  const found = await readOperation(store, id);
  if (found === null || found.request.userId !== lease.userId) return null;
  // Nobody can hold a settled operation, nor has anything to write to it.
  if (found.settled) return (await isCurrent(store, lease)) ? found : null;
  if (!(await adopt(store, id, lease))) return null;
  await store.operations.updateOne(
    { _id: id, ...heldBy(lease), status: "waiting" },
    { $set: { status: "active", startedAt: store.clock.now() } },
  );
  return readOperation(store, id);
};
