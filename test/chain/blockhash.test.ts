/** Tests that the blockhash for signing is never older than one that this process has already seen. */
import { getBase58Decoder } from "@solana/kit";
import { expect, test } from "vitest";
import { createBlockhashCache } from "../../src/chain/blockhash.ts";
import { createChain } from "../../src/chain/index.ts";
import type { Call } from "../../src/chain/rpc.ts";
import { failureOf, type Reply, startFaultServer } from "./fault-server.ts";

const quick = { retryBaseMs: 5, blockhashFreshMs: 0 };

/** Integers of an answer are bigints, as the real parser makes them. */
const toBigInts = (value: unknown): unknown => {
  if (typeof value === "number") return BigInt(value);
  if (value === null || typeof value !== "object") return value;
  return Object.fromEntries(Object.entries(value).map(([key, each]) => [key, toBigInts(each)]));
};

const at = (slot: number, lastValidBlockHeight = slot + 100): Reply => {
  const blockhash = getBase58Decoder().decode(new Uint8Array(32).fill(slot % 250));
  return { result: { context: { slot }, value: { blockhash, lastValidBlockHeight } } };
};

/** An endpoint that returns these answers in order, and then repeats the last one. */
const serve = (...replies: readonly Reply[]) =>
  startFaultServer((_, before) => replies[Math.min(before, replies.length - 1)] ?? { status: 500 });

test("a blockhash comes with the slot that it was read at", async () => {
  await using server = await serve(at(1000));
  const chain = createChain({ urls: [server.url], ...quick });
  expect(await chain.latestBlockhash()).toMatchObject({ slot: 1000n, lastValidBlockHeight: 1100n });
  chain.close();
});

test.each([
  ["slot", at(900, 1100)],
  ["last valid block height", at(1000, 1000)],
])("an endpoint whose %s fell behind is passed over", async (_name, behind) => {
  await using lagging = await serve(at(1000), behind);
  await using healthy = await serve(at(1003));
  const chain = createChain({ urls: [lagging.url, healthy.url], ...quick });
  expect(await chain.latestBlockhash()).toMatchObject({ slot: 1000n });
  expect(await chain.latestBlockhash()).toMatchObject({ slot: 1003n, lastValidBlockHeight: 1103n });
  chain.close();
});

test("when every endpoint fell behind there is no blockhash, until one has caught up", async () => {
  await using first = await serve(at(1000), at(900), at(900), at(1005));
  await using second = await serve(at(950));
  const chain = createChain({ urls: [first.url, second.url], ...quick });
  await chain.latestBlockhash();
  expect(await failureOf(chain.latestBlockhash())).toMatchObject({
    code: "CTO_E_RPC_UNAVAILABLE",
    message: expect.stringContaining("behind slot 1000"),
  });
  expect(await chain.latestBlockhash()).toMatchObject({ slot: 1005n });
  chain.close();
});

test("tips come from as many endpoints as must agree, and one that is down is replaced or refused", async () => {
  await using ahead = await serve(at(1000));
  await using down = await serve({ status: 500 });
  await using behind = await serve(at(900));
  const chain = createChain({ urls: [ahead.url, down.url, behind.url], ...quick });
  expect(await chain.readTips()).toMatchObject([
    { slot: 1000n, lastValidBlockHeight: 1100n },
    { slot: 900n, lastValidBlockHeight: 1000n },
  ]);
  chain.close();
  const two = createChain({ urls: [ahead.url, down.url], ...quick });
  expect(await failureOf(two.readTips())).toMatchObject({ code: "CTO_E_RPC_UNAVAILABLE" });
  two.close();
});

test("nodes that are a few blocks apart are all trusted", async () => {
  await using server = await serve(at(1000), at(990), at(989));
  const chain = createChain({ urls: [server.url], ...quick });
  await chain.latestBlockhash();
  expect(await chain.latestBlockhash()).toMatchObject({ slot: 990n });
  expect(await failureOf(chain.latestBlockhash())).toMatchObject({ code: "CTO_E_RPC_UNAVAILABLE" });
  chain.close();
});

test.each([
  ["the cluster that we assume at first", 400],
  ["a cluster with quicker blocks", 150],
])("a blockhash is used for ten blocks of %s, however long that takes", async (_name, blockMs) => {
  let time = 0;
  let asked = 0;
  const call: Call = async ({ schema }) => {
    asked += 1;
    const { result } = at(1_000 + Math.floor(time / blockMs)) as { result: unknown };
    return schema.parse(toBigInts(result));
  };
  const rpc = { call, onDistinctEndpoints: () => Promise.reject(new Error("nobody lags")) };
  const options = { now: () => time, commitment: async () => "confirmed" as const };
  const cache = createBlockhashCache(rpc, options);
  await cache.latest();
  time = 4_000; // The first answer shows no pace yet.
  await cache.latest();
  expect(asked).toBe(2);
  time += 10 * blockMs - 1;
  await cache.latest();
  expect(asked).toBe(2);
  time += 160;
  await cache.latest();
  expect(asked).toBe(3);
});

test("a fresh blockhash is asked for, although the cache has one", async () => {
  let asked = 0;
  const call: Call = async ({ schema }) => {
    asked += 1;
    const { result } = at(1_000 + asked) as { result: unknown };
    return schema.parse(toBigInts(result));
  };
  const rpc = { call, onDistinctEndpoints: () => Promise.reject(new Error("nobody lags")) };
  const cache = createBlockhashCache(rpc, { now: () => 0, commitment: async () => "confirmed" as const });
  const { slot } = await cache.latest();
  expect((await cache.latest()).slot).toBe(slot);
  expect((await cache.latest({ fresh: true })).slot).toBe(slot + 1n);
});
