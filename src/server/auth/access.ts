/**
 * Who may call a route. Every route states its rule as `config.access`; one without a rule is not registered.
 *
 * A rule has the scope that the key needs, and where the user stands whom the request is about:
 * - `none`: nothing in it belongs to a user.
 * - `global`: it concerns all users, so keys that are bound to one are refused.
 * - `operation`, `wallet`: `:id` is one; that of another user is not found.
 * - `user`: `:id` is a user; another one is refused.
 * - `body`: the body's `userId`; another one is refused.
 * - `items`: as `body`, for each item of the body, each answered by itself.
 * - `filter`: the answer holds only what belongs to the key's user; another `userId` in the query is refused.
 */
import type { FastifyInstance, FastifyRequest, RouteOptions } from "fastify";
import type { ApiKey, ApiScope, Operation, Wallet } from "../../engine/ports.ts";
import { CTOError } from "../../errors/index.ts";
import type { CTOContext } from "../../runtime/context.ts";
import { covers } from "../../services/api-keys.ts";
import type { Caller } from "./authenticate.ts";

export type Owner = "none" | "global" | "operation" | "wallet" | "user" | "body" | "items" | "filter";
export type Access = "public" | { readonly scope: ApiScope; readonly owner: Owner };

declare module "fastify" {
  interface FastifyContextConfig {
    access?: Access;
  }
  interface FastifyRequest {
    /** Who is calling; null on public routes. */
    caller: Caller | null;
    /** The operation that `:id` names, where the rule says so. */
    operation: Operation | null;
    /** The wallet that `:id` names, where the rule says so. */
    wallet: Wallet | null;
  }
  interface FastifyInstance {
    /** The rule of routes that a library registers, and that can state none themselves. */
    libraryAccess?: Access;
    /** Every route of our own with its rule, as it was registered. */
    readonly routeRules: { readonly method: string; readonly url: string; readonly access: Access }[];
  }
}

/** Refuses to register a route that states no rule. */
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

/** The CORS plugin answers browsers' preflights, which carry no key, on one route of its own. */
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

/** The operation that the route's rule has read. */
export const operationOf = ({ operation }: Pick<FastifyRequest, "operation">): Operation =>
  ruleOf(operation, "operation");

/** The wallet that the route's rule has read. */
export const walletOf = ({ wallet }: Pick<FastifyRequest, "wallet">): Wallet => ruleOf(wallet, "wallet");

/** The caller of a route that is not public. */
export const callerOf = ({ caller }: Pick<FastifyRequest, "caller">): Caller => ruleOf(caller, "caller");

/** The context with the calling key as the one who acts: the audit log names it. */
export const actingAs = (context: CTOContext, request: Pick<FastifyRequest, "caller">): CTOContext => ({
  ...context,
  config: { ...context.config, CTO_ACTOR: `API key ${callerOf(request).key.id}` },
});
