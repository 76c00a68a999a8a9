/**
 * Sends live progress over Socket.IO, on the server's own port. Every event is in the journal before we send it, and we
 * read it from there. Any server process can therefore continue where another one stopped, and server processes need no
 * communication with each other (docs/adr/0012-progress-from-the-journal.md).
 */
import type { IncomingMessage } from "node:http";
import { type DefaultEventsMap, Server } from "socket.io";
import { toProblem } from "../problem.ts";
import type { ServerApp, ServerContext } from "../server-context.ts";
import { type CTOSocket, credentialsOf, recognise, type SocketData } from "./access.ts";
import { createCallFeeds } from "./call-feeds.ts";
import { type CallNamespace, serveCalls } from "./calls.ts";
import { serve } from "./connection.ts";
import type { ServerMessages } from "./deliveries.ts";
import { addressReader, mayConnect } from "./handshake.ts";
import type { OutboxBounds } from "./outbox.ts";
import { openRooms } from "./rooms.ts";
import { openVisitors } from "./visitors.ts";

/** The limit of one message from a client, bytes. */
const MAX_MESSAGE_BYTES = 64 * 1024;

/**
 * Authenticates a client and counts its connection.
 *
 * @throws `CTO_E_UNAUTHENTICATED`, `CTO_E_TOO_MANY_CONNECTIONS`, `CTO_E_JOURNAL_UNAVAILABLE`
 */
async function admit(
  app: ServerApp,
  server: ServerContext,
  socket: CTOSocket,
  addressOf: (request: IncomingMessage) => string,
): Promise<void> {
  await recognise(app, server, socket, addressOf(socket.request));
  const release = server.connections.admit({
    ...credentialsOf(socket.data),
    close: () => socket.disconnect(true),
  });
  // The transport emits `close` even if the client leaves before the connection is complete.
  socket.conn.once("close", release);
}

declare module "fastify" {
  interface FastifyInstance {
    /** The number of connected Socket.IO clients. */
    socketClients(): number;
  }
}

/** Attaches Socket.IO to the app's port, until the app closes. */
export function attachSocket(app: ServerApp, server: ServerContext, outbox: OutboxBounds = {}): void {
  const { config } = server.context;
  const io = new Server<DefaultEventsMap, ServerMessages, DefaultEventsMap, SocketData>(app.server, {
    serveClient: false,
    maxHttpBufferSize: MAX_MESSAGE_BYTES,
    allowRequest: (request, answer) => answer(null, mayConnect(request, config)),
    ...(config.CTO_CORS_ORIGINS === undefined ? {} : { cors: { origin: config.CTO_CORS_ORIGINS } }),
  });
  app.decorate("socketClients", () => io.engine.clientsCount);
  const addressOf = addressReader(config);
  const calls: CallNamespace = io.of("/calls");
  serveCalls(calls, {
    server,
    feeds: createCallFeeds(server),
    visitors: openVisitors(),
    addressOf: ({ request }) => addressOf(request),
    bounds: outbox,
  });
  const rooms = openRooms(server.context, server.log);
  io.use((socket, next) => {
    admit(app, server, socket, addressOf).then(
      () => next(),
      (error: unknown) => next(Object.assign(new Error("refused"), { data: toProblem(error) })),
    );
  });
  io.on("connection", (socket) => serve(server, rooms, socket, outbox));
  app.addHook("preClose", async () => {
    io.disconnectSockets(true);
    calls.disconnectSockets(true);
    io.engine.close();
    await rooms.close();
  });
}
