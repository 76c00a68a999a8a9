/**
 * Migrates the database's indexes to this release's version. It may run again, or twice in parallel, without
 * further changes.
 */
import type { Collection, CreateIndexesOptions, Db } from "mongodb";
import { CTOError } from "../../errors/index.ts";
import { revokeLeases } from "./adopt.ts";
import { insertOnce } from "./insert-once.ts";
import { readSchema, requireKnown, SUPPORTED } from "./schema-version.ts";
import type { Store } from "./store.ts";

/** Creates indexes one by one: FerretDB 1.24 fails on a list if some of its indexes already exist. */
const create = async <Doc extends object>(
  collection: Collection<Doc>,
  indexes: readonly (CreateIndexesOptions & { readonly key: Readonly<Record<string, 1>> })[],
): Promise<void> => {
  for (const { key, ...options } of indexes) await collection.createIndex(key, options);
};

const createIndexes = async ({
  users,
  wallets,
  operations,
  events,
  decisions,
  cache,
  deliveries,
}: Store): Promise<void> => {
  await create(users, [{ key: { number: 1 }, name: "in_order" }]);
  await create(wallets, [
    { key: { address: 1 }, name: "address_once", unique: true },
    { key: { slot: 1 }, name: "one_funding", unique: true },
    { key: { userId: 1, position: 1 }, name: "in_order", unique: true },
  ]);
  await create(operations, [
    { key: { acceptedAs: 1 }, name: "accepted_once", unique: true },
    { key: { number: 1 }, name: "by_number" },
    { key: { userId: 1, number: 1 }, name: "by_user" },
    { key: { status: 1, number: 1 }, name: "by_status" },
    { key: { userId: 1, status: 1, "request.priority": 1, number: 1 }, name: "next" },
    { key: { userId: 1, settled: 1 }, name: "to_revoke" },
    { key: { settled: 1, number: 1 }, name: "to_settle" },
    { key: { "recovery.state": 1, number: 1 }, name: "to_recover" },
    { key: { "request.tokenAddress": 1, number: 1 }, name: "by_token" },
    { key: { "request.tags": 1 }, name: "by_tag" },
    { key: { "request.reference": 1 }, name: "by_reference" },
    { key: { "legs.walletId": 1 }, name: "by_wallet" },
    { key: { "legs.address": 1 }, name: "by_address" },
    { key: { createdAt: 1 }, name: "by_creation" },
  ]);
  await create(cache, [{ key: { expiresAt: 1 }, name: "by_expiry" }]);
  await create(events, [{ key: { operationId: 1, seq: 1 }, name: "numbered_once", unique: true }]);
  await create(decisions, [{ key: { operationId: 1, number: 1 }, name: "in_order" }]);
  await create(events, [{ key: { untoldOf: 1, operationId: 1, seq: 1 }, name: "untold" }]);
  await create(deliveries, [
    { key: { status: 1, dueAt: 1 }, name: "due" },
    { key: { lane: 1, position: 1 }, name: "in_lane" },
    { key: { webhookId: 1, number: 1 }, name: "of_webhook" },
  ]);
};

/**
 * Refuses a database that is not ours. A bot's database may also have `users` and `wallets`, and our indexes
 * would refuse its writes.
 * @throws `CTO_E_JOURNAL_FOREIGN_DATABASE`
 */
const requireOurs = async (db: Db): Promise<void> => {
  for (const collection of ["users", "wallets"]) {
    // In these collections, every document of ours contains the id of the call that wrote it.
    if ((await db.collection(collection).findOne({ write: { $exists: false } })) === null) continue;
    throw new CTOError("CTO_E_JOURNAL_FOREIGN_DATABASE", { database: db.databaseName, collection });
  }
};

/**
 * Applies the migration. We write the version after all indexes, so that a worker that reads the version also
 * finds the indexes. We revoke leases after that, because older workers that check the version then get no
 * new lease. The last write stores that the leases are revoked.
 * @throws `CTO_E_JOURNAL_INCOMPATIBLE` if a newer release has migrated this database
 * @throws `CTO_E_JOURNAL_FOREIGN_DATABASE`
 */
export const migrate = async (db: Db, store: Store): Promise<void> => {
  const { schema } = store;
  const { version, revoked } = await readSchema(store);
  requireKnown(version);
  if (version === SUPPORTED && revoked === SUPPORTED) return;
  await requireOurs(db);
  await createIndexes(store);
  for (const _id of ["users", "operations", "apiKeys", "webhooks", "deliveries"])
    await insertOnce(store, store.counters, { _id, value: 0 });
  await insertOnce(store, schema, { _id: "cto", version: SUPPORTED });
  await schema.updateOne({ _id: "cto", version: { $lt: SUPPORTED } }, { $set: { version: SUPPORTED } });
  // A worker that holds a lease expects the old schema (ADR 35).
  await revokeLeases(store);
  await schema.updateOne({ _id: "cto", version: SUPPORTED }, { $set: { revoked: SUPPORTED } });
};
