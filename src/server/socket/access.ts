/** Who is at the other end of a Socket.IO connection, at its beginning and from then on. */
import type { DefaultEventsMap, Socket } from "socket.io";
import { authenticate, type Caller } from "../auth/authenticate.ts";
import { SESSION_COOKIE } from "../auth/session.ts";
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
  from: string,
): Promise<void> {
  const { key } = handshake.auth;
  const session = app.parseCookie(handshake.headers.cookie ?? "")[SESSION_COOKIE];
  data.session = session;
  const credentials = { key: typeof key === "string" ? key : undefined, session };
  data.caller = await authenticate(context, { ...credentials, from });
}

/** What the client's right to listen rests on. */
export const credentialsOf = ({ caller, session }: SocketData) => ({
  keyId: caller.key.id,
  ...(caller.via === "session" ? { session: session ?? "" } : {}),
});
