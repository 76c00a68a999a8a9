/** Authenticates a Socket.IO client, when it connects and later. */
import type { DefaultEventsMap, Socket } from "socket.io";
import { authenticate, type Caller } from "../auth/authenticate.ts";
import { SESSION_COOKIE } from "../auth/session.ts";
import type { ServerApp, ServerContext } from "../server-context.ts";
import type { ServerMessages } from "./deliveries.ts";

export type SocketData = { caller: Caller; session: string | undefined };
export type CTOSocket = Socket<DefaultEventsMap, ServerMessages, DefaultEventsMap, SocketData>;

/**
 * Accepts a key in the handshake's `auth`, or the dashboard's cookie, which browsers send only from the dashboard's own
 * site.
 *
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

/** The key, and the session if there is one, on which the client's access depends. */
export const credentialsOf = ({ caller, session }: SocketData) => ({
  keyId: caller.key.id,
  ...(caller.via === "session" ? { session: session ?? "" } : {}),
});
