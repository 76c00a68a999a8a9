/** Recognises who is calling, by an API key or by a session's cookie. HTTP and Socket.IO both come through here. */
import type { ApiKey } from "../../engine/ports.ts";
import { CTOError } from "../../errors/index.ts";
import type { CTOContext } from "../../runtime/context.ts";
import { recogniseApiKey, reviveApiKey } from "../../services/api-keys.ts";
import { readSession } from "./session.ts";

export type Credentials = {
  /** A whole key, `cto_<id>_<secret>`. It goes before a session. */
  readonly key?: string | undefined;
  /** The value of the cookie `cto_session`. */
  readonly session?: string | undefined;
  /** Where the request comes from: a key may be bound to addresses. */
  readonly from?: string | undefined;
};

export type Caller = {
  readonly key: ApiKey;
  /** Requests by cookie must prove that they come from the dashboard: see `csrf.ts`. */
  readonly via: "key" | "session";
};

/**
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
 * Whether a connection that was opened with a key, or with a session of it, may go on.
 * @throws `CTO_E_UNAUTHENTICATED` once the key is revoked or the session has ended
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

/** The key of an `Authorization` header. @throws `CTO_E_UNAUTHENTICATED` when it is of another kind */
export function bearerOf(header: string | undefined): string | undefined {
  if (header === undefined) return undefined;
  const key = /^Bearer +(\S+)$/i.exec(header)?.[1];
  if (key === undefined) {
    throw new CTOError("CTO_E_UNAUTHENTICATED", { reason: "Authorization is not `Bearer <key>`" });
  }
  return key;
}
