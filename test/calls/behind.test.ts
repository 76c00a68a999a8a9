/** Tests that an open call shows an old backup: its journal lacks a message whose transaction is on chain. */
import type { Address, Blockhash, Signature } from "@solana/kit";
import { describe, expect, it } from "vitest";
import { askHeld, holdOpen, isAnyHeld } from "../../src/calls/behind.ts";
import { newRecord } from "../../src/calls/call-record.ts";
import { createCallStore } from "../../src/calls/call-store.ts";
import { parseTerms } from "../../src/calls/parse-terms.ts";
import { beginRound, createMuster, handOut } from "../../src/engine/calls/muster-moves.ts";
import type { Chain, FinalTransaction, Lamports } from "../../src/engine/ports.ts";
import { readOldMark, type Tips } from "../../src/engine/restore/behind.ts";
import { formatMemo } from "../../src/engine/transaction/memo-text.ts";
import { createMemoryJournal } from "../../src/journal/memory/index.ts";
import { generateKeypair } from "../../src/wallets/keypair.ts";
import { validTerms } from "./call.ts";

const NOW = new Date("2026-12-01T12:30:00Z");
const MEMBER = generateKeypair().address;
const [KNOWN, OTHER] = [generateKeypair(), generateKeypair()].map(
  ({ address }) => address as string as Blockhash,
);
const SIGNATURE = "1".repeat(64) as Signature;
const MEMO = formatMemo({ operationId: "call_1", kind: "buy", leg: 1, legs: 1 });

const landed = (blockhash = KNOWN, signer: Address = MEMBER): FinalTransaction => ({
  signature: SIGNATURE,
  slot: 5_000n,
  failed: false,
  wire: "" as FinalTransaction["wire"],
  messageVersion: 0,
  blockhash: blockhash as Blockhash,
  fee: 5_000n,
  memos: [{ text: MEMO, signers: [signer] }],
});

/** A journal with a muster whose member was handed a message, last seen at slot 4,000. */
async function openJournal() {
  const journal = createMemoryJournal({ now: () => NOW });
  await journal.writeReached(4_000n);
  const call = parseTerms(validTerms());
  const goal = { leastLamports: 1n, mostLamports: 9n, leastWallets: 1, endsAt: call.closesAt };
  const lifetime = {
    blockhash: KNOWN as Blockhash,
    blockhashSlot: 4_000n,
    blockHeight: 3_000n,
    lastValidBlockHeight: 3_150n,
  };
  const pledged = [{ wallet: MEMBER, lamports: 5n as Lamports, way: "signs" as const }];
  const begun = beginRound(createMuster(goal, pledged), lifetime, NOW, 60_000);
  const muster = handOut(begun, MEMBER, { now: NOW, height: 3_001n });
  const store = createCallStore(journal);
  await store.addCall({ ...newRecord(call, NOW), status: "mustering", muster });
  await store.markOpen("call_1");
  return journal;
}

const chainWith = (transaction: FinalTransaction, slot = 9_000n, firstAvailableSlot = 0n) => {
  const line = { signature: SIGNATURE, slot: transaction.slot, failed: false, memos: [MEMO] };
  const history = {
    endpoint: "one",
    finalizedBlockHeight: 9_000n,
    lines: [line],
    complete: true,
    firstAvailableSlot,
  };
  const chain: Tips & Pick<Chain, "readHistories" | "readFinal"> = {
    readTips: async () => [{ slot }],
    readHistories: async (wallets) => new Map(wallets.map((wallet) => [wallet, [history]])),
    readFinal: async () => transaction,
  };
  return chain;
};

const quiet = { extend: async () => undefined, onHeld: () => undefined };

/** Returns the call's hold, after a worker has looked at the chain. */
async function heldBy(chain: ReturnType<typeof chainWith>) {
  const journal = await openJournal();
  const store = createCallStore(journal);
  const old = await readOldMark({ journal, chain });
  const look = (at = chain) => askHeld({ chain: at, store, ...quiet });
  if (old !== null) await holdOpen(store, old.slot);
  await look();
  const read = async () => (await store.readCall("call_1"))?.held;
  return { held: await read(), store, look, read };
}

describe("the journal of an open call", () => {
  it("is an old backup if a member's transaction has a blockhash that it never handed out", async () => {
    const { held, store, look, read } = await heldBy(chainWith(landed(OTHER)));
    expect(held).toEqual({ why: expect.stringContaining(SIGNATURE), since: null });
    // It is held for good: the backup lacks what it lacks.
    await holdOpen(store, 4_000n);
    await look(chainWith(landed(KNOWN)));
    expect(await read()).toEqual(held);
  });

  it.each([
    ["a member sent what it was handed", chainWith(landed(KNOWN))],
    ["a stranger wrote the memo", chainWith(landed(OTHER, generateKeypair().address))],
    ["a worker has updated it lately", chainWith(landed(OTHER), 4_100n)],
  ])("is none because %s", async (_, chain) => {
    expect((await heldBy(chain)).held).toBeNull();
  });

  it("is asked after the call is held: nobody waits for what strangers' wallets show", async () => {
    const store = createCallStore(await openJournal());
    await holdOpen(store, 4_000n);
    const held = { why: expect.stringContaining("not known yet"), since: 4_000n };
    expect(await store.readCall("call_1")).toMatchObject({ held });
    await store.addCall({
      ...newRecord(parseTerms({ ...validTerms(), callId: "call_2" }), NOW),
      status: "open",
    });
    await store.markOpen("call_2");
    await holdOpen(store, 4_000n);
    const down = { ...chainWith(landed(KNOWN)), readHistories: () => Promise.reject(new Error("down")) };
    await expect(askHeld({ chain: down, store, ...quiet })).rejects.toThrow("down");
    expect(await store.readCall("call_1")).toMatchObject({ held });
    // Nobody has pledged to the other call, so nothing is read for it, and what fails for the first one does not hold it.
    expect((await store.readCall("call_2"))?.held).toBeNull();
    expect(await isAnyHeld(store)).toBe(true);
    await askHeld({ chain: chainWith(landed(KNOWN)), store, ...quiet });
    expect([(await store.readCall("call_1"))?.held, await isAnyHeld(store)]).toEqual([null, false]);
  });

  it("is of unknown age if the endpoint's records begin after the journal's mark", async () => {
    const { held, store, look, read } = await heldBy(chainWith(landed(KNOWN), 9_000n, 5_000n));
    expect(held).toEqual({ why: expect.stringContaining("cannot be known"), since: 4_000n });
    // It is asked again, from that mark, also when the journal has a new one.
    await holdOpen(store, 9_000n);
    await look(chainWith(landed(KNOWN)));
    expect(await read()).toBeNull();
  });
});
