/**
 * The keys of the HTTP API: made, listed, revoked and recognised. A key is `cto_<id>_<secret>`; the secret is shown once
 * and kept as its hash.
 */
import { createHash, randomBytes, timingSafeEqual } from "node:crypto";
import { getBase58Decoder } from "@solana/kit";
import { type ApiKeyRequest, newApiKeySchema } from "../contract/types.ts";
import { API_SCOPES, type ApiKey, type ApiScope, type NewApiKey } from "../engine/ports.ts";
import { CTOError } from "../errors/index.ts";
import { actorOf, audit, audited } from "../runtime/audit-log.ts";
import type { CTOContext } from "../runtime/context.ts";
import { isAddressOrNetwork, isListed } from "./address-list.ts";

type Audited = Pick<CTOContext, "config" | "journal">;
type Journaled = Pick<CTOContext, "journal">;

const ID_LENGTH = 12;
const SECRET_BYTES = 32;
const DAY_MS = 86_400_000;

const BASE58 = "[1-9A-HJ-NP-Za-km-z]";
const KEY = new RegExp(`^cto_(?<id>${BASE58}{${ID_LENGTH}})_(?<secret>${BASE58}{32,44})$`);

/** How often a key's last use is written, ms. */
const TOUCH_MS = 60_000;

const base58 = (bytes: number): string => getBase58Decoder().decode(randomBytes(bytes));
const hashOf = (secret: string): string => createHash("sha256").update(secret).digest("hex");

/** Neither revoked nor at its end. */
export const isActive = ({ revokedAt, expiresAt }: ApiKey): boolean =>
  revokedAt === undefined && (expiresAt === undefined || expiresAt.getTime() > Date.now());

const isAdmin = (key: ApiKey): boolean => key.scopes.includes("admin") && isActive(key);

/** `admin` includes all, each of the others includes `read`. */
export const covers = ({ scopes }: Pick<ApiKey, "scopes">, scope: ApiScope): boolean =>
  scope === "read" || scopes.includes(scope) || scopes.includes("admin");

/**
 * Makes a key. The answer is the only time that it is seen whole.
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
    const reason = parsed.error.issues.map(({ path, message }) => `${path.join(".")}: ${message}`).join("; ");
    throw new CTOError("CTO_E_API_KEY_INVALID", { reason });
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
 * Makes a key that takes another one's place: the same name, scopes, user and addresses, and as long a life. The old one goes on
 * for the overlap, so that callers can change over one by one.
 *
 * @throws `CTO_E_API_KEY_UNKNOWN`, also of one that has ended
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
  await audit(context, "api-key.rolled", keyId, details);
  const replaced = await journal.expireApiKey(keyId, at);
  if (replaced === null) throw new CTOError("CTO_E_API_KEY_UNKNOWN", { keyId });
  return { ...made, replaced };
}

/** Nobody must lock everybody out by ending the key in hand. On the command line there is always a way back in. */
async function requireNotLastAdmin({ journal }: Journaled, keyId: string): Promise<void> {
  const others = (await journal.listApiKeys()).filter((key) => key.id !== keyId && isAdmin(key));
  if (others.length === 0) throw new CTOError("CTO_E_API_KEY_LAST_ADMIN", { keyId });
}

/**
 * Ends a key for good, at once, in every process.
 *
 * @param by the key that asks for it, where one does: the last one with the scope admin cannot end itself
 * @throws `CTO_E_API_KEY_UNKNOWN`, `CTO_E_API_KEY_LAST_ADMIN`
 */
export async function revokeApiKey(context: Audited, keyId: string, by?: string): Promise<ApiKey> {
  const { journal } = context;
  if ((await journal.readApiKey(keyId)) === null) throw new CTOError("CTO_E_API_KEY_UNKNOWN", { keyId });
  if (by === keyId) await requireNotLastAdmin(context, keyId);
  await audit(context, "api-key.revoked", keyId);
  const revoked = await journal.revokeApiKey(keyId);
  if (revoked === null) throw new CTOError("CTO_E_API_KEY_UNKNOWN", { keyId });
  return revoked;
}

const touched = new Map<string, number>();

/** Its last use is not worth a failure, nor a wait. Bounded by the number of keys. */
const noteUse = ({ journal }: Journaled, id: string): void => {
  const now = Date.now();
  if (now - (touched.get(id) ?? 0) < TOUCH_MS) return;
  touched.set(id, now);
  journal.touchApiKey(id).catch(() => touched.delete(id));
};

/** @param from the caller's address; undefined where this machine's own command asks */
const mayComeFrom = ({ addresses }: ApiKey, from: string | undefined): boolean =>
  addresses === undefined || from === undefined || isListed(addresses, from);

const refuse = (): never => {
  throw new CTOError("CTO_E_UNAUTHENTICATED", { reason: "the API key is not valid" });
};

/**
 * The key that a text is, if it is one that may be used. Asks the journal each time, so that a revoked key ends at once.
 *
 * @throws `CTO_E_UNAUTHENTICATED`, the same whatever is wrong with it
 */
export async function recogniseApiKey(context: Journaled, text: string, from?: string): Promise<ApiKey> {
  const { id = "", secret = "" } = KEY.exec(text)?.groups ?? {};
  const found = id === "" ? null : await context.journal.readApiKey(id);
  // Compared even where there is nothing to compare with, so that time tells nothing of which ids there are.
  const wanted = Buffer.from(found?.secretHash ?? hashOf(""), "hex");
  const isSecret = timingSafeEqual(Buffer.from(hashOf(secret), "hex"), wanted);
  if (found === null || !isSecret || !isActive(found.key) || !mayComeFrom(found.key, from)) return refuse();
  noteUse(context, id);
  return found.key;
}

/** The key of an id that was recognised before, unless it has been revoked since. @throws `CTO_E_UNAUTHENTICATED` */
export async function reviveApiKey(context: Journaled, id: string, from?: string): Promise<ApiKey> {
  const found = await context.journal.readApiKey(id);
  if (found === null || !isActive(found.key) || !mayComeFrom(found.key, from)) return refuse();
  noteUse(context, id);
  return found.key;
}
