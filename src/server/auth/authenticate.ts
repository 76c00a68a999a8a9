/** Authenticates a caller by an API key or by a session's cookie, for both HTTP and Socket.IO. */
import type { ApiKey } from "../../engine/ports.ts";
import { CTOError } from "../../errors/index.ts";
import type { CTOContext } from "../../runtime/context.ts";
import { recogniseApiKey, reviveApiKey } from "../../services/api-keys.ts";
import { readSession } from "./session.ts";

export type Credentials = {
  /** A whole key, `cto_<id>_<secret>`. It takes precedence over a session. */
  readonly key?: string | undefined;
  /** The value of the cookie `cto_session`. */
  readonly session?: string | undefined;
  /** The client's IP address, because a key may be restricted to addresses. */
  readonly from?: string | undefined;
};

export type Caller = {
  readonly key: ApiKey;
  /** A request with a cookie must prove that it comes from the dashboard: see `csrf.ts`. */
  readonly via: "key" | "session";
};

/**
 * Identifies the caller.
 *
 * @throws `CTO_E_UNAUTHENTICATED`, `CTO_E_JOURNAL_UNAVAILABLE`
 * @example
 * const { key } = await authenticate(context, { key: socket.handshake.auth.key });
 */
export async function authenticate(
  context: Pick<CTOContext, "journal">,
  { key, session, from }: Credentials,
): Promise<Caller> {
  if (key !== undefined) return { key: await recogniseApiKey(context, key, from), via: "key" };
  if (session === undefined) throw new CTOError("CTO_E_UNAUTHENTICATED", { reason: "no API key was sent" });
  const keyId = await readSession(context, session);
  if (keyId === null) throw new CTOError("CTO_E_UNAUTHENTICATED", { reason: "the session has ended" });
  return { key: await reviveApiKey(context, keyId, from), via: "session" };
}

/**
 * Checks whether an open connection may continue. It was opened with a key, or with a session of that key.
 *
 * @throws `CTO_E_UNAUTHENTICATED` if the key is revoked or expired, or the session has ended
 */
export async function requireValid(
  context: Pick<CTOContext, "journal">,
  { keyId, session }: { readonly keyId: string; readonly session?: Credentials["session"] },
): Promise<void> {
  if (session !== undefined && (await readSession(context, session)) === null) {
    throw new CTOError("CTO_E_UNAUTHENTICATED", { reason: "the session has ended" });
  }
  await reviveApiKey(context, keyId);
}

/**
 * Returns the key of an `Authorization` header.
 *
 * @throws `CTO_E_UNAUTHENTICATED` if the header is not `Bearer <key>`
 */
export function bearerOf(header: string | undefined): string | undefined {
  if (header === undefined) return undefined;
  const key = /^Bearer +(\S+)$/i.exec(header)?.[1];
  if (key === undefined) {
    throw new CTOError("CTO_E_UNAUTHENTICATED", { reason: "Authorization is not `Bearer <key>`" });
  }
  return key;
}
