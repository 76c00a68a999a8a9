/**
 * Serves open calls over Socket.IO to anyone, in the namespace `/calls`: a call is public, so no key is needed. A client
 * names the calls that it watches, and receives each of them as it is now and after each change.
 */
import type { DefaultEventsMap, Namespace, Socket } from "socket.io";
import type { z } from "zod";
import { CTOError } from "../../errors/index.ts";
import { callersOf, requireCall } from "../../services/calls/context.ts";
import { toProblem } from "../problem.ts";
import { watchCallSchema } from "../schemas/socket.ts";
import type { ServerContext } from "../server-context.ts";
import type { CallFeeds, PresentedCall, Watcher, Watching } from "./call-feeds.ts";
import { answer, parsed } from "./messages.ts";
import { type OutboxBounds, openOutbox } from "./outbox.ts";
import type { Visitors } from "./visitors.ts";

/** The most calls that one client may watch. */
const MAX_WATCHED = 5;

type CallMessages = { "cto:call": (call: PresentedCall) => void };
type CallSocket = Socket<DefaultEventsMap, CallMessages>;
export type CallNamespace = Namespace<DefaultEventsMap, CallMessages>;

export type CallRoom = {
  readonly server: ServerContext;
  readonly feeds: CallFeeds;
  readonly visitors: Visitors;
  readonly addressOf: (socket: Pick<Socket, "request">) => string;
  readonly bounds: OutboxBounds;
};

export function serveCalls(calls: CallNamespace, room: CallRoom): void {
  calls.use((socket, next) => {
    try {
      callersOf(room.server.context);
      const release = room.visitors.admit(room.addressOf(socket));
      // The transport emits `close` even if the client leaves before the connection is complete.
      socket.conn.once("close", release);
      next();
    } catch (error) {
      next(Object.assign(new Error("refused"), { data: toProblem(error) }));
    }
  });
  calls.on("connection", (socket) => serveVisitor(socket, room));
}

function serveVisitor(socket: CallSocket, { server, feeds, visitors, addressOf, bounds }: CallRoom): void {
  const address = addressOf(socket);
  const watched = new Map<string, Watching>();
  const outbox = openOutbox(socket, bounds, () => {
    for (const { resume } of watched.values()) resume();
  });
  const watcher = (): Watcher => ({
    isReady: outbox.isReady,
    send: (call) => void socket.emit("cto:call", call),
  });
  const unwatch = (callId: string): void => {
    watched.get(callId)?.stop();
    watched.delete(callId);
  };
  const watch = async ({ callId }: z.infer<typeof watchCallSchema>): Promise<void> => {
    if (watched.size >= MAX_WATCHED && !watched.has(callId))
      throw new CTOError("CTO_E_REQUEST_INVALID", { problems: [`more than ${MAX_WATCHED} calls`] });
    await requireCall(server.context, callId);
  };
  socket.on("watch", (message: unknown, acknowledge: unknown) => {
    let begin = (): void => undefined;
    void answer(acknowledge, async () => {
      visitors.countMessage(address);
      const request = parsed(watchCallSchema, message);
      await watch(request);
      begin = () => {
        unwatch(request.callId);
        if (watched.size < MAX_WATCHED) watched.set(request.callId, feeds.watch(request.callId, watcher()));
      };
      return { ok: true };
    }).then(() => socket.connected && begin()); // The answer must come before the call.
  });
  socket.on("unwatch", (message: unknown, acknowledge: unknown) =>
    answer(acknowledge, async () => {
      visitors.countMessage(address);
      unwatch(parsed(watchCallSchema, message).callId);
      return { ok: true };
    }),
  );
  socket.on("disconnect", () => {
    for (const callId of [...watched.keys()]) unwatch(callId);
    outbox.close();
  });
}
