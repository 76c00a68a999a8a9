/** How refusals of providers are read: throttling is no limit of a batch, and a plan's words are a missing method. */

import { generateKeyPairSigner } from "@solana/kit";
import { describe, expect, it, test } from "vitest";
import { u64 } from "../../src/chain/answers.ts";
import { createChain } from "../../src/chain/index.ts";
import { isTooMany, isUnsupported } from "../../src/chain/refusals.ts";
import { Rpc } from "../../src/chain/rpc.ts";
import { redisConnection } from "../../src/queue/servers.ts";
import type { Handler } from "./fault-server.ts";
import { startFaultServer } from "./fault-server.ts";

const refusal = (code: number, message: string, httpStatus: number | null = null) => ({
  code,
  message,
  httpStatus,
  data: undefined,
});

test.each([
  ["a throttle under HTTP 200", refusal(429, "Too many requests for a specific RPC call")],
  ["a throttle under HTTP 503", refusal(-32_005, "Too many requests, please slow down", 503)],
  ["a used-up month", refusal(-32_005, "Monthly capacity limit exceeded. Upgrade your plan", 403)],
  ["a used-up day", refusal(-32_005, "daily request limit exceeded", 403)],
])("%s is not a batch that is too large", (_name, error) => {
  expect(isTooMany(error)).toBe(false);
});

it("a throttle under HTTP 200 does not shrink the batches of the process for good", async () => {
  let throttled = true;
  const handler: Handler = ({ method, params }) => {
    if (method === "getAgGenesisCert") return { error: { code: -32601, message: "Method not found" } };
    if (throttled) return { error: { code: 429, message: "Too many requests for a specific RPC call" } };
    return { result: { context: { slot: 7 }, value: (params[0] as string[]).map(() => null) } };
  };
  await using server = await startFaultServer(handler);
  const chain = createChain({ urls: [server.url], tries: 1 });
  const asked = await Promise.all(
    Array.from({ length: 40 }, async () => (await generateKeyPairSigner()).address),
  );
  await chain.fetchAccounts(asked).catch(() => undefined);
  throttled = false;
  const before = server.requests.length;
  await chain.fetchAccounts(asked);
  expect(server.requests.length - before).toBe(1);
  chain.close();
});

describe("a method that a plan lacks", () => {
  test.each([
    "getRecentPrioritizationFees is not available on the Free tier - upgrade to Pay As You Go, or Enterprise for access",
    "This method is only available on paid plans",
    "Upgrade your plan to use getRecentPrioritizationFees",
  ])("%s", (message) => {
    expect(isUnsupported(refusal(-32_600, message, 403))).toBe(true);
  });
});

test("a demoted Redis 6 (KeyDB, ElastiCache 6) makes its script's client connect again", () => {
  const { reconnectOnError } = redisConnection({ url: "redis://127.0.0.1" });
  // What Redis before 7 answers to EVALSHA on a replica (scripting.c, evalGenericCommand).
  const message =
    "ERR Error running script (call to f_e3b0c44298fc1c149afbf4c8996fb92427ae41e4): @user_script:10: @user_script: 10: -READONLY You can't write against a read only replica.";
  expect(reconnectOnError(new Error(message))).toBe(2);
});

test("an endpoint that demanded a pause of a day once is asked again within minutes", async () => {
  await using server = await startFaultServer((_, before) =>
    before === 0 ? { status: 503, headers: { "retry-after": "86400" } } : { result: 7 },
  );
  const rpc = new Rpc({ urls: [server.url], tries: 1 });
  const ask = () => rpc.call({ method: "getSlot", params: [], schema: u64 }).then(String, String);
  await ask();
  // The endpoint is well again. The only endpoint of a small installation rests for a day, and nothing works until a restart.
  const rest = /another (\d+) s/.exec(await ask());
  rpc.close();
  expect(Number(rest?.[1] ?? 0)).toBeLessThanOrEqual(300);
});
