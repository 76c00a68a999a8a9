/** Stores leases in memory. Time comes from the caller's clock. */
import type { Journal, Lease } from "../../engine/ports.ts";
import type { LeaseRecord, State } from "./state.ts";

/**
 * Returns the lease's record if the lease is current. Expiry alone does not end a lease; a takeover or a release does.
 */
export const currentLease = (state: State, lease: Lease): LeaseRecord | null => {
  const held = state.leases.get(lease.userId);
  return held !== undefined && held.owner === lease.owner && held.token === lease.token ? held : null;
};

/** Returns whether this lease may write to an operation of this user. */
export const isFenced = (state: State, lease: Lease, userId: string): boolean =>
  lease.userId === userId && currentLease(state, lease) !== null;

export const memoryLeases = (
  state: State,
): Pick<Journal, "acquireLease" | "renewLeases" | "releaseLease" | "readTime"> => ({
  acquireLease: async (userId, owner, ttlMs) => {
    const now = state.now().getTime();
    const held = state.leases.get(userId);
    const taken = held !== undefined && held.owner !== null && held.owner !== owner && held.expiresAt > now;
    if (taken) return null;
    const token = (held?.token ?? 0n) + 1n;
    state.leases.set(userId, { owner, token, expiresAt: now + ttlMs });
    return { userId, owner, token };
  },
  renewLeases: async (leases, ttlMs) =>
    leases.map((lease) => {
      const held = currentLease(state, lease);
      if (held !== null) held.expiresAt = state.now().getTime() + ttlMs;
      return held !== null;
    }),
  releaseLease: async (lease) => {
    const held = currentLease(state, lease);
    if (held !== null) held.owner = null;
  },
  readTime: async () => state.now(),
});
