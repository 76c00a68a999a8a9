/**
 * Creates, lists, revokes and recognises the keys of the HTTP API. A key has the form `cto_<id>_<secret>`. We show
 * the secret once and store only its hash.
 */
import { createHash, randomBytes, timingSafeEqual } from "node:crypto";
import { getBase58Decoder } from "@solana/kit";
import { isAddressOrNetwork, isListed } from "../base/address-list.ts";
import { problemsOf } from "../contract/parse.ts";
import { type ApiKeyRequest, newApiKeySchema } from "../contract/types.ts";
import { API_SCOPES, type ApiKey, type ApiScope, type NewApiKey } from "../engine/ports.ts";
import { CTOError } from "../errors/index.ts";
import { actorOf, audit, audited } from "../runtime/audit-log.ts";
import type { CTOContext } from "../runtime/context.ts";
import { isActive } from "./active-key.ts";
import { allowRevocation, noteReplacement } from "./last-admin.ts";

type Audited = Pick<CTOContext, "config" | "journal">;
type Journaled = Pick<CTOContext, "journal">;

const ID_LENGTH = 12;
const SECRET_BYTES = 32;
const DAY_MS = 86_400_000;

const BASE58 = "[1-9A-HJ-NP-Za-km-z]";
const KEY = new RegExp(`^cto_(?<id>${BASE58}{${ID_LENGTH}})_(?<secret>${BASE58}{32,44})$`);

/** The shortest time between two writes of a key's last use, ms. */
const TOUCH_MS = 60_000;

const base58 = (bytes: number): string => getBase58Decoder().decode(randomBytes(bytes));
const hashOf = (secret: string): string => createHash("sha256").update(secret).digest("hex");

/** `admin` includes every scope. Each other scope includes `read`. */
export const covers = ({ scopes }: Pick<ApiKey, "scopes">, scope: ApiScope): boolean =>
  scope === "read" || scopes.includes(scope) || scopes.includes("admin");

/**
 * Creates a key. Only this function's result contains the whole key; nothing can show it again.
 *
 * @throws `CTO_E_API_KEY_INVALID`, `CTO_E_USER_UNKNOWN`
 * @example
 * const { key, secret } = await createApiKey(context, { name: "shop", scopes: ["operate"], userId: "alice" });
 */
export async function createApiKey(
  context: Audited,
  request: ApiKeyRequest,
): Promise<{ key: ApiKey; secret: string }> {
  const parsed = newApiKeySchema.safeParse(request);
  if (!parsed.success) {
    throw new CTOError("CTO_E_API_KEY_INVALID", { reason: problemsOf(parsed.error, "").join("; ") });
  }
  const { name, userId } = parsed.data;
  const scopes = API_SCOPES.filter((scope) => parsed.data.scopes.includes(scope));
  if (userId !== undefined && scopes.includes("admin")) {
    throw new CTOError("CTO_E_API_KEY_INVALID", { reason: "one with the scope admin is bound to no user" });
  }
  const { journal } = context;
  if (userId !== undefined && (await journal.readUser(userId)) === null) {
    throw new CTOError("CTO_E_USER_UNKNOWN", { userId });
  }
  const { expiresInDays, addresses } = parsed.data;
  const wrong = addresses?.find((entry) => !isAddressOrNetwork(entry));
  if (wrong !== undefined) {
    throw new CTOError("CTO_E_API_KEY_INVALID", { reason: `"${wrong}" is no address and no network` });
  }
  const expiresAt = expiresInDays && new Date(Date.now() + expiresInDays * DAY_MS);
  return addKey(context, {
    name,
    scopes,
    ...(userId === undefined ? {} : { userId }),
    ...(expiresAt ? { expiresAt } : {}),
    ...(addresses === undefined ? {} : { addresses }),
  });
}

type KeyTerms = Pick<NewApiKey, "name" | "scopes" | "userId" | "expiresAt" | "addresses">;

async function addKey(context: Audited, terms: KeyTerms): Promise<{ key: ApiKey; secret: string }> {
  const { config, journal } = context;
  const { name, scopes, userId, expiresAt, addresses } = terms;
  const id = base58(16).slice(-ID_LENGTH);
  const secret = base58(SECRET_BYTES);
  const details = {
    name,
    scopes: scopes.join(","),
    ...(userId ? { userId } : {}),
    ...(expiresAt ? { expiresAt: expiresAt.toISOString() } : {}),
    ...(addresses ? { addresses: addresses.join(",") } : {}),
  };
  const key = await audited(context, { action: "api-key.created", subject: id, details }, () =>
    journal.addApiKey({
      ...terms,
      id,
      createdBy: actorOf(config),
      secretHash: hashOf(secret),
    }),
  );
  return { key, secret: `cto_${id}_${secret}` };
}

