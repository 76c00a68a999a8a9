/** Lists what is due, for one user and for all users, and postpones operations. */
import type { Filter } from "mongodb";
import type { Due, Lease, Operation, Postponement } from "../../../engine/ports.ts";
import { BEGUN_AT_MOST } from "../../statuses.ts";
import { fenced, heldBy } from "../adopt.ts";
import { type OperationDocument, parseOperation, SUMMARY } from "../documents/operation.ts";
import type { Store } from "../store.ts";

const begun = (reviewedBefore: Date): Filter<OperationDocument>[] => [
  { status: "active" },
  { status: "needs_review", finishedAt: { $lte: reviewedBefore } },
  { "recovery.state": "requested" },
  { "recovery.state": "needs_review", "recovery.at": { $lte: reviewedBefore } },
];

export const listNext = async (
  { operations }: Store,
  userId: string,
  { now, reviewedBefore }: Due,
): Promise<Operation[]> => {
  const options = { projection: SUMMARY };
  const started = await operations
    .find({ userId, settled: false, $or: begun(reviewedBefore) }, options)
    .sort({ notBefore: 1, number: 1 })
    .limit(BEGUN_AT_MOST)
    .toArray();
  const waiting = await operations
    .find({ userId, status: "waiting", $or: [{ notBefore: null }, { notBefore: { $lte: now } }] }, options)
    .sort({ "request.priority": 1, number: 1 })
    .limit(1)
    .toArray();
  const timed = await operations
    .find({ userId, status: "waiting", notBefore: { $gt: now } }, options)
    .sort({ notBefore: 1, number: 1 })
    .limit(1)
    .toArray();
  return [...started, ...waiting, ...timed].sort((a, b) => a.number - b.number).map(parseOperation);
};

const byBytes = (a: string, b: string): number => Buffer.compare(Buffer.from(a), Buffer.from(b));

export const listDueUsers = async (
  { operations }: Store,
  { now, reviewedBefore }: Due,
  after: string,
  limit: number,
): Promise<string[]> => {
  const users = await operations.distinct("userId", {
    settled: false,
    $and: [
      { $or: [{ status: "waiting" }, ...begun(reviewedBefore)] },
      { $or: [{ notBefore: null }, { notBefore: { $lte: now } }] },
    ],
  });
  return users
    .filter((userId) => byBytes(userId, after) > 0)
    .sort(byBytes)
    .slice(0, limit);
};

/** Returns false if the lease is stale. */
export const postponeOperation = async (
  store: Store,
  id: string,
  lease: Lease,
  { tries, notBefore }: Postponement,
): Promise<boolean> => {
  const write = async (): Promise<true | null> => {
    const held = { _id: id, ...heldBy(lease) };
    const { matchedCount } = await store.operations.updateOne(held, { $set: { tries, notBefore } });
    return matchedCount === 1 ? true : null;
  };
  return (await fenced(store, id, lease, write)) ?? false;
};
