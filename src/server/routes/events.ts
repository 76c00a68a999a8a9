/** An operation's numbered events. */
import { z } from "zod";
import { toEvent } from "../present.ts";
import { eventSchema, eventsQuerySchema, operationIdSchema } from "../schemas/operations.ts";
import type { Routes } from "../server-context.ts";

export const eventRoutes: Routes = (app, { context: { journal } }) => {
  app.get(
    "/operations/:id/events",
    {
      config: { access: { scope: "read", owner: "operation" } },
      schema: {
        tags: ["operations"],
        summary: "What has happened, in order",
        params: operationIdSchema,
        querystring: eventsQuerySchema,
        response: { 200: z.object({ events: z.array(eventSchema) }) },
      },
    },
    async ({ params: { id }, query: { after, limit } }) => ({
      events: (await journal.readEvents(id, after, limit)).map((event) => toEvent(id, event)),
    }),
  );
};
