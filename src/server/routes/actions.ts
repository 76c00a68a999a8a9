/**
 * Defines the routes of Solana Actions, a second door to open calls (github.com/solana-developers/solana-actions,
 * actions-spec 2.4). Any web page may use them, so they allow every origin, carry no key, and answer errors in the
 * specification's form.
 */
import { address } from "@solana/kit";
import type { FastifyReply, FastifyRequest } from "fastify";
import type { ZodTypeProvider } from "fastify-type-provider-zod";
import {
  askByAction,
  askedByAction,
  buyByAction,
  type CallRecord,
  pledgeByAction,
  pledgedByAction,
} from "../../services/calls/actions.ts";
import { callersOf, requireCall } from "../../services/calls/context.ts";
import { actionPath, ICON_PATH, presentAction, presentAsked, presentPledged } from "../present-action.ts";
import { problemOf } from "../problem.ts";
import {
  actionBodySchema,
  actionErrorSchema,
  actionRulesSchema,
  actionSchema,
  buyActionQuerySchema,
  completedActionSchema,
  messageActionSchema,
  pledgeActionBodySchema,
  pledgeActionQuerySchema,
  pledgedActionBodySchema,
  transactionActionSchema,
} from "../schemas/actions.ts";
import { callIdSchema } from "../schemas/calls.ts";
import type { Routes } from "../server-context.ts";

const VERSION = "2.4";

/** These routes have their own CORS headers, not those of CTO_CORS_ORIGINS. */
const OPEN = { config: { access: "public", cors: false } } as const;
const TAGS = ["calls"];

const ICON = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 32"><title>CTO queue</title><rect width="32" height="32" rx="6" fill="#1f5fa8"/><g fill="none" stroke="#fff" stroke-width="2.5" stroke-linecap="round"><path d="M7 16h7"/><path d="M14 16l9-8"/><path d="M14 16h10"/><path d="M14 16l9 8"/></g></svg>`;

function allowAnyone(reply: FastifyReply): void {
  reply.headers({
    "access-control-allow-origin": "*",
    "access-control-allow-methods": "GET,POST,PUT,OPTIONS",
    "access-control-allow-headers":
      "Content-Type, Authorization, Content-Encoding, Accept-Encoding, X-Accept-Action-Version, X-Accept-Blockchain-Ids",
    "access-control-expose-headers": "X-Action-Version, X-Blockchain-Ids",
    "cross-origin-resource-policy": "cross-origin",
    "x-action-version": VERSION,
  });
}

/** CAIP-2: the first 32 characters of the genesis hash. */
const nameChain = (reply: FastifyReply, { call }: CallRecord): FastifyReply =>
  reply.header("x-blockchain-ids", `solana:${call.terms.cluster.slice(0, 32)}`);

function answerError(thrown: unknown, request: FastifyRequest, reply: FastifyReply): FastifyReply {
  const { status, detail } = problemOf(thrown, request);
  allowAnyone(reply);
  return reply
    .code(status)
    .type("application/json; charset=utf-8")
    .send(JSON.stringify({ message: detail }));
}

const ERROR = {
  description: "What went wrong, as the specification of Solana Actions has it",
  content: { "application/json": { schema: actionErrorSchema } },
};
const ERRORS = { "4xx": ERROR, "5xx": ERROR };

