/**
 * Tests every route with every scope and every binding of the key. This file lists the expected results, independent of
 * the routes' own rules; a route that is not in the table fails the test.
 */
import { randomBytes } from "node:crypto";
import { readFile } from "node:fs/promises";
import { lamports } from "@solana/kit";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { API_SCOPES, type ApiScope } from "../../src/engine/ports.ts";
import { createApiKey, revokeApiKey } from "../../src/services/api-keys.ts";
import { accept } from "../../src/services/operations.ts";
import { addWebhook, testWebhook } from "../../src/services/webhooks/registry.ts";
import { generateKeypair } from "../../src/wallets/keypair.ts";
import { BINDINGS, type Binding, openTestApi, type TestApi } from "./test-api.ts";

type Request = { readonly body?: unknown; readonly headers?: Record<string, string> };

/** One route. The requested data is always alice's. `foreign` is the answer to a key of bob's. */
type Row = {
  readonly scope: ApiScope | "public";
  readonly foreign: 403 | 404 | "as own";
  /** The route is only for keys without a user. */
  readonly unbound?: boolean;
  /** The answer to a key that has access. */
  readonly allowed: number;
  readonly url?: () => string;
  readonly request?: () => Request;
};

/** As many webhooks as the callers who may remove one. With those that the table adds, a user may not have more than 20. */
const REMOVED_AT_MOST = 8;

let api: TestApi;
let operationId: string;
let walletId: string;
let spareKeyId: string;
let rolledKeyId: string;
let revokedKey: string;
let webhookId: string;
let deliveryId: string;

const operation = () => ({
  userId: "alice",
  userChatId: 7,
  tokenAddress: api.stage.mint,
  buyAmount: "0.01",
  mode: "prefunded",
  platform: "auto",
});
const fromDashboard = () => ({
  headers: { "x-cto-requested-with": "dashboard", origin: "http://localhost:80" },
});
const at = (path: string) => () => `/v1/operations/${operationId}${path}`;
const wallet = (path: string) => () => `/v1/wallets/${walletId}${path}`;
const token = (path: string) => () => `/v1/tokens/${api.stage.mint}${path}`;
const webhook = (path: string) => () => `/v1/webhooks/${webhookId}${path}`;
const ofAlice = (path: string) => () => `/v1/users/alice${path}`;
/** Webhooks that the requests of the table may remove. */
const fresh = { webhooks: [] as string[] };
const unique = (): string => randomBytes(8).toString("hex");

const open = (allowed: number, more: Partial<Row> = {}): Row => ({
  scope: "public",
  foreign: "as own",
  allowed,
  ...more,
});
const any = (scope: ApiScope, allowed: number, more: Partial<Row> = {}): Row => ({
  scope,
  foreign: "as own",
  allowed,
  ...more,
});
const own = (scope: ApiScope, foreign: 403 | 404, allowed: number, more: Partial<Row> = {}): Row => ({
  scope,
  foreign,
  allowed,
  ...more,
});

