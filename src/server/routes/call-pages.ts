/** Defines the public address of a call, `/c/<callId>`, for anyone who has the link. */
import { readCall } from "../../services/calls/view.ts";
import { presentCall } from "../present-call.ts";
import { callIdSchema, callSchema } from "../schemas/calls.ts";
import type { Routes } from "../server-context.ts";

export const callPageRoutes: Routes = (app, { context }) => {
  app.get(
    "/c/:id.json",
    {
      config: { access: "public" },
      schema: {
        tags: ["calls"],
        summary: "A call at its public address; names wallets and amounts, and no person",
        params: callIdSchema,
        response: { 200: callSchema },
      },
    },
    async ({ params: { id } }, reply) =>
      reply.header("cache-control", "no-cache").send(presentCall(await readCall(context, id))),
  );
};
