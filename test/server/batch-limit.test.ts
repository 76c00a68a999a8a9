/** The items of a batch count as requests: a batch is no way round the limit of requests. */
import { afterAll, beforeAll, expect, it } from "vitest";
import { openTestApi, type TestApi } from "./test-api.ts";

let api: TestApi;
beforeAll(async () => {
  api = await openTestApi({ config: { CTO_HTTP_REQUESTS_PER_MINUTE: 30 } });
});
afterAll(() => api?.close());

it("refuses a batch whose items, with those before it, are more than a minute's requests, and says when to come back", async () => {
  const body = (items: number) => ({
    operations: Array.from({ length: items }, () => ({ no: "operation" })),
  });
  const [mine, other] = [api.key("operate", "bob"), api.key("operate", "alice")];
  const batch = (key: string, items: number) =>
    api.request("POST", "/v1/operations/batch", { key, body: body(items) });
  expect((await batch(mine, 20)).status).toBe(200);
  const refused = await batch(mine, 20);
  expect(refused.status).toBe(429);
  expect(refused.body).toMatchObject({ code: "CTO_E_RATE_LIMITED" });
  expect(Number(refused.headers["retry-after"])).toBeGreaterThan(0);
  // What was refused does not count, and nobody else is held back.
  expect((await batch(mine, 10)).status).toBe(200);
  expect((await batch(other, 30)).status).toBe(200);
});
