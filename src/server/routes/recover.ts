/** Returns what an operation left in its buyer wallets. */
import { recover } from "../../jobs/recovery.ts";
import { actingAs } from "../auth/access.ts";
import { toRecovery } from "../present.ts";
import { operationIdSchema } from "../schemas/operations.ts";
import { recoverRequestSchema, recoverySchema } from "../schemas/recovery.ts";
import type { Routes } from "../server-context.ts";

export const recoverRoutes: Routes = (app, { context }) => {
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