const TABLE: Readonly<Record<string, Row>> = {
  "GET /healthz": open(200),
  "GET /readyz": open(200),
  "GET /metrics": any("read", 200, { unbound: true }),
  "GET /openapi.json": open(200),
  "GET /docs/errors": open(200),
  "GET /": open(302),
  "GET /app": open(302),
  "GET /app/*": open(503, { url: () => "/app/" }),

  "GET /r/:id": open(200, { url: () => `/r/${operationId}` }),
  "GET /r/:id.json": open(200, { url: () => `/r/${operationId}.json` }),

  "POST /v1/session": open(200, {
    request: () => ({ ...fromDashboard(), body: { key: api.key("read", "alice") } }),
  }),
  "DELETE /v1/session": open(204, { request: fromDashboard }),
  "GET /v1/me": any("read", 200),

  "POST /v1/operations": own("operate", 403, 201, { request: () => ({ body: operation() }) }),
  "POST /v1/operations/batch": any("operate", 200, {
    request: () => ({ body: { operations: [operation()] } }),
  }),
  "POST /v1/operations/estimate": own("read", 403, 200, { request: () => ({ body: operation() }) }),
  "GET /v1/operations": own("read", 403, 200, { url: () => "/v1/operations?userId=alice" }),
  "GET /v1/operations/:id": own("read", 404, 200, { url: at("") }),
  "GET /v1/operations/:id/legs": own("read", 404, 200, { url: at("/legs") }),
  "GET /v1/operations/:id/steps": own("read", 404, 200, { url: at("/steps") }),
  "GET /v1/operations/:id/events": own("read", 404, 200, { url: at("/events") }),
  "POST /v1/operations/:id/cancel": own("operate", 404, 200, { url: at("/cancel") }),
  "POST /v1/operations/:id/retry": own("operate", 404, 409, { url: at("/retry") }),
  "GET /v1/operations/:id/review": own("read", 404, 200, { url: at("/review") }),
  "POST /v1/operations/:id/review": own("admin", 404, 409, {
    url: at("/review"),
    request: () => ({ body: { step: `${operationId}.buy.1`, resolution: "dead", reason: "a test" } }),
  }),

  "GET /v1/operations/:id/recover": own("read", 404, 409, { url: at("/recover") }),
  "POST /v1/operations/:id/recover": own("operate", 404, 409, { url: at("/recover") }),

  // Calls are off in this api.
  "GET /c/:id": open(404, { url: () => "/c/c" }),
  "GET /c/:id.json": open(404, { url: () => "/c/c.json" }),
  "GET /v1/disclosures": open(200),
  "GET /actions.json": open(404),
  "OPTIONS /actions.json": open(404),
  "GET /actions/icon.svg": open(404),
  "GET /v1/calls/:id/action": open(404, { url: () => "/v1/calls/c/action" }),
  "OPTIONS /v1/calls/:id/action": open(404, { url: () => "/v1/calls/c/action" }),
  "OPTIONS /v1/calls/:id/action/*": open(404, { url: () => "/v1/calls/c/action/buy" }),
  "POST /v1/calls/:id/action/pledge": open(404, { url: () => "/v1/calls/c/action/pledge" }),
  "POST /v1/calls/:id/action/pledged": open(404, { url: () => "/v1/calls/c/action/pledged" }),
  "POST /v1/calls/:id/action/ask": open(404, { url: () => "/v1/calls/c/action/ask" }),
  "POST /v1/calls/:id/action/asked": open(404, { url: () => "/v1/calls/c/action/asked" }),
  "POST /v1/calls/:id/action/buy": open(404, { url: () => "/v1/calls/c/action/buy" }),
  "GET /v1/calls": open(404),
  "POST /v1/calls": any("operate", 404, { unbound: true, request: () => ({ body: {} }) }),
  "GET /v1/calls/:id": open(404, { url: () => "/v1/calls/c" }),
  "POST /v1/calls/:id/memo": open(404, { url: () => "/v1/calls/c/memo" }),
  "POST /v1/calls/:id/announcement": open(404, {
    url: () => "/v1/calls/c/announcement",
    request: () => ({ body: { signature: "1".repeat(64) } }),
  }),
  "GET /v1/calls/:id/start": open(404, { url: () => "/v1/calls/c/start" }),
  "POST /v1/calls/:id/start": open(404, {
    url: () => "/v1/calls/c/start",
    request: () => ({
      body: {
        start: {
          callId: "c",
          termsHash: "0".repeat(64),
          wallet: "1".repeat(32),
          expiresAt: "2026-12-01T12:00:00Z",
          nonce: "n".repeat(16),
        },
        signature: "2".repeat(88),
      },
    }),
  }),
  "POST /v1/calls/:id/statement": open(404, {
    url: () => "/v1/calls/c/statement",
    request: () => ({ body: { statement: {} } }),
  }),
  "POST /v1/calls/:id/pledges": open(404, {
    url: () => "/v1/calls/c/pledges",
    request: () => ({ body: { statement: {}, signature: "s" } }),
  }),
  "POST /v1/calls/:id/members/:wallet/transaction": open(404, {
    url: () => `/v1/calls/c/members/${api.stage.buyers[0]?.address}/transaction`,
  }),
  "POST /v1/calls/:id/members/:wallet/signed": open(404, {
    url: () => `/v1/calls/c/members/${api.stage.buyers[0]?.address}/signed`,
    request: () => ({ body: { transaction: "AAAA" } }),
  }),

  "GET /v1/tokens/:mint": any("read", 200, { url: token("") }),
  "GET /v1/tokens/:mint/platform": any("read", 200, { url: token("/platform") }),
  "GET /v1/tokens/:mint/market": any("read", 200, { url: token("/market?lamports=1000000") }),

  "GET /v1/users": any("admin", 200),
  "POST /v1/users": any("admin", 201, { request: () => ({ body: { id: `user ${unique()}` } }) }),
  "GET /v1/users/:id": own("read", 403, 200, { url: () => "/v1/users/alice" }),
  "GET /v1/users/:id/wallets": own("read", 403, 200, { url: () => "/v1/users/alice/wallets" }),
  "GET /v1/users/:id/tokens": own("read", 403, 200, { url: () => "/v1/users/alice/tokens" }),
  "POST /v1/users/:id/wallets": own("wallets", 403, 201, {
    url: () => "/v1/users/alice/wallets",
    request: () => ({ body: { count: 1, role: "buyer" } }),
  }),
  "POST /v1/users/:id/wallets/import": own("wallets", 403, 201, {
    url: () => "/v1/users/alice/wallets/import",
    request: () => {
      const { seed, address } = generateKeypair();
      const privateKey = Buffer.from(seed).toString("hex");
      return { body: { privateKey, expectedAddress: address, role: "buyer" } };
    },
  }),
  "POST /v1/wallets/:id/disable": own("wallets", 404, 200, { url: wallet("/disable") }),
  "POST /v1/wallets/:id/enable": own("wallets", 404, 200, { url: wallet("/enable") }),

  "GET /v1/limits": any("read", 200),
  "PUT /v1/limits": any("admin", 200, { request: () => ({ body: { maxWallets: 1_000 } }) }),
  "GET /v1/users/:id/limits": own("read", 403, 200, { url: () => "/v1/users/alice/limits" }),
  "PUT /v1/users/:id/limits": any("admin", 200, {
    url: () => "/v1/users/alice/limits",
    request: () => ({ body: { maxWallets: null } }),
  }),
  "GET /v1/halt": any("read", 200),
  "POST /v1/halt": any("admin", 200, { request: () => ({ body: { reason: "a test" } }) }),
  "DELETE /v1/halt": any("admin", 204),

  "GET /v1/api-keys": any("admin", 200),
  "POST /v1/api-keys": any("admin", 201, { request: () => ({ body: { name: "x", scopes: ["read"] } }) }),
  "POST /v1/api-keys/:id/roll": any("admin", 201, {
    url: () => `/v1/api-keys/${rolledKeyId}/roll`,
    request: () => ({ body: {} }),
  }),
  "DELETE /v1/api-keys/:id": any("admin", 204, { url: () => `/v1/api-keys/${spareKeyId}` }),
  "GET /v1/users/:id/webhooks": own("operate", 403, 200, { url: ofAlice("/webhooks") }),
  "POST /v1/users/:id/webhooks": own("operate", 403, 201, {
    url: ofAlice("/webhooks"),
    request: () => ({ body: { url: "https://example.org/hook" } }),
  }),
  "PATCH /v1/webhooks/:id": own("operate", 404, 200, {
    url: webhook(""),
    request: () => ({ body: { events: ["leg.failed"] } }),
  }),
  "DELETE /v1/webhooks/:id": own("operate", 404, 204, {
    url: () => `/v1/webhooks/${fresh.webhooks.at(-1)}`,
  }),
  "POST /v1/webhooks/:id/rotate": own("operate", 404, 200, { url: webhook("/rotate") }),
  "POST /v1/webhooks/:id/test": own("operate", 404, 202, { url: webhook("/test") }),
  "GET /v1/webhooks/:id/deliveries": own("operate", 404, 200, { url: webhook("/deliveries") }),
  "POST /v1/deliveries/:id/redeliver": own("operate", 404, 202, {
    url: () => `/v1/deliveries/${deliveryId}/redeliver`,
  }),
  "GET /v1/users/:id/balance-alert": own("read", 403, 200, { url: ofAlice("/balance-alert") }),
  "PUT /v1/users/:id/balance-alert": own("operate", 403, 200, {
    url: ofAlice("/balance-alert"),
    request: () => ({ body: { fundingLamports: "1", buyerLamports: null } }),
  }),
  "GET /v1/users/:id/chats": own("read", 403, 200, { url: ofAlice("/chats") }),
  "POST /v1/users/:id/chats": own("operate", 403, 201, { url: ofAlice("/chats") }),
  "DELETE /v1/users/:id/chats/:chat": own("operate", 403, 404, { url: ofAlice("/chats/5") }),
  "GET /v1/queue": any("read", 200),
  "GET /v1/overview": any("read", 200),
  "GET /v1/audit": any("admin", 200),
  "GET /v1/users/:id/sweep": own("read", 403, 200, { url: () => "/v1/users/alice/sweep" }),
  // The total differs from the preview's, so no sweep starts.
  "POST /v1/users/:id/sweep": own("operate", 403, 422, {
    url: () => "/v1/users/alice/sweep",
    request: () => ({ body: { totalLamports: "1" } }),
  }),
  "POST /v1/localnet/airdrop": any("admin", 200, {
    request: () => ({ body: { address: api.stage.buyers[0]?.address, lamports: "1000000" } }),
  }),
  "POST /v1/localnet/tokens": any("admin", 201),
};

