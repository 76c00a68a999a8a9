/** Defines the route of the overview of the last day. */
import { readOverview } from "../../services/overview.ts";
import { callerOf } from "../auth/access.ts";
import { toNamed, toOverview } from "../present-overview.ts";
import { overviewSchema } from "../schemas/overview.ts";
import type { Routes, ServerContext } from "../server-context.ts";

/** Returns no endpoints if the chain cannot be opened, for example because the localnet does not run yet. */
async function endpointsOf({ chainPorts }: ServerContext) {
  try {
    const { endpoints } = (await chainPorts()).chain.stats();
    return endpoints.map(({ host, calls, failures, rateLimited }) => ({
      host,
      calls: Object.values(calls).reduce((all, count) => all + count, 0),
      failures,
      rateLimited,
    }));
  } catch {
    return [];
  }
}

export const overviewRoutes: Routes = (app, server) => {
  app.get(
    "/overview",
    {
      config: { access: { scope: "read", owner: "none" } },
      schema: {
        tags: ["overview"],
        summary: "The last day: spending against limits, what landed and how fast, what needs a person",
        description: "A key that is bound to a user sees that user's alone.",
        response: { 200: overviewSchema },
      },
    },
    async (request) => {
      const only = callerOf(request).key.userId;
      const overview = await readOverview(server.context, new Date(), only);
      return {
        ...toOverview(overview),
        review: overview.review.map(toNamed),
        incidents: overview.incidents.map(toNamed),
        endpoints: only === undefined ? await endpointsOf(server) : null,
      };
    },
  );
};
