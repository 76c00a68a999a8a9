/** Releases a lease, which makes it stale. Another owner's lease stays unchanged. */
import type { Lease } from "../../../engine/ports.ts";
import { revokeBelow, tokenOf } from "../adopt.ts";
import type { Store } from "../store.ts";

export const releaseLease = async (store: Store, lease: Lease): Promise<void> => {
  const token = tokenOf(lease);
  const own = { _id: lease.userId, owner: lease.owner, token };
  const { matchedCount } = await store.leases.updateOne(own, { $set: { owner: null } });
  if (matchedCount === 1) await revokeBelow(store, lease.userId, token + 1);
};
