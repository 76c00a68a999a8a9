/**
 * Tests that a call keeps one note for each wallet, however many statements it makes; that such a read is bounded; and that
 * the journal, and no server's clock, decides which statement of a wallet is its last one.
 */
import type { Address, Signature } from "@solana/kit";
import { expect, it } from "vitest";
import { toBase58 } from "../../src/base/base58.ts";
import type { Arrival } from "../../src/calls/arrivals.ts";
import { createCallStore } from "../../src/calls/call-store.ts";
import { parseTerms } from "../../src/calls/parse-terms.ts";
import { countedPledges } from "../../src/calls/pledges.ts";
import { createMemoryJournal } from "../../src/journal/memory/index.ts";
import { validTerms } from "./call.ts";

const NOW = new Date("2026-12-01T12:30:00Z");
const call = parseTerms(validTerms());
const { callId, closesAt } = call.terms;
const journal = () => createMemoryJournal({ now: () => NOW });
const walletOf = (number: number): Address => {
  const bytes = new Uint8Array(32).fill(1);
  new DataView(bytes.buffer).setUint32(0, number + 1);
  return toBase58(bytes) as Address;
};

const arrival = (
  { wallet = 0, nonce = 0, kind = "pledge" as "pledge" | "withdrawal" },
  at = NOW,
): Arrival => {
  const common = {
    callId,
    termsHash: call.termsHash,
    wallet: walletOf(wallet),
    expiresAt: closesAt,
    nonce: `nonce-of-a-wallet-${nonce}`,
  };
  return {
    statement: kind === "pledge" ? { kind, ...common, lamports: "2000000000" } : { kind, ...common },
    signature: "1".repeat(64) as Signature,
    at,
    way: "signs",
    version: 0,
  };
};

it("keeps one note of a wallet that makes many statements, and parses it again only after a change", async () => {
  const notes = journal();
  const store = createCallStore(notes);
  for (let wallet = 0; wallet < 50; wallet += 1)
    for (let nonce = 0; nonce < 20; nonce += 1) await store.addArrival(callId, arrival({ wallet, nonce }));
  expect(await notes.listNotes("pledge/")).toHaveLength(50);
  const before = new Set(await store.listArrivals(callId));
  await store.addArrival(callId, arrival({ wallet: 1, nonce: 20 }));
  const fresh = (await store.listArrivals(callId)).filter((one) => !before.has(one));
  expect(fresh.map(({ statement }) => statement)).toEqual([arrival({ wallet: 1, nonce: 20 }).statement]);
});

it("counts the last statement in the journal, although the server before had a clock ahead", async () => {
  const notes = journal();
  const [ahead, behind] = [createCallStore(notes), createCallStore(notes)];
  await ahead.addArrival(callId, arrival({ nonce: 1 }, new Date(NOW.getTime() + 5_000)));
  await behind.addArrival(callId, arrival({ nonce: 2, kind: "withdrawal" }));
  expect(countedPledges(await ahead.listArrivals(callId), NOW)).toEqual([]);
  await behind.addArrival(callId, arrival({ nonce: 3 }, new Date(NOW.getTime() - 5_000)));
  expect(countedPledges(await ahead.listArrivals(callId), NOW)).toHaveLength(1);
});

it("keeps every statement of two that arrive at once, and counts no nonce twice", async () => {
  const store = createCallStore(journal());
  const answers = await Promise.all([1, 2, 2].map((nonce) => store.addArrival(callId, arrival({ nonce }))));
  expect(answers.sort()).toEqual(["kept", "kept", "replayed"]);
  const [kept] = await store.listArrivals(callId);
  expect([...(kept?.nonces ?? [])].sort()).toEqual(["nonce-of-a-wallet-1", "nonce-of-a-wallet-2"]);
});
