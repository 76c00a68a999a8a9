/** The estimates' share of Jupiter's rate is divided by user, and a refusal says when to ask again. */
import { afterAll, beforeAll, expect, it } from "vitest";
import { openTestApi, type TestApi } from "./test-api.ts";

let api: TestApi;
beforeAll(async () => {
  // Estimates may send seven requests a minute. One of them takes three.
  api = await openTestApi({ config: { JUPITER_REQUESTS_PER_SECOND: 0.5 } });
});
afterAll(() => api?.close());

const ask = (userId: "alice" | "bob") =>
  api.request("POST", "/v1/operations/estimate", {
    key: api.key("read", userId),
    body: {
      userId: userId === "alice" ? api.stage.userId : userId,
      userChatId: 1,
      tokenAddress: api.stage.mint,
      buyAmount: "0.1",
      mode: "prefunded",
      platform: "jupiter",
    },
  });

it("one user's estimates leave a part to another's, and the refused ones say when to ask again", async () => {
  const flood = await Promise.all(Array.from({ length: 12 }, () => ask("alice")));
  const refused = flood.filter(({ status }) => status === 429);
  expect(flood.filter(({ status }) => status === 200).length).toBeGreaterThan(0);
  expect(refused.length).toBeGreaterThan(8);
  for (const { body, headers } of refused) {
    expect(body.code).toBe("CTO_E_ESTIMATES_LIMITED");
    expect(Number(headers["retry-after"])).toBeGreaterThan(0);
    expect(Number(headers["retry-after"])).toBeLessThanOrEqual(60);
  }
  expect((await ask("bob")).status).toBe(200);
  const mine = `/v1/tokens/${api.stage.mint}/market`;
  // A price needs Jupiter only where no direct venue has the token, and has no share of its own there.
  const price = await api.request("GET", mine, { key: api.key("read", "alice") });
  expect(price).toMatchObject({ status: 429, body: { code: "CTO_E_ESTIMATES_LIMITED" } });
});
