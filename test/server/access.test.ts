/**
 * Tests the access control of the server: sessions, origins, rate limits, sizes, headers, and which clients may connect
 * from where.
 */

import { readFile, stat } from "node:fs/promises";
import type { AddressInfo } from "node:net";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { buildApp } from "../../src/server/app.ts";
import { startServer } from "../../src/server/listen.ts";
import { adminKeyFile, ensureAdminKey } from "../../src/services/admin-key.ts";
import { createApiKey, revokeApiKey } from "../../src/services/api-keys.ts";
import { openStage, type Stage } from "../support/stage.ts";
import { openTestApi, type TestApi } from "./test-api.ts";

const DASHBOARD = { "x-cto-requested-with": "dashboard", origin: "http://localhost:80" };
const OPTIONS = { version: "0.0.0-test", webRoot: "/nowhere" };

let api: TestApi;
beforeAll(async () => {
  api = await openTestApi({ config: { CTO_CORS_ORIGINS: ["https://app.example.org"] } });
});
afterAll(() => api.close());

const logIn = async (key: string): Promise<string> => {
  const answer = await api.request("POST", "/v1/session", { body: { key }, headers: DASHBOARD });
  expect(answer.status, answer.text).toBe(200);
  return String(answer.headers["set-cookie"]);
};
const pairOf = (cookie: string): string => /^cto_session=[^;]+/.exec(cookie)?.[0] ?? "";

describe("a session", () => {
  it("is a cookie that scripts and other sites do not get, and holds nothing of the key", async () => {
    const key = api.key("operate", "alice");
    const cookie = await logIn(key);
    expect(cookie).toMatch(/; HttpOnly/);
    expect(cookie).toMatch(/; SameSite=Strict/);
    expect(cookie).not.toMatch(/; Secure/); // The stage's server is on loopback.
    expect(cookie).not.toContain(key.split("_")[2]);
    const me = await api.request("GET", "/v1/me", { headers: { cookie: pairOf(cookie) } });
    expect(me.body).toMatchObject({
      key: { scopes: ["operate"], userId: "alice" },
      cluster: "localnet",
      halted: null,
    });
  });

  it("is for HTTPS alone where others can reach the server", async () => {
    const { context } = api.stage;
    const config = { ...context.config, CTO_HTTP_HOST: "0.0.0.0" };
    const app = await buildApp({ ...context, config }, OPTIONS);
    const { headers } = await app.inject({
      method: "POST",
      url: "/v1/session",
      headers: DASHBOARD,
      payload: { key: api.key("read") },
    });
    await app.close();
    expect(String(headers["set-cookie"])).toMatch(/; Secure/);
  });

  it("changes nothing without the dashboard's header and origin", async () => {
    const cookie = pairOf(await logIn(api.key("admin")));
    const attempts = [
      {},
      { "x-cto-requested-with": "dashboard" },
      { origin: DASHBOARD.origin },
      { ...DASHBOARD, origin: "https://evil.example" },
      { ...DASHBOARD, origin: "null" },
    ];
    for (const headers of attempts) {
      const answer = await api.request("POST", "/v1/halt", {
        body: { reason: "x" },
        headers: { cookie, ...headers },
      });
      expect([answer.status, answer.body.code]).toEqual([403, "CTO_E_FORBIDDEN"]);
    }
    const allowed = await api.request("POST", "/v1/halt", {
      body: { reason: "x" },
      headers: { cookie, ...DASHBOARD },
    });
    expect(allowed.status).toBe(200);
    await api.request("DELETE", "/v1/halt", { headers: { cookie, ...DASHBOARD } });
  });

  it("cannot be begun from another site", async () => {
    const headers = { ...DASHBOARD, origin: "https://evil.example" };
    const answer = await api.request("POST", "/v1/session", { body: { key: api.key("read") }, headers });
    expect(answer.status).toBe(403);
    expect(answer.headers["set-cookie"]).toBeUndefined();
  });

  it("ends when it is ended, and with its key", async () => {
    const { context } = api.stage;
    const { key, secret } = await createApiKey(context, { name: "brief", scopes: ["read"] });
    const [first, second] = [pairOf(await logIn(secret)), pairOf(await logIn(secret))];
    const ask = (cookie: string) => api.request("GET", "/v1/me", { headers: { cookie } });
    expect(
      (await api.request("DELETE", "/v1/session", { headers: { cookie: first, ...DASHBOARD } })).status,
    ).toBe(204);
    expect((await ask(first)).status).toBe(401);
    expect((await ask(second)).status).toBe(200);
    await revokeApiKey(context, key.id);
    expect((await ask(second)).status).toBe(401);
  });
});

