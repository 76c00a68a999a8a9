/**
 * Applies each route's access rule: it identifies the caller, and checks the key's scope and the owner of the data.
 */
import type { FastifyRequest } from "fastify";
import { CTOError } from "../../errors/index.ts";
import type { ServerApp, ServerContext } from "../server-context.ts";
import { accessOf, callerOf, ownsAll, requireAccessRule, requireScope, requireUser } from "./access.ts";
import { authenticate, bearerOf, type Caller } from "./authenticate.ts";
import { requireSameOrigin } from "./csrf.ts";
import { SESSION_COOKIE } from "./session.ts";

/** The caller, or the error of the authentication. We keep it until the rate limit has counted the request. */
type Recognised = { readonly caller: Caller } | { readonly error: unknown };

const recognise = async ({ context }: ServerContext, request: FastifyRequest): Promise<Recognised> => {
  try {
    const key = bearerOf(request.headers.authorization);
    const session = request.cookies[SESSION_COOKIE];
    return { caller: await authenticate(context, { key, session, from: request.ip }) };
  } catch (error) {
    return { error };
  }
};

const textAt = (value: unknown, field: string): string | undefined => {
  const found = (value as Record<string, unknown> | undefined | null)?.[field];
  return typeof found === "string" ? found : undefined;
};

/** @throws `CTO_E_FORBIDDEN`; `CTO_E_OPERATION_UNKNOWN`, `CTO_E_WALLET_UNKNOWN` or the like if another user owns it */
async function requireOwner({ context }: ServerContext, request: FastifyRequest): Promise<void> {
  const access = accessOf(request);
  if (access === "public") return;
  const { key } = callerOf(request);
  const id = textAt(request.params, "id") ?? "";
  switch (access.owner) {
    case "operation": {
      const operation = await context.journal.readOperation(id);
      if (operation === null || !ownsAll(key, operation.request.userId)) {
        throw new CTOError("CTO_E_OPERATION_UNKNOWN", { jobId: id });
      }
      request.operation = operation;
      return;
    }
    case "wallet": {
      const wallet = await context.journal.readWallet(id);
      if (wallet === null || !ownsAll(key, wallet.userId)) {
        throw new CTOError("CTO_E_WALLET_UNKNOWN", { walletId: id });
      }
      request.wallet = wallet;
      return;
    }
    case "webhook": {
      const owner = (await context.journal.readWebhook(id))?.webhook.userId;
      if (owner === undefined || !ownsAll(key, owner)) {
        throw new CTOError("CTO_E_WEBHOOK_UNKNOWN", { webhookId: id });
      }
      return;
    }
    case "delivery": {
      const webhookId = (await context.journal.readDelivery(id))?.webhookId;
      const owner = webhookId && (await context.journal.readWebhook(webhookId))?.webhook.userId;
      if (owner === undefined || !ownsAll(key, owner)) {
        throw new CTOError("CTO_E_DELIVERY_UNKNOWN", { deliveryId: id });
      }
      return;
    }
    case "user":
      return requireUser(key, id);
    case "body":
      return requireUser(key, textAt(request.body, "userId"));
    case "filter":
      return requireUser(key, textAt(request.query, "userId"));
    default:
      return; // The handler of an `items` route checks each item. The other rules concern no single user's data.
  }
}

/**
 * Installs the rules. The order matters: first the authentication, then the rate limit that `limit` installs (so that
 * guesses of keys are counted, too), then the scope before any body is read, and the owner after the request is
 * parsed.
 */
export async function guard(
  app: ServerApp,
  server: ServerContext,
  limit: () => Promise<unknown>,
): Promise<void> {
  const refused = new WeakMap<FastifyRequest, unknown>();
  app.decorateRequest("caller", null);
  app.decorateRequest("operation", null);
  app.decorateRequest("wallet", null);
  app.decorate("routeRules", []);
  app.addHook("onRoute", requireAccessRule);
  app.addHook("onRequest", async (request) => {
    if (request.is404 || accessOf(request) === "public") return;
    const recognised = await recognise(server, request);
    if ("caller" in recognised) request.caller = recognised.caller;
    else refused.set(request, recognised.error);
  });
  await limit();
  app.addHook("preParsing", async (request) => {
    if (refused.has(request)) throw refused.get(request);
    const access = accessOf(request);
    if (request.is404 || access === "public") return;
    const { key, via } = callerOf(request);
    requireScope(key, access);
    if (via === "session") requireSameOrigin(request, server.context.config);
  });
  app.addHook("preHandler", (request) => requireOwner(server, request));
}
