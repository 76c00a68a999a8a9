/** Defines the route of an operation's numbered events, as JSON or as a stream. */

import type { FastifyReply, FastifyRequest } from "fastify";
import { z } from "zod";
import { isUnderWay } from "../../engine/ports.ts";
import { callerOf } from "../auth/access.ts";
import { SESSION_COOKIE } from "../auth/session.ts";
import { requireReached } from "../event-position.ts";
import { openEventStream } from "../event-stream.ts";
import { toEvent } from "../present.ts";
import { noContentSchema } from "../schemas/common.ts";
import {
  eventSchema,
  eventsHeadersSchema,
  eventsQuerySchema,
  operationIdSchema,
} from "../schemas/operations.ts";
import type { Routes, ServerContext } from "../server-context.ts";

const wantsStream = ({ headers }: FastifyRequest): boolean =>
  headers.accept?.includes("text/event-stream") === true;

/** A browser's EventSource reconnects whenever a stream ends. Status 204 makes it stop. */
async function hasNothingMore(
  { context: { journal } }: ServerContext,
  id: string,
  after: number,
): Promise<boolean> {
  const operation = await journal.readOperation(id);
  return (
    !(operation !== null && isUnderWay(operation)) && (await journal.readEvents(id, after, 1)).length === 0
  );
}

async function stream(
  server: ServerContext,
  request: FastifyRequest,
  id: string,
  after: number,
  reply: FastifyReply,
) {
  await requireReached(server.context, id, after);
  if (await hasNothingMore(server, id, after)) return reply.code(204).send();
  const { key, via } = callerOf(request);
  const session = via === "session" ? { session: request.cookies[SESSION_COOKIE] } : {};
  const events = openEventStream(server.context, id, after);
  try {
    events.once(
      "close",
      server.connections.admit({ keyId: key.id, ...session, close: () => events.destroy() }),
    );
  } catch (error) {
    events.destroy();
    throw error;
  }
  return reply
    .type("text/event-stream; charset=utf-8")
    .header("cache-control", "no-store")
    .header("x-accel-buffering", "no")
    .send(events);
}

export const eventRoutes: Routes = (app, server) => {
  const { journal } = server.context;
  app.get(
    "/operations/:id/events",
    {
      config: { access: { scope: "read", owner: "operation" } },
      schema: {
        tags: ["operations"],
        summary: "What has happened, in order",
        description:
          "With `Accept: text/event-stream` as server-sent events: ids are the events' numbers, `Last-Event-ID` resumes, and the stream ends with the operation (then 204).",
        params: operationIdSchema,
        querystring: eventsQuerySchema,
        headers: eventsHeadersSchema,
        response: { 200: z.object({ events: z.array(eventSchema) }), 204: noContentSchema },
      },
    },
    async (request, reply) => {
      const { id } = request.params;
      const { after, limit } = request.query;
      if (wantsStream(request)) {
        return stream(
          server,
          request,
          id,
          request.headers["last-event-id"] ?? after,
          reply as unknown as FastifyReply,
        );
      }
      await requireReached(server.context, id, after);
      return { events: (await journal.readEvents(id, after, limit)).map((event) => toEvent(id, event)) };
    },
  );
};