export const actionRoutes: Routes = async (app, { context, chainPorts }) => {
  const baseOf = ({ protocol, host }: FastifyRequest): string =>
    context.config.CTO_PUBLIC_URL ?? `${protocol}://${host}`;
  await app.register(async (scope) => {
    const actions = scope.withTypeProvider<ZodTypeProvider>();
    actions.setErrorHandler(answerError);
    actions.addHook("onRequest", async (_request, reply) => {
      allowAnyone(reply);
      callersOf(context); // Where calls are off, there is no second door.
    });
    for (const path of ["/actions.json", actionPath(":id"), actionPath(":id", "*")])
      actions.options(path, { ...OPEN, schema: { hide: true } }, (_request, reply) => reply.code(204).send());

    actions.get(
      "/actions.json",
      {
        ...OPEN,
        schema: {
          tags: TAGS,
          summary: "Which pages of this site are Solana Actions",
          response: { 200: actionRulesSchema, ...ERRORS },
        },
      },
      async () => ({ rules: [{ pathPattern: "/c/*", apiPath: actionPath("*") }] }),
    );
    actions.get(ICON_PATH, { ...OPEN, schema: { hide: true } }, async (_request, reply) =>
      reply.type("image/svg+xml").send(ICON),
    );
    actions.get(
      actionPath(":id"),
      {
        ...OPEN,
        schema: {
          tags: TAGS,
          summary: "A call as a Solana Action",
          params: callIdSchema,
          response: { 200: actionSchema, ...ERRORS },
        },
      },
      async (request, reply) => {
        const record = await requireCall(context, request.params.id);
        return nameChain(reply, record)
          .header("cache-control", "no-cache")
          .send(presentAction(record, baseOf(request)));
      },
    );
    actions.post(
      actionPath(":id", "pledge"),
      {
        ...OPEN,
        schema: {
          tags: TAGS,
          summary: "The text of a pledge, as a Solana Action of type `message`; nothing is stored",
          params: callIdSchema,
          querystring: pledgeActionQuerySchema,
          body: pledgeActionBodySchema,
          response: { 200: messageActionSchema, ...ERRORS },
        },
      },
      async ({ params: { id }, query, body: { account, data } }) => {
        const { text, state } = await pledgeByAction(
          context,
          id,
          address(account),
          query.sol ?? data?.sol ?? "",
        );
        return {
          type: "message" as const,
          data: text,
          state,
          message: "This pledge is no transaction. It moves no money.",
          links: { next: { type: "post" as const, href: actionPath(id, "pledged") } },
        };
      },
    );
    actions.post(
      actionPath(":id", "pledged"),
      {
        ...OPEN,
        schema: {
          tags: TAGS,
          summary: "Return the signature of a pledge that a Solana Action has asked for",
          params: callIdSchema,
          body: pledgedActionBodySchema,
          response: { 200: completedActionSchema, ...ERRORS },
        },
      },
      async (request, reply) => {
        const { id } = request.params;
        await pledgedByAction(context, id, request.body);
        const record = await requireCall(context, id);
        return nameChain(reply, record).send(presentPledged(record, baseOf(request)));
      },
    );
    actions.post(
      actionPath(":id", "ask"),
      {
        ...OPEN,
        schema: {
          tags: TAGS,
          summary: "The text that proves who asks for a transaction, as a Solana Action of type `message`",
          params: callIdSchema,
          body: actionBodySchema,
          response: { 200: messageActionSchema, ...ERRORS },
        },
      },
      async ({ params: { id }, body: { account } }) => {
        const { text, state } = await askByAction(context, id, address(account));
        return {
          type: "message" as const,
          data: text,
          state,
          message: "Your wallet signs that it asks, so that nobody else gets its transaction.",
          links: { next: { type: "post" as const, href: actionPath(id, "asked") } },
        };
      },
    );
    actions.post(
      actionPath(":id", "asked"),
      {
        ...OPEN,
        schema: {
          tags: TAGS,
          summary: "Return the signature of the proof; the answer has the link to the member's transaction",
          params: callIdSchema,
          body: pledgedActionBodySchema,
          response: { 200: actionSchema, ...ERRORS },
        },
      },
      async (request, reply) => {
        const { id } = request.params;
        const ticket = await askedByAction(context, id, address(request.body.account), request.body);
        const record = await requireCall(context, id);
        return nameChain(reply, record).send(presentAsked(record, baseOf(request), ticket));
      },
    );
    actions.post(
      actionPath(":id", "buy"),
      {
        config: { ...OPEN.config, readsChain: true },
        schema: {
          tags: TAGS,
          summary: "A member's transaction, as a Solana Action of type `transaction`",
          params: callIdSchema,
          querystring: buyActionQuerySchema,
          body: actionBodySchema,
          response: { 200: transactionActionSchema, ...ERRORS },
        },
      },
      async ({ params: { id }, query: { ticket }, body: { account } }, reply) => {
        const asking = { wallet: address(account), ticket };
        const { handed, transaction } = await buyByAction(context, await chainPorts(), id, asking);
        nameChain(reply, await requireCall(context, id));
        const message = `Leg ${handed.leg} of ${handed.legs}: it buys as you have pledged, for at least ${handed.leastTokens} base units of the token. Send it once.`;
        return { type: "transaction" as const, transaction, message };
      },
    );
  });
};
