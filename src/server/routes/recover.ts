/** Defines the routes that return an operation's unspent funds from its buyer wallets, and that preview the return. */
import { previewRecovery } from "../../services/preview-recovery.ts";
import { recover } from "../../services/recovery.ts";
import { actingAs } from "../auth/access.ts";
import { toRecovery, toRecoveryPreview } from "../present.ts";
import { operationIdSchema } from "../schemas/operations.ts";
import {
  previewQuerySchema,
  recoverRequestSchema,
  recoveryPreviewSchema,
  recoverySchema,
} from "../schemas/recovery.ts";
import type { Routes } from "../server-context.ts";

export const recoverRoutes: Routes = (app, { context, chainPorts }) => {
  app.get(
    "/operations/:id/recover",
    {
      config: { readsChain: true, access: { scope: "read", owner: "operation" } },
      schema: {
        tags: ["operations"],
        summary: "What a return of the operation's funds would bring back now",
        description: "Leg by leg, by the plan that a worker would write. Nothing is signed or stored.",
        params: operationIdSchema,
        querystring: previewQuerySchema,
        response: { 200: recoveryPreviewSchema },
      },
    },
    async ({ params: { id }, query: { waitSeconds } }) =>
      toRecoveryPreview(
        await previewRecovery(context, await chainPorts(), id, { waitMs: waitSeconds * 1_000 }),
      ),
  );
  app.post(
    "/operations/:id/recover",
    {
      config: { access: { scope: "operate", owner: "operation" } },
      schema: {
        tags: ["operations"],
        summary: "Return what was paid to the buyers ahead and not spent, straight to the funding wallet",
        description:
          "A worker does it, at most once per leg. Waits a while for it; with `state: requested`, ask again: nothing is returned twice.",
        params: operationIdSchema,
        body: recoverRequestSchema,
        response: { 200: recoverySchema },
      },
    },
    async (request) => {
      const waitMs = (request.body?.waitSeconds ?? 5) * 1_000;
      return toRecovery(await recover(actingAs(context, request), request.params.id, { waitMs }));
    },
  );
};
