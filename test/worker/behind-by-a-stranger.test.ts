/**
 * Attack: a stranger with an empty wallet pledges, and signs the call's memo in a transaction of its own, for one fee. When
 * all workers were away for 1,500 slots, the next one must not take the journal for an old backup and halt all signing here: it
 * holds the call.
 */
import type { Signature } from "@solana/kit";
import { pino } from "pino";
import { expect, it } from "vitest";
import { newRecord } from "../../src/calls/call-record.ts";
import { createCallStore } from "../../src/calls/call-store.ts";
import { parseTerms } from "../../src/calls/parse-terms.ts";
import { readConfig } from "../../src/config.ts";
import type { FinalTransaction } from "../../src/engine/ports.ts";
import { createMemoryJournal } from "../../src/journal/memory/index.ts";
import { whyHeld } from "../../src/services/calls/context.ts";
import { generateKeypair } from "../../src/wallets/keypair.ts";
import { watchReached } from "../../src/worker/reached.ts";
import { validTerms } from "../calls/call.ts";

const NOW = new Date("2026-12-01T12:30:00Z");
const STRANGER = generateKeypair().address;
const MEMO = "cto:1:call_1:buy:1/1";

it("a stranger's memo is no proof that the journal is an old backup", async () => {
  const journal = createMemoryJournal({ now: () => NOW });
  await journal.writeReached(4_000n);
  const store = createCallStore(journal);
  const call = parseTerms(validTerms());
  // Open, not even mustering: nothing was ever handed out.
  await store.addCall({ ...newRecord(call, NOW), status: "open" });
  await store.markOpen("call_1");
  await store.addArrival("call_1", {
    statement: {
      kind: "pledge",
      callId: "call_1",
      termsHash: call.termsHash,
      wallet: STRANGER,
      expiresAt: "2026-12-01T14:00:00Z",
      nonce: "n".repeat(16),
      lamports: "1000000000",
    },
    signature: "1".repeat(64) as Signature,
    at: NOW,
    way: "signs",
    version: 0,
  });
  const transaction = {
    signature: "1".repeat(64),
    slot: 5_000n,
    failed: false,
    wire: "",
    messageVersion: 0,
    blockhash: generateKeypair().address as string,
    fee: 5_000n,
    memos: [{ text: MEMO, signers: [STRANGER] }],
  } as unknown as FinalTransaction;
  const history = {
    endpoint: "one",
    finalizedBlockHeight: 9_000n,
    lines: [{ signature: transaction.signature, slot: 5_000n, failed: false, memos: [MEMO] }],
    complete: true,
    firstAvailableSlot: 0n,
  };
  let read = (): void => undefined;
  const areRead = new Promise<void>((resolve) => {
    read = resolve;
  });
  const chain = {
    readTips: async () => [{ slot: 9_000n }],
    readHistories: async (wallets: readonly never[]) => {
      await areRead;
      return new Map(wallets.map((wallet) => [wallet, [history]]));
    },
    readFinal: async () => transaction,
  };
  const context = { config: { ...readConfig({}), CTO_CALLERS: ["a caller"] }, journal };
  const options = { log: pino({ level: "silent" }), worker: "one" };
  const reached = watchReached(context, { chain: chain as never }, options);
  const why = async () =>
    whyHeld({ journal }, (await store.readCall("call_1")) ?? expect.fail("the call is gone"));
  try {
    // The wallets of strangers are not read yet: only the call waits for them.
    await expect.poll(() => reached.isCurrent(), { timeout: 10_000 }).toBe(true);
    expect(await why()).toContain("not known yet");
    read();
    await expect.poll(why, { timeout: 10_000 }).toContain(transaction.signature);
  } finally {
    read();
    await reached.task.stop();
  }
  expect(await journal.readHalt()).toBeNull();
});
