/** How the queue stands. */
import { z } from "zod";
import type { Routes } from "../server-context.ts";

const queueSchema = z.object({
  backend: z.enum(["redis", "postgres"]),
  counts: z.record(z.string(), z.number().int()).meta({ description: "Jobs by BullMQ's states" }),
  workers: z.number().int().nullable().meta({ description: "Null where the server does not tell" }),
});

export const queueRoutes: Routes = (app, { context: { queue, backend } }) => {
  app.get(
    "/queue",
    {
      config: { access: { scope: "read", owner: "none" } },
      schema: { tags: ["queue"], response: { 200: queueSchema } },
    },
    async () => {
      const [counts, workers] = await Promise.all([queue.counts(), queue.workers()]);
      return { backend: backend.kind, counts, workers };
    },
  );
};