describe("an API key", () => {
  it("is shown once, and is nowhere in the journal; its use is noted", async () => {
    const admin = api.key("admin");
    const made = await api.request("POST", "/v1/api-keys", {
      key: admin,
      body: { name: "shop", scopes: ["operate", "read"], userId: "alice" },
    });
    expect(made.body.key).toMatchObject({ scopes: ["read", "operate"], userId: "alice", lastUsedAt: null });
    expect((await api.request("GET", "/v1/me", { key: made.body.secret })).status).toBe(200);
    const list = () => api.request("GET", "/v1/api-keys", { key: admin });
    const listedIn = ({ body }: { body: { keys: { id: string; lastUsedAt: string | null }[] } }) =>
      body.keys.find(({ id }) => id === made.body.key.id);
    // Requests do not wait until the use of their key is stored.
    await expect.poll(async () => listedIn(await list())?.lastUsedAt).not.toBeNull();
    const { body } = await list();
    const listed = listedIn({ body });
    const secret = made.body.secret.split("_")[2];
    const records = await api.stage.context.journal.readAudit(0, 1_000);
    expect(JSON.stringify([body, records])).not.toContain(secret);
    const [adminId] = admin.split("_").slice(1);
    expect(records.at(-1)).toMatchObject({
      action: "api-key.created",
      subject: listed?.id,
      actor: `API key ${adminId}`,
    });
  });

  it("is global when it may do everything", async () => {
    const body = { name: "x", scopes: ["admin"], userId: "alice" };
    const answer = await api.request("POST", "/v1/api-keys", { key: api.key("admin"), body });
    expect([answer.status, answer.body.code]).toEqual([400, "CTO_E_API_KEY_INVALID"]);
  });
});

describe("the rate limit", () => {
  it("counts each key by itself, and guesses at keys by their address", async () => {
    const { context } = api.stage;
    const config = { ...context.config, CTO_HTTP_REQUESTS_PER_MINUTE: 3 };
    const app = await buildApp({ ...context, config }, OPTIONS);
    const ask = (key: string) => app.inject({ url: "/v1/me", headers: { authorization: `Bearer ${key}` } });
    const statuses = async (key: string, times: number) => {
      const found: number[] = [];
      for (let count = 0; count < times; count += 1) found.push((await ask(key)).statusCode);
      return found;
    };
    expect(await statuses(api.key("read", "alice"), 4)).toEqual([200, 200, 200, 429]);
    expect(await statuses(api.key("read", "bob"), 1)).toEqual([200]);
    expect(await statuses("guess", 5)).toEqual([401, 401, 401, 429, 429]);
    const refused = await ask(api.key("read", "alice"));
    expect(Number(refused.headers["retry-after"])).toBeGreaterThan(0);
    expect(refused.json()).toMatchObject({ code: "CTO_E_RATE_LIMITED", status: 429 });
    expect((await app.inject({ url: "/healthz" })).statusCode).toBe(200);
    await app.close();
  });
});

