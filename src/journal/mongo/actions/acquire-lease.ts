/**
 * Takes the lease on a user's wallets if it is free, expired, or already this owner's. The server's clock
 * decides. We throw if a newer release has migrated the database while this one was running.
 */
import { z } from "zod";
import type { Lease } from "../../../engine/ports.ts";
import { parseRecord } from "../../parse-record.ts";
import { revokeBelow } from "../adopt.ts";
import { requireOwnCopy } from "../copy.ts";
import { insertOnce } from "../insert-once.ts";
import { readSchema, requireKnown, SUPPORTED } from "../schema-version.ts";
import type { Store } from "../store.ts";
import { releaseLease } from "./release-lease.ts";

const granted = z.object({ token: z.number().int() });

/** The very first owner inserts the document. A concurrent second owner finds it on its second try. */
const TRIES = 2;

const take = async (store: Store, userId: string, owner: string, ttlMs: number): Promise<number | null> => {
  const { leases, clock } = store;
  const now = await clock.ask();
  const expiresAt = new Date(now.getTime() + ttlMs);
  for (let left = TRIES; left > 0; left -= 1) {
    const taken = await leases.findOneAndUpdate(
      { _id: userId, $or: [{ owner: null }, { owner }, { expiresAt: { $lte: now } }] },
      { $set: { owner, expiresAt }, $inc: { token: 1 } },
      { returnDocument: "after" },
    );
    if (taken !== null) return parseRecord("leases", () => granted.parse(taken).token);
    if (await insertOnce(store, leases, { _id: userId, owner, token: 1, expiresAt })) return 1;
  }
  return null;
};

/** Resolves only when no earlier holder can write any more. @throws `CTO_E_JOURNAL_INCOMPATIBLE`, `CTO_E_JOURNAL_COPIED` */
export const acquireLease = async (
  store: Store,
  userId: string,
  owner: string,
  ttlMs: number,
): Promise<Lease | null> => {
  // A refused process must not take the lease: it would keep the newer workers waiting until the lease expires.
  requireKnown((await readSchema(store)).version);
  await requireOwnCopy(store);
  const token = await take(store, userId, owner, ttlMs);
  if (token === null) return null;
  const lease = { userId, owner, token: BigInt(token) };
  // We read the version once more after we have taken the lease. A migration writes its version before it revokes
  // leases. At least one of the two therefore sees the other.
  const [{ version }] = await Promise.all([readSchema(store), revokeBelow(store, userId, token)]);
  if (version > SUPPORTED) await releaseLease(store, lease);
  requireKnown(version);
  return lease;
};
