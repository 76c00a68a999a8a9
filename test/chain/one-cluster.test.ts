/** Tests that answers of different clusters are never mixed, independent of which endpoint answers first. */
import { expect, test } from "vitest";
import { u64 } from "../../src/chain/answers.ts";
import { createChain } from "../../src/chain/index.ts";
import { Rpc } from "../../src/chain/rpc.ts";
import { isCTOError } from "../../src/errors/index.ts";
import { failureOf, type Handler, startFaultServer } from "./fault-server.ts";

const OTHER = "4uhcVJyU9pJkvQyS88uRDiswHXSCkY3zQawwpjk2NsNY";
const getSlot = { method: "getSlot", params: [], schema: u64, tries: 1 };
const seven: Handler = () => ({ result: 7 });

test("are refused at the start", async () => {
  await using right = await startFaultServer(seven);
  await using wrong = await startFaultServer(seven, OTHER);
  const chain = createChain({ urls: [right.url, wrong.url] });
  const error = await failureOf(chain.requireOneCluster());
  expect(isCTOError(error, "CTO_E_CONFIG_CLUSTERS_DIFFER")).toBe(true);
  expect(String(error)).toContain(new URL(wrong.url).host);
  chain.close();
});

test("are refused even where the right one is rate limited, and one endpoint suffices to sign again", async () => {
  const limited: Handler = ({ method }) => (method === "getEpochInfo" ? { status: 429 } : { result: 7 });
  await using right = await startFaultServer(limited);
  await using wrong = await startFaultServer(
    ({ method }) =>
      method === "getEpochInfo"
        ? { result: { absoluteSlot: 900, blockHeight: 900 } }
        : { result: { context: { slot: 900 }, value: [null] } },
    OTHER,
  );
  const chain = createChain({ urls: [right.url, wrong.url], resignQuorum: 1, tries: 1 });
  // Without the comparison, the other cluster's "not found" would count as the transaction's absence.
  const error = await failureOf(chain.gatherEvidence([]));
  expect(isCTOError(error, "CTO_E_RPC_UNAVAILABLE")).toBe(true);
  expect(String(error)).toContain("mixes clusters");
  expect(wrong.requests).toEqual([]);
  chain.close();
});

test("are recognised when the second one starts later, and then neither is used", async () => {
  let up = true;
  await using first = await startFaultServer(() => (up ? { result: 7 } : { status: 503 }));
  await using second = await startFaultServer(seven, OTHER);
  const rpc = new Rpc({ urls: [first.url, second.url], retryBaseMs: 5 });
  expect(await rpc.call(getSlot)).toBe(7n);
  up = false;
  expect(String(await failureOf(rpc.call(getSlot)))).toContain("mixes clusters");
  up = true;
  expect(String(await failureOf(rpc.call(getSlot)))).toContain("mixes clusters");
  expect(second.requests).toEqual([]);
  rpc.close();
});

test("an endpoint that did not return its genesis hash is asked again at its next use", async () => {
  await using steady = await startFaultServer(
    ({ method }, before) =>
      method === "getGenesisHash" ? { result: OTHER } : before === 0 ? { result: 7 } : { status: 503 },
    null,
  );
  await using late = await startFaultServer(
    ({ method }, before) =>
      method !== "getGenesisHash" ? { result: 8 } : before === 0 ? { status: 503 } : { result: OTHER },
    null,
  );
  const rpc = new Rpc({ urls: [steady.url, late.url], retryBaseMs: 5 });
  await rpc.requireOneCluster();
  expect(await rpc.call(getSlot)).toBe(7n);
  expect(await rpc.call(getSlot)).toBe(8n);
  rpc.close();
});

test("a single endpoint gets no request for it, because there is no other to compare", async () => {
  await using alone = await startFaultServer(seven, null);
  const rpc = new Rpc({ urls: [alone.url] });
  await rpc.requireOneCluster();
  expect(await rpc.call(getSlot)).toBe(7n);
  expect(alone.requests.map(({ method }) => method)).toEqual(["getSlot"]);
  rpc.close();
});
