/** Defines the route that takes up to 100 operations in one request. Each is accepted or refused separately. */

import { problemsOf } from "../../contract/parse.ts";
import { CTOError } from "../../errors/index.ts";
import { callerOf, requireUser } from "../auth/access.ts";
import type { Caller } from "../auth/authenticate.ts";
import { toProblem } from "../problem.ts";
import { type BatchResult, batchAnswerSchema, batchItemSchema, batchSchema } from "../schemas/operations.ts";
import type { Routes, ServerContext } from "../server-context.ts";
import { createOperation } from "./operations.ts";

/** Enough for 100 operations, each with the ids and the weights of 1,000 wallets, bytes. */
const BODY_LIMIT = 8 * 1024 * 1024;

async function createItem(server: ServerContext, { key }: Caller, item: unknown): Promise<BatchResult> {
  try {
    const parsed = batchItemSchema.safeParse(item);
    if (!parsed.success) {
      throw new CTOError("CTO_E_REQUEST_INVALID", { problems: problemsOf(parsed.error, "").slice(0, 20) });
    }
    const { idempotencyKey, ...body } = parsed.data;
    requireUser(key, body.userId);
    const { operation, created } = await createOperation(server, body, idempotencyKey);
    return { status: created ? 201 : 200, operation };
  } catch (error) {
    const problem = toProblem(error);
    if (problem.status >= 500) server.log.error({ code: problem.code }, "an operation of a batch failed");
    return { status: problem.status, problem };
  }
}

export const batchRoutes: Routes = (app, server) => {
  app.post(
    "/operations/batch",
    {
      bodyLimit: BODY_LIMIT,
      config: { access: { scope: "operate", owner: "items" } },
      schema: {
        tags: ["operations"],
        summary: "Ask for up to 100 operations; the answers are in the order of the items",
        body: batchSchema,
        response: { 200: batchAnswerSchema },
      },
    },
    async (request) => {
      const results: BatchResult[] = [];
      // One after another, so that we accept the operations in the given order.
      for (const item of request.body.operations) {
        results.push(await createItem(server, callerOf(request), item));
      }
      return { results };
    },
  );
};
