/** An operation's numbered events, as JSON or as a stream. */
import type { FastifyReply, FastifyRequest } from "fastify";
import { z } from "zod";
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

/** Browsers' EventSource reconnects whenever a stream ends; 204 is the answer that makes it stop. */
async function isOver({ context: { journal } }: ServerContext, id: string, after: number): Promise<boolean> {
  const operation = await journal.readOperation(id);
  const isOpen = operation?.status === "waiting" || operation?.status === "active";
  return !isOpen && (await journal.readEvents(id, after, 1)).length === 0;
}

async function stream(server: ServerContext, id: string, after: number, reply: FastifyReply) {
  if (await isOver(server, id, after)) return reply.code(204).send();
  return reply
    .type("text/event-stream; charset=utf-8")
    .header("cache-control", "no-store")
    .header("x-accel-buffering", "no")
    .send(openEventStream(server.context, id, after));
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
          id,
          request.headers["last-event-id"] ?? after,
          reply as unknown as FastifyReply,
        );
      }
      return { events: (await journal.readEvents(id, after, limit)).map((event) => toEvent(id, event)) };
    },
  );
};
