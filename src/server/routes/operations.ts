/** Defines the routes that create, estimate, read, cancel and retry operations. */
import { z } from "zod";
import type { EnqueueOptions } from "../../contract/types.ts";
import type { Operation, OperationFilter } from "../../engine/ports.ts";
import { estimate } from "../../services/estimate.ts";
import { accept, requestCancel } from "../../services/operations.ts";
import { retry } from "../../services/retry.ts";
import { readRetry } from "../../services/retry-link.ts";
import { callerOf, operationOf } from "../auth/access.ts";
import { toDetail, toLegs, toOperation, toStep } from "../present.ts";
import { requireFound } from "../problem.ts";
import { estimateSchema } from "../schemas/estimate.ts";
import {
  cancelAnswerSchema,
  idempotencyKeySchema,
  type ListQuery,
  legSchema,
  listQuerySchema,
  type OperationDetail,
  type OperationRequestBody,
  operationDetailSchema,
  operationIdSchema,
  operationListSchema,
  operationRequestSchema,
  stepSchema,
} from "../schemas/operations.ts";
import type { Routes, ServerContext } from "../server-context.ts";

const detailOf = async (
  { context: { config, journal } }: ServerContext,
  operation: Operation,
): Promise<OperationDetail> => {
  const [legs, steps, halt, retriedBy] = await Promise.all([
    journal.readLegs(operation.id),
    journal.readSteps(operation.id),
    journal.readHalt(),
    readRetry(journal, operation),
  ]);
  return toDetail(operation, legs, steps, { halt, publicUrl: config.CTO_PUBLIC_URL, retriedBy });
};

/** Splits the body's fields into the arguments of the queue: the job, its priority, and the options. */
const split = ({
  priority = 0,
  slippageBps,
  maxPriceImpactBps,
  maxPrice,
  maxPriceDeviationBps,
  maxTransferFeeBps,
  weights,
  walletIds,
  skipUnfit,
  parallelism,
  notBefore,
  expiresAt,
  tags,
  reference,
  ...job
}: OperationRequestBody) => {
  const prices = { maxPriceImpactBps, maxPrice, maxPriceDeviationBps, maxTransferFeeBps };
  const wallets = { weights, walletIds, skipUnfit, parallelism };
  const given = { slippageBps, ...prices, ...wallets, notBefore, expiresAt, tags, reference };
  const options = Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined));
  return { job, priority, options: options as EnqueueOptions };
};

/** Accepts one operation, and returns whether it is new. */
export async function createOperation(
  server: ServerContext,
  body: OperationRequestBody,
  idempotencyKey: string | undefined,
): Promise<{ operation: OperationDetail; created: boolean }> {
  const { job, priority, options } = split(body);
  const keyed = idempotencyKey === undefined ? options : { ...options, idempotencyKey };
  const { operation, created } = await accept(server.context, job, priority, keyed);
  return { operation: await detailOf(server, operation), created };
}

/** @param only the user to whom the key is bound */
const filterOf = (query: ListQuery, only: string | undefined): Omit<OperationFilter, "limit"> => {
  const { status, tokenAddress, wallet, createdAfter, createdBefore, search, cursor } = query;
  const { tag, reference } = query;
  const userId = only ?? query.userId;
  return {
    ...(userId === undefined ? {} : { userId }),
    ...(status === undefined ? {} : { statuses: [status].flat() }),
    ...(tokenAddress === undefined ? {} : { tokenAddress }),
    ...(wallet === undefined ? {} : { wallet }),
    ...(createdAfter === undefined ? {} : { createdAfter: new Date(createdAfter) }),
    ...(createdBefore === undefined ? {} : { createdBefore: new Date(createdBefore) }),
    ...(search === undefined ? {} : { search }),
    ...(query.incidents === undefined ? {} : { incidents: true as const }),
    ...(tag === undefined ? {} : { tag }),
    ...(reference === undefined ? {} : { reference }),
    ...(cursor === undefined ? {} : { before: cursor }),
  };
};

/**
 * A cursor is the id of an operation that the caller may read.
 *
 * @throws `CTO_E_REQUEST_INVALID`
 */
async function requireCursor(
  { context }: ServerContext,
  cursor: string | undefined,
  only: string | undefined,
): Promise<void> {
  if (cursor === undefined) return;
  const operation = await context.journal.readOperation(cursor);
  const isOthers = only !== undefined && operation?.request.userId !== only;
  requireFound(isOthers ? null : operation, "cursor", "`nextCursor`");
}

const TAGS = ["operations"];

