/** Adds, reads, revokes and expires the keys of the HTTP API. */
import type { ApiKey, NewApiKey } from "../../../engine/ports.ts";
import { CTOError } from "../../../errors/index.ts";
import { parseApiKey, parseSecretHash } from "../documents/api-key.ts";
import { insertOnce } from "../insert-once.ts";
import { nextNumber } from "../next-number.ts";
import type { Store } from "../store.ts";

const WITHOUT_HASH = { secretHash: 0 } as const;

/** @throws `CTO_E_USER_UNKNOWN` */
export const addApiKey = async (
  store: Store,
  { id, userId, expiresAt, addresses, ...key }: NewApiKey,
): Promise<ApiKey> => {
  if (userId !== undefined && (await store.users.findOne({ _id: userId }, store.decisive)) === null) {
    throw new CTOError("CTO_E_USER_UNKNOWN", { userId });
  }
  const document = {
    ...key,
    _id: id,
    scopes: [...key.scopes],
    userId: userId ?? null,
    createdAt: store.clock.now(),
    lastUsedAt: null,
    revokedAt: null,
    expiresAt: expiresAt ?? null,
    addresses: addresses === undefined ? null : [...addresses],
    number: await nextNumber(store, "apiKeys"),
  };
  if (await insertOnce(store, store.apiKeys, document)) return parseApiKey(document);
  throw new CTOError("CTO_E_INTERNAL", { reason: `the API key id ${id} is taken` });
};

export const readApiKey = async (
  { apiKeys, decisive }: Store,
  id: string,
): Promise<{ key: ApiKey; secretHash: string } | null> => {
  // Linearizable if the server supports it: a lagging member must not return a revoked key as valid.
  const found = await apiKeys.findOne({ _id: id }, decisive);
  return found === null ? null : { key: parseApiKey(found), secretHash: parseSecretHash(found) };
};

export const listApiKeys = async ({ apiKeys }: Store): Promise<ApiKey[]> =>
  (await apiKeys.find({}, { projection: WITHOUT_HASH }).sort({ number: 1 }).toArray()).map(parseApiKey);

export const revokeApiKey = async (
  { apiKeys, clock, decisive }: Store,
  id: string,
): Promise<ApiKey | null> => {
  await apiKeys.updateOne({ _id: id, revokedAt: null }, { $set: { revokedAt: clock.now() } });
  const found = await apiKeys.findOne({ _id: id }, { ...decisive, projection: WITHOUT_HASH });
  return found === null ? null : parseApiKey(found);
};

export const expireApiKey = async (
  { apiKeys, decisive }: Store,
  id: string,
  at: Date,
): Promise<ApiKey | null> => {
  const ends = { $or: [{ expiresAt: null }, { expiresAt: { $gt: at } }] };
  await apiKeys.updateOne({ _id: id, ...ends }, { $set: { expiresAt: at } });
  const found = await apiKeys.findOne({ _id: id }, { ...decisive, projection: WITHOUT_HASH });
  return found === null ? null : parseApiKey(found);
};

export const touchApiKey = async ({ apiKeys, clock }: Store, id: string): Promise<void> => {
  await apiKeys.updateOne({ _id: id }, { $set: { lastUsedAt: clock.now() } });
};
