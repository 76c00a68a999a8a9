/** Tests the HTTP API of webhooks, balance thresholds and linked chats: what is shown, recorded and refused. */
import { afterAll, beforeAll, expect, it } from "vitest";
import { createClient } from "../../src/client/index.ts";
import { chatUser, linkChat } from "../../src/services/chats.ts";
import { openTestApi, type TestApi } from "./test-api.ts";

const URL_OF_ALICE = "https://example.org/hooks/a-secret-path";

let api: TestApi;
let alice: string;
let bob: string;
let id: string;

beforeAll(async () => {
  api = await openTestApi({ buyers: 1 });
  alice = api.key("operate", "alice");
  bob = api.key("operate", "bob");
});
afterAll(() => api.close());

const ask = (method: "GET" | "POST" | "PUT" | "PATCH" | "DELETE", url: string, body?: unknown, key = alice) =>
  api.request(method, `/v1${url}`, { key, ...(body === undefined ? {} : { body }) });

it("adds a webhook whose secret is in this answer alone, and refuses what can be no receiver", async () => {
  const added = await ask("POST", "/users/alice/webhooks", { url: URL_OF_ALICE, events: ["balance.low"] });
  expect([added.status, added.headers["cache-control"]]).toEqual([201, "no-store"]);
  expect(added.body).toMatchObject({
    webhook: { userId: "alice", url: URL_OF_ALICE, events: ["balance.low"] },
    secret: expect.stringMatching(/^whsec_/),
  });
  ({ id } = added.body.webhook);
  const listed = await ask("GET", "/users/alice/webhooks");
  expect(listed.body.webhooks).toMatchObject([{ id }]);
  expect(listed.text).not.toContain("whsec_");
  for (const url of [
    "http://example.org/",
    "https://127.0.0.1/",
    "https://localhost./",
    "https://x:y@example.org/",
  ])
    expect(await ask("POST", "/users/alice/webhooks", { url })).toMatchObject({
      status: 400,
      body: { code: "CTO_E_WEBHOOK_INVALID" },
    });
  expect(
    (await ask("POST", "/users/alice/webhooks", { url: URL_OF_ALICE, events: ["leg.won"] })).status,
  ).toBe(400);
});

it("changes, rotates, tests, lists page by page and sends again, and records who did it without the URL's path", async () => {
  const changed = await ask("PATCH", `/webhooks/${id}`, { url: `${URL_OF_ALICE}/2` });
  expect(changed.body).toMatchObject({ url: `${URL_OF_ALICE}/2`, events: ["balance.low"] });
  expect(await ask("PATCH", `/webhooks/${id}`, {})).toMatchObject({ status: 400 });
  const rotated = await ask("POST", `/webhooks/${id}/rotate`);
  expect([rotated.headers["cache-control"], Object.keys(rotated.body)]).toEqual(["no-store", ["secret"]]);
  const { deliveryId } = (await ask("POST", `/webhooks/${id}/test`)).body;
  await ask("POST", `/webhooks/${id}/test`);
  const first = await ask("GET", `/webhooks/${id}/deliveries?limit=1`);
  const second = await ask("GET", `/webhooks/${id}/deliveries?limit=1&cursor=${first.body.nextCursor}`);
  expect((await ask("GET", `/webhooks/${id}/deliveries?cursor=bogus`)).status).toBe(400);
  expect(second.body).toMatchObject({
    deliveries: [{ id: deliveryId, type: "webhook.test", status: "pending", tries: 0, answer: null }],
    nextCursor: null,
  });
  const failed = { status: "failed", tries: 11, dueAt: new Date(), answer: "HTTP 500" } as const;
  await api.stage.context.journal.changeDelivery(deliveryId, 0, failed);
  const again = await ask("POST", `/deliveries/${deliveryId}/redeliver`);
  expect([again.status, again.body]).toMatchObject([202, { id: deliveryId, status: "pending", tries: 0 }]);

  const records = await api.stage.context.journal.readAuditBack(null, 100);
  const own = records.filter(({ subject }) => subject === id).reverse();
  expect(own.map(({ action }) => action)).toEqual([
    "webhook.added",
    "webhook.changed",
    "webhook.secret-rotated",
    "webhook.tested",
    "webhook.tested",
    "webhook.redelivered",
  ]);
  expect(new Set(own.map(({ actor }) => actor))).toEqual(new Set([`API key ${alice.split("_")[1]}`]));
  expect(JSON.stringify(records)).not.toMatch(/a-secret-path|whsec_/);
});