const createRoutes: Routes = (app, server) => {
  app.post(
    "/operations",
    {
      config: { access: { scope: "operate", owner: "body" } },
      schema: {
        tags: TAGS,
        summary: "Ask for one operation: many wallets buy one token together",
        headers: z.object({ "idempotency-key": idempotencyKeySchema }),
        body: operationRequestSchema,
        response: { 200: operationDetailSchema, 201: operationDetailSchema },
      },
    },
    async (request, reply) => {
      const { operation, created } = await createOperation(
        server,
        request.body,
        request.headers["idempotency-key"],
      );
      if (created)
        return reply.code(201).header("location", `/v1/operations/${operation.id}`).send(operation);
      return reply.code(200).header("idempotency-replayed", "true").send(operation);
    },
  );
  app.post(
    "/operations/estimate",
    {
      config: { readsChain: true, access: { scope: "read", owner: "body" } },
      schema: {
        tags: TAGS,
        summary: "What an operation would get and cost now; signs and stores nothing",
        body: operationRequestSchema,
        response: { 200: estimateSchema },
      },
    },
    async ({ body }) => {
      const { job, options } = split(body);
      return estimate(server.context, await server.chainPorts(), job, options);
    },
  );
};

const readRoutes: Routes = (app, server) => {
  const { journal, config } = server.context;
  const one = { scope: "read", owner: "operation" } as const;
  app.get(
    "/operations",
    {
      config: { access: { scope: "read", owner: "filter" } },
      schema: {
        tags: TAGS,
        summary: "Operations, newest first",
        querystring: listQuerySchema,
        response: { 200: operationListSchema },
      },
    },
    async (request) => {
      const { limit } = request.query;
      // We read one more operation than requested, to know whether there is a next page.
      const only = callerOf(request).key.userId;
      await requireCursor(server, request.query.cursor, only);
      const filter = filterOf(request.query, only);
      const found = await journal.listOperations({ ...filter, limit: limit + 1 });
      const page = found.slice(0, limit);
      const tallies = await journal.tallyLegs(page.map(({ id }) => id));
      return {
        operations: page.map((each) => ({
          ...toOperation(each, config.CTO_PUBLIC_URL),
          legs: tallies.get(each.id)?.legs ?? 0,
          landed: tallies.get(each.id)?.landed ?? 0,
        })),
        nextCursor: found.length > limit ? (page.at(-1)?.id ?? null) : null,
      };
    },
  );
  app.get(
    "/operations/:id",
    {
      config: { access: one },
      schema: { tags: TAGS, params: operationIdSchema, response: { 200: operationDetailSchema } },
    },
    (request) => detailOf(server, operationOf(request)),
  );
  app.get(
    "/operations/:id/legs",
    {
      config: { access: one },
      schema: {
        tags: TAGS,
        params: operationIdSchema,
        response: { 200: z.object({ legs: z.array(legSchema) }) },
      },
    },
    async (request) => {
      const { id } = request.params;
      const [legs, steps] = await Promise.all([journal.readLegs(id), journal.readSteps(id)]);
      return { legs: toLegs(operationOf(request), legs, steps) };
    },
  );
  app.get(
    "/operations/:id/steps",
    {
      config: { access: one },
      schema: {
        tags: TAGS,
        summary: "The timeline: every transaction that was signed, and what became of it",
        params: operationIdSchema,
        response: { 200: z.object({ steps: z.array(stepSchema) }) },
      },
    },
    async ({ params: { id } }) => ({ steps: (await journal.readSteps(id)).map(toStep) }),
  );
};

const changeRoutes: Routes = (app, server) => {
  app.post(
    "/operations/:id/cancel",
    {
      config: { access: { scope: "operate", owner: "operation" } },
      schema: {
        tags: TAGS,
        summary: "Stop it: a waiting one ends at once, a running one begins no new leg",
        params: operationIdSchema,
        response: { 200: cancelAnswerSchema },
      },
    },
    async (request) => {
      const message = await requestCancel(server.context, request.params.id);
      return { success: true, message, error: null };
    },
  );
  app.post(
    "/operations/:id/retry",
    {
      config: { access: { scope: "operate", owner: "operation" } },
      schema: {
        tags: TAGS,
        summary: "Buy again what legs of it provably did not: a new operation, once at most",
        params: operationIdSchema,
        response: { 201: operationDetailSchema },
      },
    },
    async (request, reply) => {
      const operation = await retry(server.context, request.params.id);
      const detail = await detailOf(server, operation);
      return reply.code(201).header("location", `/v1/operations/${operation.id}`).send(detail);
    },
  );
};

export const operationRoutes: Routes = async (app, server) => {
  for (const routes of [createRoutes, readRoutes, changeRoutes]) await routes(app, server);
};