/** Opens an app with a route that reads the chain and answers when it is let go of. */
async function openHeld() {
  const held: (() => void)[] = [];
  const app = await buildApp(api.stage.context, {
    ...OPTIONS,
    extraRoutes: (extra) => {
      extra.get(
        "/v1/held",
        { config: { access: { scope: "read", owner: "none" }, readsChain: true } },
        () => new Promise((resolve) => held.push(() => resolve({}))),
      );
    },
  });
  await app.listen({ port: 0, host: "127.0.0.1" });
  return { app, held, url: `http://127.0.0.1:${(app.server.address() as AddressInfo).port}/v1/held` };
}

describe("requests that read the chain", () => {
  it("of one tenant run four at a time, and delay no other tenant's, whoever leaves while waiting", async () => {
    const { app, held, url } = await openHeld();
    const ask = async (key: string, signal?: AbortSignal) =>
      (await fetch(url, { headers: { authorization: `Bearer ${key}` }, signal: signal ?? null })).status;
    const [first, second] = [api.key("read", "alice"), api.key("operate", "alice")];
    const running = [ask(first), ask(first), ask(second), ask(second)];
    await expect.poll(() => held.length).toBe(4);
    const leaving = new AbortController();
    const left = [1, 2].map(() => ask(first, leaving.signal).catch(() => "left"));
    const waiting = ask(second);
    const bobs = ask(api.key("read", "bob"));
    await expect.poll(() => held.length).toBe(5);
    held.pop()?.();
    expect(await bobs).toBe(200);
    const connections = () =>
      new Promise<number>((resolve) => app.server.getConnections((_error, count) => resolve(count)));
    const before = await connections();
    leaving.abort();
    expect(await Promise.all(left)).toEqual(["left", "left"]);
    await expect.poll(connections).toBeLessThanOrEqual(before - 2);
    for (const release of held.splice(0)) release();
    expect(await Promise.all(running)).toEqual([200, 200, 200, 200]);
    // The places of those that have left are free again.
    await expect.poll(() => held.length).toBe(1);
    const more = [ask(first), ask(first), ask(first)];
    await expect.poll(() => held.length).toBe(4);
    for (const release of held.splice(0)) release();
    expect(await Promise.all([waiting, ...more])).toEqual([200, 200, 200, 200]);
    await app.close();
  });

  it("are refused once too many wait", async () => {
    const { app, held } = await openHeld();
    const headers = { authorization: `Bearer ${api.key("read", "alice")}` };
    let refused = 0;
    const asked = Array.from({ length: 70 }, async () => {
      const { statusCode } = await app.inject({ url: "/v1/held", headers });
      if (statusCode === 429) refused += 1;
      return statusCode;
    });
    await expect.poll(() => refused, { timeout: 20_000 }).toBe(6);
    const letGo = setInterval(() => {
      for (const release of held.splice(0)) release();
    }, 20);
    const statuses = await Promise.all(asked);
    clearInterval(letGo);
    await app.close();
    expect(statuses.filter((status) => status === 429)).toHaveLength(6);
    expect(statuses.filter((status) => status === 200)).toHaveLength(64);
  });
});

