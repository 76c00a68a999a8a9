/** Defines the route of the feed of what was bought in the open. Scanners read it without a key. */
import { z } from "zod";
import { readDisclosures } from "../disclosures.ts";
import { requireFound } from "../problem.ts";
import { disclosureFeedSchema } from "../schemas/disclosures.ts";
import { operationIdSchema } from "../schemas/operations.ts";
import type { Routes } from "../server-context.ts";

/** How long proxies and scanners may keep a page, s. */
const KEEP_S = 10;

export const disclosureRoutes: Routes = (app, { context }) => {
  app.get(
    "/disclosures",
    {
      // A page reads fifty operations with their legs: one visitor may not have the journal read many at once.
      config: { access: "public", readsChain: true },
      schema: {
        tags: ["receipts"],
        summary: "A JSON Feed of calls and operations that bought, with their wallets and funders",
        querystring: z.object({ before: operationIdSchema.shape.id.optional() }),
        response: { 200: disclosureFeedSchema },
      },
    },
    async ({ query: { before } }, reply) => {
      if (before !== undefined)
        requireFound(await context.journal.readOperation(before), "before", "operation");
      const feed = await readDisclosures(context, before);
      return reply.header("cache-control", `public, max-age=${KEEP_S}`).send(feed);
    },
  );
};
