/** A visitor without a key waits for turns as a tenant does: a public route reads what all tenants share. */
import { afterAll, beforeAll, expect, it } from "vitest";
import { openTestApi, type TestApi } from "./test-api.ts";

let api: TestApi;
beforeAll(async () => {
  api = await openTestApi({ config: { CTO_CALLERS: ["11111111111111111111111111111112" as never] } });
});
afterAll(() => api?.close());

// Of one address, 64 requests run or wait; the others are refused at once.
it.each<["GET" | "POST", string]>([
  ["GET", "/v1/disclosures"],
  ["GET", "/v1/calls"],
  ["POST", "/v1/calls/c_nobody/memo"],
])("holds a visitor's %s %s to turns", async (method, url) => {
  const answers = await Promise.all(Array.from({ length: 300 }, () => api.request(method, url)));
  expect(answers.map(({ status }) => status)).toContain(429);
});
