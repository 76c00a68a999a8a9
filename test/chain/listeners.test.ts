/** Tests that listeners are removed from signals that live as long as the process. */
import { getEventListeners, once, setMaxListeners } from "node:events";
import { readdirSync, readFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { expect, test } from "vitest";
import { linkSignal } from "../../src/base/linked-signal.ts";
import { u64 } from "../../src/chain/answers.ts";
import { Rpc } from "../../src/chain/rpc.ts";
import { createJupiterApi } from "../../src/venues/jupiter-api.ts";
import { createRateLimit } from "../../src/venues/rate-limit.ts";
import { startFaultServer } from "./fault-server.ts";

const SOL = "So11111111111111111111111111111111111111112" as Parameters<
  ReturnType<typeof createJupiterApi>["build"]
>[0]["mint"];

test("the end of the RPC pool, after hundreds of calls, retries and failures", async () => {
  await using server = await startFaultServer((_, before) =>
    before % 3 === 0 ? { status: 503 } : before % 3 === 1 ? { raw: "{" } : { result: 7 },
  );
  const rpc = new Rpc({ urls: [server.url], requestsPerSecond: Number.POSITIVE_INFINITY, retryBaseMs: 1 });
  const ask = () => rpc.call({ method: "getSlot", params: [], schema: u64 }).catch(() => undefined);
  for (let round = 0; round < 10; round += 1) await Promise.all(Array.from({ length: 30 }, ask));
  expect(server.requests.length).toBeGreaterThan(300);
  expect(getEventListeners(rpc.closing, "abort")).toHaveLength(0);
  rpc.close();
});

test("the end of the venues, after builds that were refused, and requests that waited", async () => {
  const server = createServer((_, response) => response.writeHead(400).end()).listen(0, "127.0.0.1");
  await once(server, "listening");
  const { signal } = new AbortController();
  setMaxListeners(200, signal); // All fifty wait at once.
  const { port } = server.address() as AddressInfo;
  const api = createJupiterApi({ url: `http://127.0.0.1:${port}`, signal });
  const query = { mint: SOL, taker: SOL, payer: SOL, lamports: 1n, slippageBps: 1, maxAccounts: 64 };
  await Promise.allSettled(Array.from({ length: 50 }, () => api.build(query)));
  server.close();
  const limit = createRateLimit(1_000);
  await Promise.all(Array.from({ length: 50 }, () => limit.run(async () => undefined, signal)));
  expect(getEventListeners(signal, "abort")).toHaveLength(0);
});

test("the end of a worker, after operations that were let go of; and it still ends those under way", () => {
  const shutdown = new AbortController();
  for (let count = 0; count < 1_600; count += 1) linkSignal([shutdown.signal]).release();
  const held = linkSignal([shutdown.signal]);
  expect(getEventListeners(shutdown.signal, "abort")).toHaveLength(1);
  shutdown.abort("the end");
  expect([held.signal.aborted, held.signal.reason]).toEqual([true, "the end"]);
  expect(linkSignal([shutdown.signal]).signal.aborted).toBe(true);
});

test("no source makes a signal of others with AbortSignal.any, which Node.js 20 never lets go of", () => {
  const folder = new URL("../../src/", import.meta.url);
  const users = readdirSync(folder, { recursive: true, encoding: "utf8" })
    .filter((name) => name.endsWith(".ts"))
    .filter((name) => readFileSync(new URL(name, folder), "utf8").includes("AbortSignal.any("));
  expect(users).toEqual([]);
});
