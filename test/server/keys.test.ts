/**
 * Tests API keys: when a key ends, from where it may be used, how it is replaced, what it cannot do to itself, and
 * which pages may connect.
 */
import { io } from "socket.io-client";
import { afterAll, beforeAll, expect, it } from "vitest";
import { isAddressOrNetwork, isListed } from "../../src/base/address-list.ts";
import { addressReader, mayConnect } from "../../src/server/socket/handshake.ts";
import { createApiKey, revokeApiKey } from "../../src/services/api-keys.ts";
import { openTestApi, type TestApi } from "./test-api.ts";

let api: TestApi;
let url: string;

beforeAll(async () => {
  api = await openTestApi({ buyers: 1, config: { CTO_CORS_ORIGINS: ["https://app.example.org"] } });
  url = await api.app.listen({ host: "127.0.0.1", port: 0 });
});
afterAll(() => api.close());

const status = async (key: string): Promise<number> => (await api.request("GET", "/v1/me", { key })).status;

/** Connects a client. @returns "connected", or the message of the refusal */
async function connect(key: string, origin?: string): Promise<string> {
  const socket = io(url, {
    auth: { key },
    forceNew: true,
    reconnection: false,
    transports: ["websocket"],
    ...(origin === undefined ? {} : { extraHeaders: { origin } }),
  });
  try {
    return await new Promise<string>((resolve) => {
      socket.on("connect", () => resolve("connected"));
      socket.on("connect_error", (error) => resolve(error.message));
    });
  } finally {
    socket.disconnect();
  }
}

it("a key is refused from its end on, and from other addresses than its own", async () => {
  const { context } = api.stage;
  const { key, secret } = await createApiKey(context, { name: "a", scopes: ["read"], expiresInDays: 1 });
  expect(await status(secret)).toBe(200);
  await context.journal.expireApiKey(key.id, new Date(Date.now() - 1));
  expect(await status(secret)).toBe(401);
  expect(await connect(secret)).toBe("refused");

  const bound = { name: "b", scopes: ["read" as const], addresses: ["203.0.113.0/24"] };
  const elsewhere = await createApiKey(context, bound);
  expect(await status(elsewhere.secret)).toBe(401);
  expect(await connect(elsewhere.secret)).toBe("refused");
  const here = await createApiKey(context, { ...bound, addresses: ["203.0.113.0/24", "127.0.0.1"] });
  expect([await status(here.secret), await connect(here.secret)]).toEqual([200, "connected"]);
  await expect(createApiKey(context, { ...bound, addresses: ["10.0.0.0/33"] })).rejects.toMatchObject({
    code: "CTO_E_API_KEY_INVALID",
  });
});

it("a key that takes another one's place has its rights, and the old one goes on for the overlap", async () => {
  const admin = api.key("admin");
  const old = await createApiKey(api.stage.context, {
    name: "shop",
    scopes: ["operate"],
    userId: "alice",
    addresses: ["127.0.0.1"],
    expiresInDays: 10,
  });
  const roll = (id: string, body: object) =>
    api.request("POST", `/v1/api-keys/${id}/roll`, { key: admin, body });
  const { status: code, body } = await roll(old.key.id, { overlapHours: 1 });
  expect(code).toBe(201);
  expect(body.key).toMatchObject({
    name: "shop",
    scopes: ["operate"],
    userId: "alice",
    addresses: ["127.0.0.1"],
  });
  expect(Date.parse(body.key.expiresAt) - Date.now()).toBeGreaterThan(9 * 86_400_000);
  expect([await status(old.secret), await status(body.secret)]).toEqual([200, 200]);
  expect((await roll(body.key.id, { overlapHours: 0 })).status).toBe(201);
  expect(await status(body.secret)).toBe(401);
  expect((await roll(body.key.id, {})).status).toBe(404);
});

