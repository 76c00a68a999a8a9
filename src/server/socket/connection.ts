/** Serves the requests of one Socket.IO client: to subscribe to operations, and to join rooms. */
import type { z } from "zod";
import { CTOError } from "../../errors/index.ts";
import { ownsAll } from "../auth/access.ts";
import { requireValid } from "../auth/authenticate.ts";
import { requireReached } from "../event-position.ts";
import { joinSchema, leaveSchema, subscribeSchema, unsubscribeSchema } from "../schemas/socket.ts";
import type { ServerContext } from "../server-context.ts";
import { type CTOSocket, credentialsOf } from "./access.ts";
import { type Deliveries, type Emit, openDeliveries, type ServerMessages } from "./deliveries.ts";
import { answer, parsed } from "./messages.ts";
import { type OutboxBounds, openOutbox } from "./outbox.ts";
import type { Rooms } from "./rooms.ts";

/** The most operations to which one client may subscribe by id. */
const MAX_SUBSCRIPTIONS = 100;
/** The most rooms that one client may join. */
const MAX_ROOMS = 20;
/** So many operations that a joining client remembers count as one message, because we read each of them. */
const REMEMBERED_PER_MESSAGE = 20;

/**
 * @throws `CTO_E_OPERATION_UNKNOWN`, also for another user's operation; `CTO_E_REQUEST_INVALID` above the limit;
 * `CTO_E_EVENTS_AHEAD`
 */
async function subscribe(
  { context }: ServerContext,
  { data }: CTOSocket,
  deliveries: Deliveries,
  { operationId, after }: z.infer<typeof subscribeSchema>,
): Promise<{ status: string; begin: () => void }> {
  const operation = await context.journal.readOperation(operationId);
  if (operation === null || !ownsAll(data.caller.key, operation.request.userId)) {
    throw new CTOError("CTO_E_OPERATION_UNKNOWN", { jobId: operationId });
  }
  await requireReached(context, operationId, after);
  if (deliveries.size >= MAX_SUBSCRIPTIONS && !deliveries.isFollowed(operationId)) {
    throw new CTOError("CTO_E_REQUEST_INVALID", { problems: [`more than ${MAX_SUBSCRIPTIONS} operations`] });
  }
  return { status: operation.status, begin: () => deliveries.follow(operationId, after) };
}

/**
 * Checks the client's positions. It ignores operations that the client may not read.
 *
 * @throws `CTO_E_EVENTS_AHEAD`
 */
async function requireAllReached(
  { context }: ServerContext,
  { data }: CTOSocket,
  seen: Readonly<Record<string, number>>,
): Promise<void> {
  for (const [operationId, after] of Object.entries(seen)) {
    const operation = await context.journal.readOperation(operationId);
    if (operation !== null && ownsAll(data.caller.key, operation.request.userId))
      await requireReached(context, operationId, after);
  }
}

/** Manages the rooms that one client has joined. */
function openMembership(rooms: Rooms, { data }: CTOSocket, deliveries: Deliveries) {
  const joined = new Map<string, () => void>();
  const leave = (socketUserId: string): void => {
    joined.get(socketUserId)?.();
    joined.delete(socketUserId);
  };
  return {
    join({ socketUserId, after }: z.infer<typeof joinSchema>): void {
      leave(socketUserId);
      if (joined.size >= MAX_ROOMS) {
        throw new CTOError("CTO_E_REQUEST_INVALID", { problems: [`more than ${MAX_ROOMS} rooms`] });
      }
      const member = {
        socketUserId,
        userId: data.caller.key.userId ?? null,
        deliveries,
        seen: new Map(Object.entries(after)),
      };
      joined.set(socketUserId, rooms.join(member));
    },
    leave,
    close() {
      for (const socketUserId of [...joined.keys()]) leave(socketUserId);
    },
  };
}

/**
 * Serves one client until it disconnects.
 *
 * @param bounds limits of the client's unsent messages
 */
export function serve(server: ServerContext, rooms: Rooms, socket: CTOSocket, bounds: OutboxBounds): void {
  const admitMessage = async (): Promise<void> => {
    server.connections.countMessage(socket.data.caller.key.id);
    await requireValid(server.context, credentialsOf(socket.data));
  };
  const emit: Emit = (name, message) => {
    server.log.debug(
      { socket: socket.id, name, operation: message.jobId, seq: message.seq },
      "progress sent",
    );
    socket.emit(name, ...([message] as Parameters<ServerMessages[typeof name]>));
  };
  const outbox = openOutbox(socket, bounds, () => deliveries.resume());
  const deliveries = openDeliveries(server.context, emit, outbox.isReady);
  const membership = openMembership(rooms, socket, deliveries);
  socket.on("subscribe", (message: unknown, acknowledge: unknown) => {
    let begin = (): void => undefined;
    void answer(acknowledge, async () => {
      await admitMessage();
      const accepted = await subscribe(server, socket, deliveries, parsed(subscribeSchema, message));
      begin = accepted.begin;
      return { ok: true, status: accepted.status };
    }).then(() => socket.connected && begin()); // The answer must come before the events.
  });
  socket.on("unsubscribe", (message: unknown, acknowledge: unknown) =>
    answer(acknowledge, async () => {
      server.connections.countMessage(socket.data.caller.key.id);
      deliveries.unfollow(parsed(unsubscribeSchema, message).operationId);
      return { ok: true };
    }),
  );
  socket.on("join", (message: unknown, acknowledge: unknown) =>
    answer(acknowledge, async () => {
      await admitMessage();
      const request = parsed(joinSchema, message);
      const remembered = Math.ceil(Object.keys(request.after).length / REMEMBERED_PER_MESSAGE);
      server.connections.countMessage(socket.data.caller.key.id, remembered);
      await requireAllReached(server, socket, request.after);
      if (socket.connected) membership.join(request);
      return { ok: true };
    }),
  );
  socket.on("leave", (message: unknown, acknowledge: unknown) =>
    answer(acknowledge, async () => {
      server.connections.countMessage(socket.data.caller.key.id);
      membership.leave(parsed(leaveSchema, message).socketUserId);
      return { ok: true };
    }),
  );
  socket.on("disconnect", () => {
    membership.close();
    deliveries.close();
    outbox.close();
  });
}
