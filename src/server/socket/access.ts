/** Who is at the other end of a Socket.IO connection, at its beginning and from then on. */
import type { DefaultEventsMap, Socket } from "socket.io";
import { CTOError } from "../../errors/index.ts";
import { reviveApiKey } from "../../jobs/api-keys.ts";
import { authenticate, type Caller } from "../auth/authenticate.ts";
import { readSession, SESSION_COOKIE } from "../auth/session.ts";
import type { ServerApp, ServerContext } from "../server-context.ts";
import type { ServerMessages } from "./deliveries.ts";

export type SocketData = { caller: Caller; session: string | undefined };
export type CTOSocket = Socket<DefaultEventsMap, ServerMessages, DefaultEventsMap, SocketData>;

/**
 * A key in the handshake's `auth`, or the dashboard's cookie, which browsers send with their own pages only.
 * @throws `CTO_E_UNAUTHENTICATED`, `CTO_E_JOURNAL_UNAVAILABLE`
 */
export async function recognise(
  app: ServerApp,
  { context }: ServerContext,
  { handshake, data }: CTOSocket,
): Promise<void> {
  const { key } = handshake.auth;
  const session = app.parseCookie(handshake.headers.cookie ?? "")[SESSION_COOKIE];
  data.session = session;
  data.caller = await authenticate(context, { key: typeof key === "string" ? key : undefined, session });
}

/** @throws `CTO_E_UNAUTHENTICATED` once the key is revoked or the session has ended */
export async function recheck({ context }: ServerContext, { data }: CTOSocket): Promise<void> {
  if (data.caller.via === "session" && (await readSession(context, data.session ?? "")) === null) {
    throw new CTOError("CTO_E_UNAUTHENTICATED", { reason: "the session has ended" });
  }
  await reviveApiKey(context, data.caller.key.id);
}