describe("requests", () => {
  it("that are too large, or not JSON, are refused in our words", async () => {
    const key = api.key("operate");
    const large = await api.request("POST", "/v1/operations", { key, body: { userId: "x".repeat(200_000) } });
    expect([large.status, large.body.code]).toEqual([413, "CTO_E_REQUEST_TOO_LARGE"]);
    for (const [payload, type, code] of [
      ["{", "application/json", "CTO_E_REQUEST_INVALID"],
      ["<a/>", "application/xml", "CTO_E_MEDIA_TYPE_UNSUPPORTED"],
      ["{}", "text/plain", "CTO_E_MEDIA_TYPE_UNSUPPORTED"],
    ] as const) {
      const answer = await api.app.inject({
        method: "POST",
        url: "/v1/operations",
        headers: { authorization: `Bearer ${key}`, "content-type": type },
        payload,
      });
      expect(answer.json().code).toBe(code);
    }
  });

  it("to a path that there is not are answered with a problem", async () => {
    const answer = await api.request("GET", "/v1/nothing?secret=1", { key: api.key("read") });
    expect(answer.body).toMatchObject({ status: 404, code: "CTO_E_ROUTE_UNKNOWN", instance: "/v1/nothing" });
    expect(answer.text).not.toContain("secret=1");
  });

  it("with a method that their path does not take are told which it takes, whatever their body is", async () => {
    for (const [method, url, allow] of [
      ["DELETE", "/v1/operations", "GET, POST"],
      ["PATCH", "/v1/operations/op_1?a=b", "GET"],
      ["QUERY", "/v1/operations", "GET, POST"],
      ["TRACE", "/v1/operations", "GET, POST"],
      ["POST", "/healthz", "GET"],
      // It is no operation, although a path with an id has the same form.
      ["DELETE", "/v1/operations/batch", "POST"],
    ] as const) {
      const answer = await api.app.inject({ method: method as "GET", url, headers: { "content-type": "x" } });
      expect([method, answer.statusCode, answer.headers.allow]).toEqual([method, 405, allow]);
      expect(answer.json()).toMatchObject({ status: 405, code: "CTO_E_METHOD_NOT_ALLOWED" });
    }
    const nowhere = await api.app.inject({
      method: "POST",
      url: "/v1/nothing",
      headers: { "content-type": "x" },
    });
    expect([nowhere.statusCode, nowhere.json().code]).toEqual([404, "CTO_E_ROUTE_UNKNOWN"]);
  });

  it("whose path the router itself refuses are answered with a problem, too", async () => {
    for (const url of [`/v1/operations/${"a".repeat(2_000)}`, "/v1/operations/%c3%28"]) {
      const answer = await api.request("GET", url, { key: api.key("read") });
      expect(answer.headers["content-type"]).toContain("application/problem+json");
      expect([answer.status, answer.body.code]).toEqual([400, "CTO_E_REQUEST_INVALID"]);
    }
  });

  it("of a batch are answered one by one, those of another form, too", async () => {
    const item = {
      userId: "alice",
      userChatId: 7,
      tokenAddress: api.stage.mint,
      buyAmount: "0.01",
      mode: "prefunded",
      platform: "auto",
    };
    const operations = [
      item,
      { ...item, buyAmount: -1 },
      { nonsense: true },
      { ...item, idempotencyKey: "k" },
    ];
    const key = api.key("operate", "alice");
    const { body } = await api.request("POST", "/v1/operations/batch", { key, body: { operations } });
    expect(body.results).toMatchObject([
      { status: 201, operation: { userId: "alice" } },
      { status: 400, problem: { code: "CTO_E_AMOUNT_INVALID" } },
      { status: 400, problem: { code: "CTO_E_REQUEST_INVALID" } },
      { status: 201, operation: { idempotencyKey: "k" } },
    ]);
    const again = await api.request("POST", "/v1/operations/batch", {
      key,
      body: { operations: [operations[3]] },
    });
    expect(again.body.results).toMatchObject([
      { status: 200, operation: { id: body.results[3].operation.id } },
    ]);
    const tooMany = { operations: Array.from({ length: 101 }, () => item) };
    expect((await api.request("POST", "/v1/operations/batch", { key, body: tooMany })).status).toBe(400);
  });
});