const CALLERS = API_SCOPES.flatMap((scope) =>
  (scope === "admin" ? (["global"] as const) : BINDINGS).map((binding) => ({ scope, binding })),
);

/** We repeat the table of `covers` here, so that the test sees a mistake in it. */
const INCLUDES: Readonly<Record<ApiScope, readonly ApiScope[]>> = {
  read: ["read"],
  operate: ["read", "operate"],
  wallets: ["read", "wallets"],
  admin: ["read", "operate", "wallets", "admin"],
};

const expected = ({ scope, foreign, unbound, allowed }: Row, has: ApiScope, binding: Binding): number => {
  if (scope === "public") return allowed;
  if (!INCLUDES[has].includes(scope) || (unbound && binding !== "global")) return 403;
  return binding === "bob" && foreign !== "as own" ? foreign : allowed;
};

const send = (name: string, row: Row, key: string | undefined) => {
  const [method = "", url = ""] = name.split(" ");
  const { body, headers } = row.request?.() ?? {};
  return api.request(method as "GET", row.url?.() ?? url, {
    ...(key === undefined ? {} : { key }),
    ...(body === undefined ? {} : { body }),
    ...(headers === undefined ? {} : { headers }),
  });
};

beforeAll(async () => {
  api = await openTestApi();
  const { context, buyers } = api.stage;
  const { journal } = context;
  const { operation: accepted } = await accept(context, operation(), 0, {});
  operationId = accepted.id;
  const lease = await journal.acquireLease("alice", "the test", 600_000);
  const [buyer] = buyers;
  if (lease === null || buyer === undefined) throw new Error("no lease or no wallet");
  walletId = buyer.id;
  await journal.beginOperation(operationId, lease);
  const { address } = buyer;
  await journal.writePlan(operationId, lease, [
    { index: 1, walletId, address, lamports: lamports(10n), tokensBefore: 0n },
  ]);
  await journal.releaseLease(lease);
  const request = { userId: "alice", url: "https://example.org/hook" };
  const addOne = async () => (await addWebhook(context, request)).webhook.id;
  webhookId = await addOne();
  deliveryId = await testWebhook(context, webhookId);
  for (let at = 0; at < REMOVED_AT_MOST; at += 1) fresh.webhooks.push(await addOne());
  rolledKeyId = (await createApiKey(context, { name: "rolled", scopes: ["read"] })).key.id;
  spareKeyId = (await createApiKey(context, { name: "spare", scopes: ["read"] })).key.id;
  const revoked = await createApiKey(context, { name: "revoked", scopes: ["admin"] });
  await revokeApiKey(context, revoked.key.id);
  revokedKey = revoked.secret;
});
afterAll(() => api.close());

