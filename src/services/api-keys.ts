/**
 * The keys of the HTTP API: made, listed, revoked and recognised. A key is `cto_<id>_<secret>`; the secret is shown once
 * and kept as its hash.
 */
import { createHash, randomBytes, timingSafeEqual } from "node:crypto";
import { getBase58Decoder } from "@solana/kit";
import { type ApiKeyRequest, newApiKeySchema } from "../contract/types.ts";
import { API_SCOPES, type ApiKey, type ApiScope } from "../engine/ports.ts";
import { CTOError } from "../errors/index.ts";
import { actorOf, audit, audited } from "../runtime/audit-log.ts";
import type { CTOContext } from "../runtime/context.ts";

type Audited = Pick<CTOContext, "config" | "journal">;
type Journaled = Pick<CTOContext, "journal">;

const ID_LENGTH = 12;
const SECRET_BYTES = 32;

const BASE58 = "[1-9A-HJ-NP-Za-km-z]";
const KEY = new RegExp(`^cto_(?<id>${BASE58}{${ID_LENGTH}})_(?<secret>${BASE58}{32,44})$`);

/** How often a key's last use is written, ms. */
const TOUCH_MS = 60_000;

const base58 = (bytes: number): string => getBase58Decoder().decode(randomBytes(bytes));
const hashOf = (secret: string): string => createHash("sha256").update(secret).digest("hex");

export const isActive = ({ revokedAt }: ApiKey): boolean => revokedAt === undefined;

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
  const { config, journal } = context;
  if (userId !== undefined && (await journal.readUser(userId)) === null) {
    throw new CTOError("CTO_E_USER_UNKNOWN", { userId });
  }
  const id = base58(16).slice(-ID_LENGTH);
  const secret = base58(SECRET_BYTES);
  const details = { name, scopes: scopes.join(","), ...(userId ? { userId } : {}) };
  const key = await audited(context, { action: "api-key.created", subject: id, details }, () =>
    journal.addApiKey({
      id,
      name,
      scopes,
      createdBy: actorOf(config),
      secretHash: hashOf(secret),
      ...(userId !== undefined ? { userId } : {}),
    }),
  );
  return { key, secret: `cto_${id}_${secret}` };
}

/** Ends a key for good, at once, in every process. @throws `CTO_E_API_KEY_UNKNOWN` */
export async function revokeApiKey(context: Audited, keyId: string): Promise<ApiKey> {
  const { journal } = context;
  if ((await journal.readApiKey(keyId)) === null) throw new CTOError("CTO_E_API_KEY_UNKNOWN", { keyId });
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

const refuse = (): never => {
  throw new CTOError("CTO_E_UNAUTHENTICATED", { reason: "the API key is not valid" });
};

/**
 * The key that a text is, if it is one that may be used. Asks the journal each time, so that a revoked key ends at once.
 *
 * @throws `CTO_E_UNAUTHENTICATED`, the same whatever is wrong with it
 */
export async function recogniseApiKey(context: Journaled, text: string): Promise<ApiKey> {
  const { id = "", secret = "" } = KEY.exec(text)?.groups ?? {};
  const found = id === "" ? null : await context.journal.readApiKey(id);
  // Compared even where there is nothing to compare with, so that time tells nothing of which ids there are.
  const wanted = Buffer.from(found?.secretHash ?? hashOf(""), "hex");
  const isSecret = timingSafeEqual(Buffer.from(hashOf(secret), "hex"), wanted);
  if (found === null || !isSecret || !isActive(found.key)) return refuse();
  noteUse(context, id);
  return found.key;
}

/** The key of an id that was recognised before, unless it has been revoked since. @throws `CTO_E_UNAUTHENTICATED` */
export async function reviveApiKey(context: Journaled, id: string): Promise<ApiKey> {
  const found = await context.journal.readApiKey(id);
  if (found === null || !isActive(found.key)) return refuse();
  noteUse(context, id);
  return found.key;
}
