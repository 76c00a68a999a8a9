/**
 * The fence. A worker writes to an operation only while the operation's own document names its lease's token as
 * `holder`, so that the check and the write are one update of one document. The name comes by adoption, in three steps:
 *
 * 1. claim: the operation notes the token, if none greater has been noted, with a nonce;
 * 2. look: the lease's document says that this lease is current;
 * 3. confirm: `holder` becomes the token, if the claim still stands.
 *
 * Whoever takes a lease over first changes the lease's document, then revokes: every unsettled operation of the user
 * loses its holder and its claim. A takeover before the look is seen by it; one after it revokes what the claim wrote,
 * before or after the confirmation. docs/adr/0007 has the argument in full.
 */
import { randomUUID } from "node:crypto";
import type { Lease } from "../../engine/ports.ts";
import { parseFence } from "./documents/operation.ts";
import type { Store } from "./store.ts";

/** Lease tokens count takeovers; a double is exact far beyond them. */
export const tokenOf = ({ token }: Lease): number => Number(token);

/** What must be true of an operation's document for this lease to write to it. */
export const heldBy = (lease: Lease): { userId: string; holder: number } => ({
  userId: lease.userId,
  holder: tokenOf(lease),
});

/** Whether the lease has neither been taken over nor released. */
export const isCurrent = async ({ leases, decisive }: Store, lease: Lease): Promise<boolean> => {
  const current = { _id: lease.userId, owner: lease.owner, token: tokenOf(lease) };
  return (await leases.findOne(current, decisive)) !== null;
};

/** Another call with the same lease may adopt at the same moment, and undo the claim. */
const TRIES = 5;

/**
 * Makes the lease the operation's holder. False when the lease is stale or not of the operation's user, or the
 * operation is settled.
 */
export const adopt = async (store: Store, id: string, lease: Lease): Promise<boolean> => {
  const { operations, decisive } = store;
  const token = tokenOf(lease);
  for (let left = TRIES; left > 0; left -= 1) {
    const nonce = randomUUID();
    const claimed = await operations.updateOne(
      { _id: id, userId: lease.userId, settled: false, "claim.token": { $lte: token } },
      { $set: { claim: { token, nonce } } },
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
 * Takes every unsettled operation of the user from the holders of tokens below this one. An operation that nobody holds or
 * claims is left alone, for a user may have a thousand that wait: whoever claims one now looks at the lease after that.
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
 * Runs a write that is conditional on {@link heldBy}; where it finds nothing to write to because the operation has not
 * been adopted by this lease, adopts it and runs the write again. Null when the write is refused.
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
