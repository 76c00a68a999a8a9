/**
 * Fences the writes of workers. A worker writes to an operation only while the operation's own document
 * contains its lease's token as `holder`. The check and the write are therefore one update of one document. A
 * worker becomes the holder by adoption, in three steps:
 *
 * 1. claim: the operation stores the token with a nonce, if it stores no greater token;
 * 2. check: we read from the lease's document that this lease is current;
 * 3. confirm: `holder` becomes the token, if the claim still exists.
 *
 * A takeover of a lease first changes the lease's document, then revokes: it removes the holder and the claim
 * from every unsettled operation of the user. The check sees a takeover that came before it. A takeover after
 * the check revokes what the claim wrote, before or after the confirmation. docs/adr/0007 has the full argument.
 */
import { randomUUID } from "node:crypto";
import type { Lease } from "../../engine/ports.ts";
import { parseFence } from "./documents/operation.ts";
import type { Store } from "./store.ts";

/** Lease tokens count takeovers. A double represents them exactly, even far beyond realistic numbers. */
export const tokenOf = ({ token }: Lease): number => Number(token);

/**
 * Returns the condition on an operation's document under which this lease may write to it. The token alone is not enough:
 * after a snapshot is put back under running workers, the leases count the same tokens again, for other owners.
 */
export const heldBy = (lease: Lease): { userId: string; holder: number; "claim.owner": string } => ({
  userId: lease.userId,
  holder: tokenOf(lease),
  "claim.owner": lease.owner,
});

/** Returns whether the lease was neither taken over nor released. */
export const isCurrent = async ({ leases, decisive }: Store, lease: Lease): Promise<boolean> => {
  const current = { _id: lease.userId, owner: lease.owner, token: tokenOf(lease) };
  return (await leases.findOne(current, decisive)) !== null;
};

/** Another call with the same lease may adopt at the same moment and replace the claim. */
const TRIES = 5;

/**
 * Makes the lease the operation's holder. Returns false if the lease is stale, belongs to another user, or
 * the operation is settled.
 */
export const adopt = async (store: Store, id: string, lease: Lease): Promise<boolean> => {
  const { operations, decisive } = store;
  const token = tokenOf(lease);
  for (let left = TRIES; left > 0; left -= 1) {
    const nonce = randomUUID();
    const claimed = await operations.updateOne(
      { _id: id, userId: lease.userId, settled: false, "claim.token": { $lte: token } },
      { $set: { claim: { token, nonce, owner: lease.owner } } },
    );
    if (claimed.matchedCount === 0 || !(await isCurrent(store, lease))) return false;
    const confirmed = await operations.updateOne(
      { _id: id, "claim.nonce": nonce },
      { $set: { holder: token } },
    );
    if (confirmed.matchedCount === 1) return true;
    const held = await operations.findOne(
      { _id: id, ...heldBy(lease) },
      { ...decisive, projection: { _id: 1 } },
    );
    if (held !== null) return true;
  }
  return false;
};

/**
 * Removes all holders and claims with a lower token from the user's unsettled operations. It skips an
 * operation without a holder and without a claim, because a user may have a thousand waiting operations. A
 * worker that claims such an operation now checks the lease after the claim.
 */
export const revokeBelow = async ({ operations }: Store, userId: string, token: number): Promise<void> => {
  await operations.updateMany(
    {
      userId,
      settled: false,
      "claim.token": { $lt: token },
      $or: [{ holder: { $ne: 0 } }, { "claim.nonce": { $ne: null } }],
    },
    { $set: { holder: 0, claim: { token, nonce: null } } },
  );
};

/**
 * Runs a write that is conditional on {@link heldBy}. If the write finds nothing because this lease has not
 * adopted the operation, we adopt it and run the write again. Returns null if the write is refused.
 */
export const fenced = async <T>(
  store: Store,
  id: string,
  lease: Lease,
  write: () => Promise<T | null>,
): Promise<T | null> => {
  const answer = await write();
  if (answer !== null) return answer;
  const projection = { userId: 1, settled: 1, cancelRequested: 1, holder: 1 };
  const found = await store.operations.findOne({ _id: id }, { ...store.decisive, projection });
  if (found === null || parseFence(found).holder === tokenOf(lease)) return null;
  return (await adopt(store, id, lease)) ? write() : null;
};

/** Revokes all leases. A worker that holds one writes nothing more. */
export const revokeLeases = async (store: Store): Promise<void> => {
  for await (const { _id, token } of store.leases.find({ owner: { $ne: null } })) {
    await store.leases.updateOne({ _id, token }, { $set: { owner: null }, $inc: { token: 1 } });
    await revokeBelow(store, _id, token + 1);
  }
};
