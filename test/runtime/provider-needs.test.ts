/**
 * Tests the check of which required RPC methods endpoints offer: a complete endpoint, and providers' plans that lack
 * some methods.
 */
import { readFileSync } from "node:fs";
import { afterAll, beforeAll, expect, it } from "vitest";
import { type Localnet, startLocalnet } from "../../src/localnet/index.ts";
import { NEEDS, probeEndpoint } from "../../src/runtime/provider-needs.ts";
import { type Handler, type Reply, startFaultServer } from "../chain/fault-server.ts";

let localnet: Localnet;
beforeAll(async () => {
  localnet = await startLocalnet({ slotMs: 40 });
});
afterAll(() => localnet.close());

/** Starts a provider that forwards to the localnet every request that `refuse` does not answer. */
async function offered(refuse: (method: string, params: unknown[]) => Reply | null) {
  const answers = new Map<string, unknown>();
  for (const { method, params } of NEEDS) {
    const body = JSON.stringify({ jsonrpc: "2.0", id: 1, method, params });
    const headers = { "content-type": "application/json" };
    const answer = await fetch(localnet.rpcUrl, { method: "POST", headers, body });
    answers.set(method, await answer.json());
  }
  const handler: Handler = ({ method, params }) =>
    refuse(method, params) ?? { raw: JSON.stringify(answers.get(method)) };
  await using server = await startFaultServer(handler, null);
  return await probeEndpoint(server.url, 2_000);
}

it("the localnet offers everything that is used", async () => {
  expect(await probeEndpoint(localnet.rpcUrl)).toEqual({
    missing: [],
    optionalMissing: [],
    takesHundred: true,
  });
});

it("a small plan's limits and gaps are named, each with what happens without it", async () => {
  const found = await offered((method, params) => {
    if (method === "getRecentPrioritizationFees")
      return { error: { code: -32601, message: "Method not found" } };
    if (method === "getProgramAccounts")
      return { status: 403, error: { code: -32052, message: "method is not available on this plan" } };
    if (method === "getMultipleAccounts" && (params[0] as unknown[]).length > 5)
      return { status: 413, error: { code: -32615, message: "limited to a 5 range" } };
    return null;
  });
  expect(found).toMatchObject({ missing: [], takesHundred: false });
  const lacks = found.optionalMissing.map(({ method }) => method);
  expect(lacks).toContain("getRecentPrioritizationFees");
  expect(lacks).toContain("getProgramAccounts");
});

it("what nothing works without is missing where it is unknown, or not answered", async () => {
  const { missing } = await offered((method) => {
    if (method === "sendTransaction") return { error: { code: -32601, message: "Method not found" } };
    return method === "getFirstAvailableBlock" ? { status: 500 } : null;
  });
  expect(missing.toSorted()).toEqual(["getFirstAvailableBlock", "sendTransaction"]);
});

it("the table in the docs has every method that the chain's code asks for", () => {
  const page = readFileSync("docs/operating.md", "utf8");
  for (const { method } of NEEDS) expect(page).toContain(`| \`${method}\` |`);
  const source = [
    "accounts",
    "blockhash",
    "consensus",
    "evidence",
    "fees",
    "send",
    "simulate",
    "statuses",
    "token-accounts",
    "transactions",
  ]
    .map((name) => readFileSync(`src/chain/${name}.ts`, "utf8"))
    .join("");
  const asked = [...source.matchAll(/method: "(\w+)"/g)].map(([, method]) => method);
  expect(NEEDS.map(({ method }) => method)).toEqual(expect.arrayContaining([...new Set(asked)]));
});