/**
 * Creates a key that replaces another one. It has the same name, scopes, user, addresses and lifetime. The old key
 * stays valid for `overlapMs`, so that callers can change over one by one.
 *
 * @throws `CTO_E_API_KEY_UNKNOWN`, also if the old key is revoked or expired, or the new one before the old one ends
 */
export async function rollApiKey(
  context: Audited,
  keyId: string,
  overlapMs: number,
): Promise<{ key: ApiKey; secret: string; replaced: ApiKey }> {
  const { journal } = context;
  const old = (await journal.readApiKey(keyId))?.key;
  if (old === undefined || !isActive(old)) throw new CTOError("CTO_E_API_KEY_UNKNOWN", { keyId });
  const { name, scopes, userId, addresses, expiresAt, createdAt } = old;
  const lifeMs = expiresAt && expiresAt.getTime() - createdAt.getTime();
  const made = await addKey(context, {
    name,
    scopes,
    ...(userId === undefined ? {} : { userId }),
    ...(addresses === undefined ? {} : { addresses }),
    ...(lifeMs ? { expiresAt: new Date(Date.now() + lifeMs) } : {}),
  });
  const at = new Date(Date.now() + overlapMs);
  const details = { replacedBy: made.key.id, endsAt: at.toISOString() };
  await noteReplacement(journal, keyId, made.key);
  await audit(context, "api-key.rolled", keyId, details);
  const replaced = await journal.expireApiKey(keyId, at);
  if (replaced === null) throw new CTOError("CTO_E_API_KEY_UNKNOWN", { keyId });
  return { ...made, replaced };
}

/**
 * Revokes a key for good. The revocation takes effect at once in every process.
 *
 * @param by the id of the key that makes the request, if any: the last key with the scope `admin` cannot be revoked
 * by a key, neither by itself nor by the key that it has replaced, nor by another one that is being revoked
 * @throws `CTO_E_API_KEY_UNKNOWN`, `CTO_E_API_KEY_LAST_ADMIN`
 */
export async function revokeApiKey(context: Audited, keyId: string, by?: string): Promise<ApiKey> {
  const { journal } = context;
  const found = await journal.readApiKey(keyId);
  if (found === null) throw new CTOError("CTO_E_API_KEY_UNKNOWN", { keyId });
  if (by !== undefined && found.key.scopes.includes("admin")) await allowRevocation(journal, keyId);
  await audit(context, "api-key.revoked", keyId);
  const revoked = await journal.revokeApiKey(keyId);
  if (revoked === null) throw new CTOError("CTO_E_API_KEY_UNKNOWN", { keyId });
  return revoked;
}

const touched = new Map<string, number>();

/**
 * Records the last use in the background: a failed write must not fail or delay the request. The map is bounded by
 * the number of keys.
 */
const noteUse = ({ journal }: Journaled, id: string): void => {
  const now = Date.now();
  if (now - (touched.get(id) ?? 0) < TOUCH_MS) return;
  touched.set(id, now);
  journal.touchApiKey(id).catch(() => touched.delete(id));
};

/** @param from the caller's address; undefined for a command on this machine */
const mayComeFrom = ({ addresses }: ApiKey, from: string | undefined): boolean =>
  addresses === undefined || from === undefined || isListed(addresses, from);

const refuse = (): never => {
  throw new CTOError("CTO_E_UNAUTHENTICATED", { reason: "the API key is not valid" });
};

/**
 * Returns the key that a text contains, if the key may be used. We read the journal each time, so that a revoked key
 * stops working at once.
 *
 * @throws `CTO_E_UNAUTHENTICATED`, with the same reason for every fault
 */
export async function recogniseApiKey(context: Journaled, text: string, from?: string): Promise<ApiKey> {
  const { id = "", secret = "" } = KEY.exec(text)?.groups ?? {};
  const found = id === "" ? null : await context.journal.readApiKey(id);
  // We compare even without a stored hash, so that the response time does not reveal which ids exist.
  const wanted = Buffer.from(found?.secretHash ?? hashOf(""), "hex");
  const isSecret = timingSafeEqual(Buffer.from(hashOf(secret), "hex"), wanted);
  if (found === null || !isSecret || !isActive(found.key) || !mayComeFrom(found.key, from)) return refuse();
  noteUse(context, id);
  return found.key;
}

/**
 * Returns the key of an id that was recognised before, unless it was revoked or has expired since.
 *
 * @throws `CTO_E_UNAUTHENTICATED`
 */
export async function reviveApiKey(context: Journaled, id: string, from?: string): Promise<ApiKey> {
  const found = await context.journal.readApiKey(id);
  if (found === null || !isActive(found.key) || !mayComeFrom(found.key, from)) return refuse();
  noteUse(context, id);
  return found.key;
}
