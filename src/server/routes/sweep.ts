/**
 * Defines the routes that return all SOL of a user's buyer wallets to the funding wallet, and that preview the sweep.
 */
import { lamports } from "@solana/kit";
import { previewSweep, startSweep } from "../../services/sweep-wallets.ts";
import { actingAs } from "../auth/access.ts";
import { toSweepPreview } from "../present-overview.ts";
import { operationIdSchema } from "../schemas/operations.ts";
import { sweepPreviewSchema, sweepRequestSchema } from "../schemas/overview.ts";
import { userIdSchema } from "../schemas/wallets.ts";
import type { Routes } from "../server-context.ts";

export const sweepRoutes: Routes = (app, { context, chainPorts }) => {
  app.get(
    "/users/:id/sweep",
    {
      config: { readsChain: true, access: { scope: "read", owner: "user" } },
      schema: {
        tags: ["wallets"],
        summary: "What a sweep of the user's buyer wallets would return now; nothing is signed or stored",
        params: userIdSchema,
        response: { 200: sweepPreviewSchema },
      },
    },
    async ({ params: { id } }) => toSweepPreview(await previewSweep(context, await chainPorts(), id)),
  );
  app.post(
    "/users/:id/sweep",
    {
      config: { readsChain: true, access: { scope: "operate", owner: "user" } },
      schema: {
        tags: ["wallets"],
        summary: "Return it: each wallet's SOL straight to the funding wallet, as one operation",
        params: userIdSchema,
        body: sweepRequestSchema,
        response: { 201: operationIdSchema },
      },
    },
    async (request, reply) => {
      const total = lamports(BigInt(request.body.totalLamports));
      const as = actingAs(context, request);
      const id = await startSweep(as, await chainPorts(), request.params.id, total);
      return reply.code(201).header("location", `/v1/operations/${id}`).send({ id });
    },
  );
};
