/** Defines the route of the queue's state. */
import { queueSchema } from "../schemas/queue.ts";
import type { Routes } from "../server-context.ts";

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
