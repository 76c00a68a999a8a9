/** Prolongs leases, even expired ones if no other worker has taken them over. */
import { z } from "zod";
import type { Lease } from "../../../engine/ports.ts";
import { parseRecord } from "../../parse-record.ts";
import { tokenOf } from "../adopt.ts";
import type { Store } from "../store.ts";

const held = z.object({ _id: z.string(), owner: z.string(), token: z.number().int() });

const keyOf = ({ _id, owner, token }: z.infer<typeof held>): string => JSON.stringify([_id, owner, token]);

const idOf = (lease: Lease): z.infer<typeof held> => ({
  _id: lease.userId,
  owner: lease.owner,
  token: tokenOf(lease),
});

/** Returns false for each lease that was taken over or released. */
export const renewLeases = async (
  { leases: stored, clock, decisive }: Store,
  leases: readonly Lease[],
  ttlMs: number,
): Promise<boolean[]> => {
  if (leases.length === 0) return [];
  const now = await clock.ask();
  const current = { $or: leases.map(idOf) };
  const { matchedCount } = await stored.updateMany(current, {
    $set: { expiresAt: new Date(now.getTime() + ttlMs) },
  });
  if (matchedCount === leases.length) return leases.map(() => true);
  // A token only grows, so a lease that is current now was current at the update.
  const found = await stored.find(current, decisive).toArray();
  const kept = new Set(found.map((document) => keyOf(parseRecord("leases", () => held.parse(document)))));
  return leases.map((lease) => kept.has(keyOf(idOf(lease))));
};
