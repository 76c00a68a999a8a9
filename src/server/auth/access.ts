/**
 * Defines who may call a route. Every route has a rule, `config.access`; a route without one cannot be registered.
 *
 * A rule has the scope that the key needs, and an `owner`, which says how the request refers to a user:
 * - `none`: the request contains nothing that belongs to a user.
 * - `global`: the request concerns all users. Keys that are bound to one user are refused.
 * - `operation`, `wallet`, `webhook`, `delivery`: `:id` is one of these. Another user's one is answered as not found.
 * - `user`: `:id` is a user. Another user is refused.
 * - `body`: the body's `userId`. Another user is refused.
 * - `items`: like `body`, but checked and answered separately for each item of the body.
 * - `filter`: the answer contains only data of the key's user. Another `userId` in the query is refused.
 */
import type { FastifyInstance, FastifyRequest, RouteOptions } from "fastify";
import type { ApiKey, ApiScope, Operation, Wallet } from "../../engine/ports.ts";
import { CTOError } from "../../errors/index.ts";
import type { CTOContext } from "../../runtime/context.ts";
import { covers } from "../../services/api-keys.ts";
import type { Caller } from "./authenticate.ts";

export type Owner =
  | "none"
  | "global"
  | "operation"
  | "wallet"
  | "webhook"
  | "delivery"
  | "user"
  | "body"
  | "items"
  | "filter";
export type Access = "public" | { readonly scope: ApiScope; readonly owner: Owner };

declare module "fastify" {
  interface FastifyContextConfig {
    access?: Access;
  }
  interface FastifyRequest {
    /** The caller; null on public routes. */
    caller: Caller | null;
    /** The operation with the id `:id`, if the rule's owner is `operation`. */
    operation: Operation | null;
    /** The wallet with the id `:id`, if the rule's owner is `wallet`. */
    wallet: Wallet | null;
  }
  interface FastifyInstance {
    /** The rule for the routes that a library registers, because those routes cannot state a rule. */
    libraryAccess?: Access;
    /** Our own routes with their rules, in the order of registration. */
    readonly routeRules: { readonly method: string; readonly url: string; readonly access: Access }[];
  }
}

/** Refuses to register a route without a rule. */
export function requireAccessRule(this: FastifyInstance, route: RouteOptions): void {
  const access = route.config?.access ?? this.libraryAccess ?? preflight(route);
  if (access === undefined) {
    const reason = `${String(route.method)} ${route.url} states no access rule`;
    throw new CTOError("CTO_E_INTERNAL", { reason });
  }
  route.config = { ...route.config, access };
  if (this.libraryAccess !== undefined || route.url === "*") return;
  for (const method of [route.method].flat()) this.routeRules.push({ method, url: route.url, access });
}

/** The CORS plugin registers one route for browsers' preflight requests, which carry no key. */
const preflight = ({ method, url }: RouteOptions): Access | undefined =>
  method === "OPTIONS" && url === "*" ? "public" : undefined;

export const accessOf = (request: FastifyRequest): Access => request.routeOptions.config.access ?? "public";

/** @throws `CTO_E_FORBIDDEN` */
export function requireScope(key: ApiKey, { scope, owner }: Exclude<Access, "public">): void {
  if (!covers(key, scope)) {
    throw new CTOError("CTO_E_FORBIDDEN", { reason: `it needs the scope ${scope}` });
  }
  if (owner === "global" && key.userId !== undefined) {
    throw new CTOError("CTO_E_FORBIDDEN", { reason: "it needs a key that is not bound to a user" });
  }
}

/** @throws `CTO_E_FORBIDDEN` when the key is bound to another user */
export function requireUser(key: ApiKey, userId: string | undefined): void {
  if (key.userId !== undefined && userId !== undefined && userId !== key.userId) {
    throw new CTOError("CTO_E_FORBIDDEN", { reason: `it is bound to the user ${key.userId}` });
  }
}

export const ownsAll = (key: ApiKey, userId: string): boolean =>
  key.userId === undefined || key.userId === userId;

const ruleOf = <T>(found: T | null, what: string): T => {
  if (found === null) throw new CTOError("CTO_E_INTERNAL", { reason: `the access rule read no ${what}` });
  return found;
};

/** The operation that the access rule has read for this request. */
export const operationOf = ({ operation }: Pick<FastifyRequest, "operation">): Operation =>
  ruleOf(operation, "operation");

/** The wallet that the access rule has read for this request. */
export const walletOf = ({ wallet }: Pick<FastifyRequest, "wallet">): Wallet => ruleOf(wallet, "wallet");

/** The caller of a route that is not public. */
export const callerOf = ({ caller }: Pick<FastifyRequest, "caller">): Caller => ruleOf(caller, "caller");

/** Returns the context with the caller's API key as the actor for the audit log. */
export const actingAs = (context: CTOContext, request: Pick<FastifyRequest, "caller">): CTOContext => ({
  ...context,
  config: { ...context.config, CTO_ACTOR: `API key ${callerOf(request).key.id}` },
});