it("shows another user's key nothing of it, and nothing after its removal", async () => {
  const { body } = await ask("GET", `/webhooks/${id}/deliveries`);
  const paths = [`/webhooks/${id}/deliveries`, `/webhooks/${id}/rotate`, `/webhooks/${id}/test`];
  for (const [at, path] of paths.entries()) {
    const refused = await ask(at === 0 ? "GET" : "POST", path, undefined, bob);
    const unknown = await ask(at === 0 ? "GET" : "POST", path.replace(id, "wh_none"), undefined, bob);
    expect([refused.status, refused.body.code]).toEqual([404, unknown.body.code]);
  }
  const delivery = `/deliveries/${body.deliveries[0].id}/redeliver`;
  expect(await ask("POST", delivery, undefined, bob)).toMatchObject({ status: 404 });
  expect((await ask("GET", "/users/bob/webhooks", undefined, bob)).body).toEqual({ webhooks: [] });
  expect((await ask("DELETE", `/webhooks/${id}`)).status).toBe(204);
  expect((await ask("GET", "/users/alice/webhooks")).body).toEqual({ webhooks: [] });
  for (const [method, path, change] of [
    ["DELETE", "", undefined],
    ["PATCH", "", { events: ["leg.failed"] }],
    ["POST", "/test", undefined],
    ["POST", "/rotate", undefined],
  ] as const)
    expect(await ask(method, `/webhooks/${id}${path}`, change)).toMatchObject({
      status: 404,
      body: { code: "CTO_E_WEBHOOK_UNKNOWN" },
    });
});

it("keeps the thresholds of balance.low, in lamports", async () => {
  const none = { fundingLamports: null, buyerLamports: null };
  const path = "/users/alice/balance-alert";
  expect((await ask("GET", path)).body).toEqual(none);
  const set = { fundingLamports: "500000000", buyerLamports: null };
  expect((await ask("PUT", path, set)).body).toEqual(set);
  expect((await ask("GET", path)).body).toEqual(set);
  for (const bad of [{ ...set, buyerLamports: "-1" }, { ...set, buyerLamports: 5 }, {}, { ...none, x: "1" }])
    expect((await ask("PUT", path, bad)).status).toBe(400);
  expect((await ask("PUT", path, { ...set, buyerLamports: "9".repeat(20) })).status).toBe(400);
  expect((await ask("PUT", path, none)).body).toEqual(none);
});

it("links a chat by a code that is shown once, and unlinks only the user's own chats", async () => {
  const made = await ask("POST", "/users/alice/chats");
  expect([made.status, made.headers["cache-control"]]).toEqual([201, "no-store"]);
  const { context } = api.stage;
  expect(await linkChat(context, made.body.code, 77)).toBe("alice");
  expect(await linkChat(context, made.body.code, 78)).toBeNull();
  expect((await ask("GET", "/users/alice/chats")).body).toMatchObject({ chats: [{ chatId: "77" }] });
  expect((await ask("GET", "/users/bob/chats", undefined, bob)).body).toEqual({ chats: [] });
  expect((await ask("DELETE", "/users/bob/chats/77", undefined, bob)).status).toBe(404);
  expect(await chatUser(context, 77)).toBe("alice");
  expect((await ask("DELETE", "/users/alice/chats/77")).status).toBe(204);
  expect(await chatUser(context, 77)).toBeNull();

  const url = await api.app.listen({ host: "127.0.0.1", port: 0 });
  const client = createClient({ url, key: alice });
  const { webhook } = await client.webhooks.add("alice", { url: URL_OF_ALICE });
  expect(await client.webhooks.list("alice")).toEqual([webhook]);
  const { deliveryId } = await client.webhooks.test(webhook.id);
  expect((await client.webhooks.deliveries(webhook.id, { limit: 1 })).deliveries).toMatchObject([
    { id: deliveryId, status: "pending" },
  ]);
  expect(await client.webhooks.remove(webhook.id)).toBeNull();
  expect(await client.chats.createCode("alice")).toMatchObject({ code: expect.any(String) });
  expect((await ask("POST", "/users/nobody/chats", undefined, api.key("operate"))).status).toBe(404);
});