it("the last key with the scope admin cannot end itself; another one can", async () => {
  const { context } = api.stage;
  const [first] = (await context.journal.listApiKeys()).filter(({ scopes }) => scopes.includes("admin"));
  const admin = api.key("admin");
  const end = (id: string | undefined, key: string) => api.request("DELETE", `/v1/api-keys/${id}`, { key });
  const refused = await end(first?.id, admin);
  expect([refused.status, refused.body.code]).toEqual([409, "CTO_E_API_KEY_LAST_ADMIN"]);
  const other = await createApiKey(context, { name: "other", scopes: ["admin"] });
  expect((await end(other.key.id, other.secret)).status).toBe(204);
  expect(await status(admin)).toBe(200);
});

it("a key with the scope admin and its successor count as one, so that no admin is lost with the overlap", async () => {
  const { context } = api.stage;
  const before = (await context.journal.listApiKeys()).filter(({ scopes }) => scopes.includes("admin"));
  const old = await createApiKey(context, { name: "old", scopes: ["admin"] });
  const roll = (id: string, key: string) =>
    api.request("POST", `/v1/api-keys/${id}/roll`, { key, body: { overlapHours: 1 } });
  const successor = (await roll(old.key.id, old.secret)).body;
  for (const { id } of before) await revokeApiKey(context, id);

  const end = async (id: string, key: string) =>
    (await api.request("DELETE", `/v1/api-keys/${id}`, { key })).status;
  expect([await end(successor.key.id, successor.secret), await end(successor.key.id, old.secret)]).toEqual([
    409, 409,
  ]);
  // The successor's successor stands for both before it, also once the one between them is gone.
  const third = (await roll(successor.key.id, successor.secret)).body;
  expect(await end(successor.key.id, old.secret)).toBe(204);
  expect(await end(third.key.id, old.secret)).toBe(409);
  const other = await createApiKey(context, { name: "other", scopes: ["admin"] });
  expect(await end(third.key.id, old.secret)).toBe(204);
  // Now the replaced key has no successor any more. It may end itself, because another one lasts.
  expect(await end(old.key.id, old.secret)).toBe(204);
  expect(await end(other.key.id, other.secret)).toBe(409);
});

it("pages of other origins are refused at the socket's handshake", async () => {
  const key = api.key("read");
  expect(await connect(key, "https://evil.example")).not.toBe("connected");
  expect(await connect(key, "https://app.example.org")).toBe("connected");
  expect(await connect(key, url)).toBe("connected");
  const config = { CTO_PUBLIC_URL: "https://cto.example.org/base", CTO_CORS_ORIGINS: undefined };
  const from = (origin?: string) => mayConnect({ headers: { host: "inside:3000", origin } }, config);
  expect([from(), from("https://cto.example.org"), from("null"), from("https://evil.example")]).toEqual([
    true,
    true,
    false,
    false,
  ]);
});

it("addresses are matched in both families, and behind trusted proxies alone", () => {
  expect(["10.0.0.0/8", "::1", "2001:db8::/32", "1.2.3.4"].every(isAddressOrNetwork)).toBe(true);
  expect(["10.0.0.0/33", "10.0.0", "host", "::1/129", "10.0.0.1/8/8"].some(isAddressOrNetwork)).toBe(false);
  const list = ["10.0.0.0/8", "2001:db8::/32"];
  expect(["10.9.9.9", "::ffff:10.1.1.1", "2001:db8::7"].every((one) => isListed(list, one))).toBe(true);
  expect(["11.0.0.1", "2001:db9::1", ""].some((one) => isListed(list, one))).toBe(false);
  const request = {
    socket: { remoteAddress: "10.0.0.1" },
    headers: { "x-forwarded-for": "203.0.113.7" },
  } as unknown as Parameters<ReturnType<typeof addressReader>>[0];
  expect(addressReader({ CTO_HTTP_TRUSTED_PROXIES: "10.0.0.1" })(request)).toBe("203.0.113.7");
  expect(addressReader({ CTO_HTTP_TRUSTED_PROXIES: undefined })(request)).toBe("10.0.0.1");
});