describe("the access matrix", () => {
  it("has a row for every route, and no row for a route that there is not", () => {
    const routes = api.app.routeRules.map(({ method, url }) => `${method} ${url}`);
    expect([...new Set(routes)].sort()).toEqual(Object.keys(TABLE).sort());
  });

  it("has every route of the API in docs/api.md, with its scope", async () => {
    const docs = await readFile(new URL("../../docs/api.md", import.meta.url), "utf8");
    const undocumented = Object.entries(TABLE).filter(([name, { scope }]) => {
      const row = docs.split("\n").find((line) => line.startsWith(`| \`${name}\` |`));
      return (
        name.includes("/v1/") && row?.includes(scope === "public" ? "| | " : `| \`${scope}\` |`) !== true
      );
    });
    expect(undocumented.map(([name]) => name)).toEqual([]);
  });

  describe.each(Object.entries(TABLE))("%s", (name, row) => {
    it.each(CALLERS)("answers a $scope key, $binding", async ({ scope, binding }) => {
      const answer = await send(name, row, api.key(scope, binding));
      expect(answer.status, answer.text).toBe(expected(row, scope, binding));
      if (name === "DELETE /v1/webhooks/:id" && answer.status === row.allowed) fresh.webhooks.pop();
    });

    it("answers 401 without a key, with a wrong one, and with a revoked one", async () => {
      const wanted = row.scope === "public" ? row.allowed : 401;
      const [, id = "", secret = ""] = api.key("read").split("_");
      const wrong = `cto_${id}_${[...secret].reverse().join("")}`;
      for (const key of [undefined, "nonsense", wrong, revokedKey]) {
        const answer = await send(name, row, key);
        expect(answer.status, answer.text).toBe(wanted);
      }
    });
  });

  it("shows a bound key its own user's operations only", async () => {
    const ids = async (binding: Binding) => {
      const { body } = await api.request("GET", "/v1/operations", { key: api.key("read", binding) });
      return body.operations.map(({ userId }: { userId: string }) => userId);
    };
    expect(new Set(await ids("alice"))).toEqual(new Set(["alice"]));
    expect(await ids("bob")).toEqual([]);
  });

  it("refuses another user's items of a batch, each by itself", async () => {
    const body = { operations: [operation(), { ...operation(), userId: "bob" }] };
    const answer = await api.request("POST", "/v1/operations/batch", {
      key: api.key("operate", "alice"),
      body,
    });
    expect(answer.body.results).toMatchObject([
      { status: 201 },
      { status: 403, problem: { code: "CTO_E_FORBIDDEN" } },
    ]);
  });
});

describe("a route that states no rule", () => {
  it("is not registered, and what was opened for the app is closed", async () => {
    const { buildApp } = await import("../../src/server/app.ts");
    let isClosed = false;
    const building = buildApp(api.stage.context, {
      version: "0.0.0-test",
      webRoot: "/nowhere",
      extraRoutes: (app) => {
        app.addHook("onClose", async () => {
          isClosed = true;
        });
        app.get("/forgotten", async () => "open to all");
      },
    });
    await expect(building).rejects.toThrow("GET /forgotten states no access rule");
    expect(isClosed).toBe(true);
  });
});
