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

const MINUTE_MS = 60_000;

/** Counts the items of each key's batches by the minute: an item is a request, as if it had come alone. */
function countItems(most: number): (key: string, items: number) => void {
  let counts = new Map<string, number>();
  let endsAt = 0;
  return (key, items) => {
    const now = Date.now();
    if (now >= endsAt) {
      counts = new Map();
      endsAt = now + MINUTE_MS;
    }
    const count = (counts.get(key) ?? 0) + items;
    // A batch that alone is more than the limit still gets through in a fresh minute.
    if (count > Math.max(most, items))
      throw new CTOError("CTO_E_RATE_LIMITED", { seconds: Math.ceil((endsAt - now) / 1_000) });
    counts.set(key, count);
  };
}

export const batchRoutes: Routes = (app, server) => {
  const count = countItems(server.context.config.CTO_HTTP_REQUESTS_PER_MINUTE);
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
      count(callerOf(request).key.id, request.body.operations.length);
      const results: BatchResult[] = [];
      // One after another, so that we accept the operations in the given order.
      for (const item of request.body.operations) {
        results.push(await createItem(server, callerOf(request), item));
      }
      return { results };
    },
  );
};
