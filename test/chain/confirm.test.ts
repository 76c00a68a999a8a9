/**
 * Tests watching signatures on an endpoint that fails, lags or lies: the confirmer returns `unseen` and does not guess.
 */
import { getBase58Decoder, type Signature } from "@solana/kit";
import { expect, test } from "vitest";
import { createChain } from "../../src/chain/index.ts";
import { type Handler, type Reply, startFaultServer } from "./fault-server.ts";

const signature = getBase58Decoder().decode(new Uint8Array(64).fill(9)) as Signature;

const status = (slot: number, confirmationStatus: string | undefined, err: unknown = null): unknown => ({
  slot,
  confirmations: confirmationStatus === "finalized" ? null : 1,
  err,
  confirmationStatus,
});
const statuses = (slot: number, value: unknown): Reply => ({ result: { context: { slot }, value: [value] } });

async function watch(handler: Handler, until: "confirmed" | "finalized", timeoutMs = 20_000) {
  await using server = await startFaultServer(handler);
  const chain = createChain({ urls: [server.url] });
  const view = await chain.watch(signature, { timeoutMs, until });
  chain.close();
  return { view, requests: server.requests };
}

test("a failed poll is followed by another one", async () => {
  const faults: Reply[] = [{ status: 500 }, { raw: "{" }, statuses(10, { slot: 9 })];
  const { view, requests } = await watch(
    (_, n) => faults[n] ?? statuses(10, status(9, "confirmed")),
    "confirmed",
  );
  expect(view).toEqual({ state: "confirmed", slot: 9n, failure: null });
  expect(requests).toHaveLength(4);
  expect(requests[0]?.params).toEqual([[signature], { searchTransactionHistory: false }]);
});

test("processed counts as unseen", async () => {
  const { view } = await watch(() => statuses(10, status(9, "processed")), "confirmed", 1500);
  expect(view).toEqual({ state: "unseen", asOf: 10n });
});

test("'unseen' is returned only after a poll that saw nothing, even if that poll is late", async () => {
  // This time is shorter than the pause before the first poll, which is 800 ms.
  const { view, requests } = await watch(() => statuses(10, status(9, "confirmed")), "confirmed", 700);
  expect(view).toMatchObject({ state: "confirmed" });
  expect(requests).toHaveLength(1);
});

test("a failed poll does not extend the wait", async () => {
  const { view } = await watch(() => ({ status: 500 }), "confirmed", 100);
  expect(view).toEqual({ state: "unseen" });
});

test("a transaction that is in a block already gets one more wait", async () => {
  const { view, requests } = await watch(
    (_, n) => statuses(10, status(9, n === 0 ? "processed" : "confirmed")),
    "confirmed",
    1_000,
  );
  expect(view).toMatchObject({ state: "confirmed" });
  expect(requests).toHaveLength(2);
});

test("an older answer does not revoke what was seen; a newer one does", async () => {
  const seen = statuses(1000, status(9, "confirmed"));
  const behind = await watch((_, n) => (n === 0 ? seen : statuses(999, null)), "finalized", 4500);
  expect(behind.view).toMatchObject({ state: "confirmed" });
  expect(behind.requests.length).toBeGreaterThan(1);
  const forked = await watch((_, n) => (n === 0 ? seen : statuses(1001, null)), "finalized", 4500);
  expect(forked.view).toEqual({ state: "unseen", asOf: 1001n });
});

test("an error on chain is reported with the slot it landed in", async () => {
  const reply = statuses(10, status(9, "finalized", { InstructionError: [0, { Custom: 6001 }] }));
  const { view } = await watch(() => reply, "finalized");
  expect(view).toMatchObject({
    state: "finalized",
    slot: 9n,
    failure: { message: "instruction 1 failed with custom error 6001 (0x1771)" },
  });
});

test("a watcher gets an answer when the chain is closed", async () => {
  await using server = await startFaultServer(() => ({ hang: true }));
  const chain = createChain({ urls: [server.url] });
  const view = chain.watch(signature, { timeoutMs: 60_000, until: "confirmed" });
  chain.close();
  expect(await view).toEqual({ state: "unseen" });
});
