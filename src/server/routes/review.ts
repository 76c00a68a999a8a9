/** Defines the routes of the review: the evidence about unproved steps, and a person's decision. */
import { LeaseLost } from "../../engine/operation/journaling.ts";
import { CTOError } from "../../errors/index.ts";
import { actorOf } from "../../runtime/audit-log.ts";
import { withWorkerPorts } from "../../runtime/worker-ports.ts";
import { resolveStep } from "../../services/resolve-step.ts";
import { reviewOperation } from "../../services/review.ts";
import { actingAs, operationOf } from "../auth/access.ts";
import { toReview } from "../present.ts";
import { operationIdSchema } from "../schemas/operations.ts";
import { decisionSchema, reviewSchema } from "../schemas/review.ts";
import type { Routes } from "../server-context.ts";

const TAGS = ["review"];

export const reviewRoutes: Routes = (app, { context, chainPorts }) => {
  app.get(
    "/operations/:id/review",
    {
      config: { readsChain: true, access: { scope: "read", owner: "operation" } },
      schema: {
        tags: TAGS,
        summary:
          "The steps whose fate cannot be proved, what each endpoint says of them now, and the returns that could not be signed",
        params: operationIdSchema,
        response: { 200: reviewSchema },
      },
    },
    async ({ params: { id } }) => toReview(await reviewOperation(context, await chainPorts(), id)),
  );
  app.post(
    "/operations/:id/review",
    {
      config: { access: { scope: "admin", owner: "operation" } },
      schema: {
        tags: TAGS,
        summary:
          "Decide what became of a step, or end a return that could not be signed; the decision is recorded",
        params: operationIdSchema,
        body: decisionSchema,
        response: { 200: reviewSchema },
      },
    },
    async (request) => {
      const { id, request: operation } = operationOf(request);
      const { step, resolution, reason, force = false } = request.body;
      if (!step.startsWith(`${id}.`)) throw new CTOError("CTO_E_STEP_UNKNOWN", { step });
      const reviewer = actorOf(actingAs(context, request).config);
      return withWorkerPorts(context, async (ports) => {
        try {
          await resolveStep(context, ports, step, { resolution, reviewer, reason, force });
        } catch (error) {
          // A worker took over the wallets in the meantime, and decides first.
          if (error instanceof LeaseLost)
            throw new CTOError("CTO_E_REVIEW_BUSY", { userId: operation.userId });
          throw error;
        }
        return toReview(await reviewOperation(context, ports, id));
      });
    },
  );
};
