/** Prolongs a lease, even an expired one if no other worker has taken it over. */
import type { Lease } from "../../../engine/ports.ts";
import { tokenOf } from "../adopt.ts";
import type { Store } from "../store.ts";

/** Returns false if the lease was taken over or released. */
export const renewLease = async ({ leases, clock }: Store, lease: Lease, ttlMs: number): Promise<boolean> => {
  const now = await clock.ask();
  const { matchedCount } = await leases.updateOne(
    { _id: lease.userId, owner: lease.owner, token: tokenOf(lease) },
    { $set: { expiresAt: new Date(now.getTime() + ttlMs) } },
  );
  return matchedCount === 1;
};
