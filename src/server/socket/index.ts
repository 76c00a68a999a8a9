/**
 * Live progress over Socket.IO, on the server's own port. Every event is in the journal before it is sent, and what is
 * sent is read from there: so any server process can go on where another one stopped, and none needs to hear of the
 * others (docs/adr/0012-progress-from-the-journal.md).
 */
import { type DefaultEventsMap, Server } from "socket.io";
import { isCTOError } from "../../errors/index.ts";
import { every } from "../../jobs/every.ts";
import { toProblem } from "../problem.ts";
import type { ServerApp, ServerContext } from "../server-context.ts";
import { type CTOSocket, recheck, recognise, type SocketData } from "./access.ts";
import { serve } from "./connection.ts";
import type { ServerMessages } from "./deliveries.ts";
import type { OutboxBounds } from "./outbox.ts";
import { openRooms } from "./rooms.ts";

/** Bytes of one message from a client. */
const MAX_MESSAGE_BYTES = 64 * 1024;
/** So often the keys of connected clients are looked at: one that was revoked ends its connections. ms */
const RECHECK_MS = 15_000;

/** Disconnects whoever's key was revoked or session ended since; an outage of the journal disconnects nobody. */
async function disconnectRevoked(server: ServerContext, sockets: Iterable<CTOSocket>): Promise<void> {
  for (const socket of sockets) {
    try {
      await recheck(server, socket);
    } catch (error) {
      if (isCTOError(error, "CTO_E_UNAUTHENTICATED")) socket.disconnect(true);
    }
  }
}

declare module "fastify" {
  interface FastifyInstance {
    /** How many Socket.IO clients are connected. */
    socketClients(): number;
  }
}

/** Puts Socket.IO on the app's port, until the app closes. */
export function attachSocket(app: ServerApp, server: ServerContext, outbox: OutboxBounds = {}): void {
  const { config } = server.context;
  const io = new Server<DefaultEventsMap, ServerMessages, DefaultEventsMap, SocketData>(app.server, {
    serveClient: false,
    maxHttpBufferSize: MAX_MESSAGE_BYTES,
    ...(config.CTO_CORS_ORIGINS === undefined ? {} : { cors: { origin: config.CTO_CORS_ORIGINS } }),
  });
  app.decorate("socketClients", () => io.engine.clientsCount);
  const rooms = openRooms(server.context, server.log);
  io.use((socket, next) => {
    recognise(app, server, socket).then(
      () => next(),
      (error: unknown) => next(Object.assign(new Error("refused"), { data: toProblem(error) })),
    );
  });
  io.on("connection", (socket) => serve(server, rooms, socket, outbox));
  const rechecks = every(RECHECK_MS, server.log, "socket keys", () =>
    disconnectRevoked(server, io.sockets.sockets.values()),
  );
  app.addHook("preClose", async () => {
    await rechecks.stop();
    io.disconnectSockets(true);
    io.engine.close();
    await rooms.close();
  });
}
