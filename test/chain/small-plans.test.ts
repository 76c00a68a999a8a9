/** Tests providers' small plans: limited batches, missing methods, and refusals with unusual HTTP statuses. */
import { generateKeyPairSigner } from "@solana/kit";
import { describe, expect, test } from "vitest";
import { u64 } from "../../src/chain/answers.ts";
import { createChain } from "../../src/chain/index.ts";
import { Rpc } from "../../src/chain/rpc.ts";
import { readStatuses } from "../../src/chain/statuses.ts";
import type { Signature } from "../../src/engine/ports.ts";
import { failureOf, type Handler, type Reply, startFaultServer } from "./fault-server.ts";

const addresses = async (count: number) =>
  Promise.all(Array.from({ length: count }, async () => (await generateKeyPairSigner()).address));

const ofAtMost =
  (most: number, refusal: Reply): Handler =>
  ({ method, params }) => {
    if (method === "getAgGenesisCert") return { error: { code: -32601, message: "Method not found" } };
    const asked = params[0] as string[];
    if (asked.length > most) return refusal;
    return { result: { context: { slot: 7 }, value: asked.map(() => null) } };
  };

const REFUSALS: [string, Reply][] = [
  [
    "HTTP 413 with a JSON-RPC error",
    { status: 413, error: { code: -32615, message: "getMultipleAccounts is limited to a 5 range" } },
  ],
  ["HTTP 413 alone", { status: 413 }],
  ["a JSON-RPC error", { error: { code: -32602, message: "Too many inputs provided; max 5" } }],
  [
    "HTTP 400 with a JSON-RPC error",
    { status: 400, error: { code: -32600, message: "exceeds the maximum" } },
  ],
];

describe("a batch that is too large", () => {
  test.each(REFUSALS)("by %s is split, and the size that was taken is kept", async (_name, refusal) => {
    await using server = await startFaultServer(ofAtMost(5, refusal));
    const chain = createChain({ urls: [server.url], tries: 1 });
    const asked = await addresses(23);
    expect((await chain.fetchAccounts(asked)).accounts.size).toBe(23);
    const before = server.requests.length;
    expect((await chain.fetchAccounts(asked)).accounts.size).toBe(23);
    const sizes = server.requests.slice(before).map(({ params }) => (params[0] as string[]).length);
    expect(Math.max(...sizes)).toBeLessThanOrEqual(5);
    chain.close();
  });

  test("of signatures is split alike", async () => {
    const signatures = Array.from({ length: 9 }, (_, index) => `${index}` as Signature);
    await using server = await startFaultServer(ofAtMost(2, { status: 413 }));
    const rpc = new Rpc({ urls: [server.url], tries: 1 });
    const { slot, statuses } = await readStatuses(rpc.call, signatures, { searchTransactionHistory: false });
    expect([slot, statuses.map(([signature]) => signature)]).toEqual([7n, signatures]);
    rpc.close();
  });

  test.each<[string, Reply]>([
    ["a rate", { status: 429, error: { code: 429, message: "exceeded the maximum requests per second" } }],
    ["a quota", { status: 400, error: { code: -32600, message: "exceeds the maximum credits of the plan" } }],
    ["a refused key", { status: 401 }],
  ])("is not what %s means", async (_name, refusal) => {
    await using server = await startFaultServer(() => refusal);
    const chain = createChain({ urls: [server.url], tries: 1 });
    await failureOf(chain.fetchAccounts(await addresses(20)));
    expect(server.requests).toHaveLength(1);
    chain.close();
  });

  test("of one is an error", async () => {
    await using server = await startFaultServer(() => ({ status: 413 }));
    const chain = createChain({ urls: [server.url], tries: 1 });
    expect(String(await failureOf(chain.fetchAccounts(await addresses(1))))).toContain("HTTP 413");
    chain.close();
  });
});

describe("a JSON-RPC error under an HTTP status", () => {
  const ask = async (reply: Reply, tries: number) => {
    await using server = await startFaultServer((_, before) => (before === 0 ? reply : { result: 7 }));
    const rpc = new Rpc({ urls: [server.url], tries, retryBaseMs: 5 });
    const answer = await rpc
      .call({ method: "getSlot", params: [], schema: u64 })
      .catch((error: unknown) => String(error));
    rpc.close();
    return answer;
  };

  test("is shown with the status", async () => {
    const error = { code: -32052, message: "API key is not allowed to access method" };
    expect(await ask({ status: 403, error }, 2)).toMatch(/HTTP 403.*-32052: API key is not allowed/);
  });

  test("decides whether to try again", async () => {
    expect(await ask({ status: 500, error: { code: -32602, message: "bad" } }, 2)).toMatch(
      /HTTP 500.*-32602/,
    );
    expect(await ask({ status: 400, error: { code: -32005, message: "behind" } }, 2)).toBe(7n);
  });

  test("is an answer where it would be one under 200", async () => {
    await using server = await startFaultServer(() => ({ status: 405 }));
    const chain = createChain({ urls: [server.url], tries: 1 });
    expect(await chain.computeUnitPrice([])).toBe(1_000n);
    chain.close();
  });
});

test("without getRecentPrioritizationFees the least price is paid, and said once", async () => {
  await using server = await startFaultServer(() => ({
    error: { code: -32601, message: "Method not found" },
  }));
  const warnings: string[] = [];
  const chain = createChain({ urls: [server.url], warn: (text) => warnings.push(text) });
  expect([await chain.computeUnitPrice([]), await chain.computeUnitPrice([])]).toEqual([1_000n, 1_000n]);
  expect(warnings).toEqual([expect.stringContaining("getRecentPrioritizationFees")]);
  chain.close();
});