describe("answers", () => {
  it("let pages run nothing but our own scripts, and be in nobody's frame", async () => {
    const { headers } = await api.request("GET", "/healthz");
    expect(headers["content-security-policy"]).toContain("script-src 'self'");
    expect(headers["content-security-policy"]).not.toContain("unsafe");
    expect(headers["content-security-policy"]).toContain("frame-ancestors 'none'");
    expect(headers["x-content-type-options"]).toBe("nosniff");
  });

  it("are for the configured origins' pages alone, and never with a cookie", async () => {
    const preflight = (origin: string) =>
      api.app.inject({
        method: "OPTIONS",
        url: "/v1/operations",
        headers: { origin, "access-control-request-method": "POST" },
      });
    const allowed = await preflight("https://app.example.org");
    expect(allowed.headers["access-control-allow-origin"]).toBe("https://app.example.org");
    expect(allowed.headers["access-control-allow-credentials"]).toBeUndefined();
    const refused = await preflight("https://evil.example");
    expect(refused.headers["access-control-allow-origin"]).toBeUndefined();
  });

  it("describe the API as OpenAPI 3.1, with an explorer that loads nothing from elsewhere", async () => {
    const { body } = await api.request("GET", "/openapi.json");
    expect(body.openapi).toBe("3.1.0");
    expect(body.paths["/v1/operations"].post.responses).toHaveProperty("201");
    const page = await api.app.inject({ url: "/docs/" });
    expect(page.statusCode).toBe(200);
    expect(page.headers["content-security-policy"]).toMatch(/^default-src 'self';(?!.*(unsafe|https))/);
    const loaded = [...page.payload.matchAll(/(?:src|href)="([^"]+)"/g)].map(([, url]) => url ?? "");
    expect(loaded.length).toBeGreaterThan(3);
    expect(loaded.filter((url) => /^(https?:)?\/\//.test(url))).toEqual([]);
    for (const url of loaded) {
      const { statusCode } = await api.app.inject({ url: new URL(url, "http://x/docs/").pathname });
      expect(statusCode, url).toBe(200);
    }
  });

  it("explain every error where a problem's type points to", async () => {
    const page = await api.request("GET", "/docs/errors");
    const { body } = await api.request("GET", "/v1/me");
    expect(page.text).toContain(`id="${body.type.split("#")[1]}"`);
  });
});

describe("where the server listens", () => {
  let stage: Stage;
  beforeEach(async () => {
    stage = await openStage();
  });
  afterEach(() => stage.close());

  const at = (host: string) => ({
    ...stage.context,
    config: { ...stage.context.config, CTO_HTTP_HOST: host, CTO_HTTP_PORT: 0 },
  });

  it("is refused in public until there is a key, and again once it is revoked", async () => {
    const open = () => startServer(at("0.0.0.0"), OPTIONS);
    await expect(open()).rejects.toMatchObject({ code: "CTO_E_SERVER_PUBLIC_WITHOUT_KEYS" });
    const { key } = await createApiKey(stage.context, { name: "first", scopes: ["admin"] });
    await (await open()).close();
    await revokeApiKey(stage.context, key.id);
    await expect(open()).rejects.toMatchObject({ code: "CTO_E_SERVER_PUBLIC_WITHOUT_KEYS" });
  });

  it("is loopback without a key, and a taken port has its own error", async () => {
    const server = await startServer(at("127.0.0.1"), OPTIONS);
    expect((await fetch(`${server.url}/healthz`)).status).toBe(200);
    const taken = at("127.0.0.1");
    const port = Number(new URL(server.url).port);
    const again = startServer({ ...taken, config: { ...taken.config, CTO_HTTP_PORT: port } }, OPTIONS);
    await expect(again).rejects.toMatchObject({ code: "CTO_E_SERVER_FAILED" });
    await server.close();
  });

  it("the localnet's first key is in a file of its owner's, and is made once", async () => {
    const file = adminKeyFile(stage.config);
    await ensureAdminKey(stage.context);
    const first = await readFile(file, "utf8");
    expect((await stat(file)).mode & 0o777).toBe(0o600);
    await ensureAdminKey(stage.context);
    expect(await readFile(file, "utf8")).toBe(first);
    const [, id = ""] = first.split("_");
    await revokeApiKey(stage.context, id);
    await ensureAdminKey(stage.context);
    expect(await readFile(file, "utf8")).not.toBe(first);
  });
});
