/** Tests that a call takes pledges of a limited number of wallets, and that empty wallets cannot keep others out. */
import { getAddressDecoder, type Signature } from "@solana/kit";
import { beforeEach, expect, it } from "vitest";
import { toBase58 } from "../../src/base/base58.ts";
import { newRecord } from "../../src/calls/call-record.ts";
import { type CallStore, createCallStore } from "../../src/calls/call-store.ts";
import { parseTerms } from "../../src/calls/parse-terms.ts";
import { SEATS } from "../../src/calls/seats.ts";
import type { Address } from "../../src/engine/ports.ts";
import { createMemoryJournal } from "../../src/journal/memory/index.ts";
import type { CallContext } from "../../src/services/calls/context.ts";
import { join, statementText } from "../../src/services/calls/join.ts";
import { generateKeypair, privateKeyOfSeed, signBytes } from "../../src/wallets/keypair.ts";
import { validTerms } from "../calls/call.ts";

const second = (ms: number): string => new Date(ms).toISOString().replace(/\.\d+Z$/, "Z");
const call = parseTerms({
  ...validTerms(),
  opensAt: second(Date.now() - 60_000),
  closesAt: second(Date.now() + 3_600_000),
});
const { callId, closesAt } = call.terms;
const decoder = getAddressDecoder();
const crowd = Array.from({ length: SEATS }, (_, at) => {
  const bytes = new Uint8Array(32).fill(7);
  new DataView(bytes.buffer).setUint32(0, at);
  return decoder.decode(bytes);
});

let context: CallContext;
let store: CallStore;

const statementOf = (wallet: Address, nonce: string) => ({
  kind: "pledge" as const,
  callId,
  termsHash: call.termsHash,
  wallet,
  expiresAt: closesAt,
  nonce,
  lamports: "2000000000",
});

/** Pledges with a new wallet. */
async function pledge(): Promise<Address> {
  const { address, seed } = generateKeypair();
  const statement = statementOf(address, "nonce-of-a-new-wallet");
  const text = new TextEncoder().encode(statementText(context, statement));
  const signature = toBase58(signBytes(privateKeyOfSeed(seed), text));
  await join(context, callId, { statement, signature });
  return address;
}

beforeEach(async () => {
  const journal = createMemoryJournal({ now: () => new Date() });
  context = {
    config: { CTO_CALLERS: ["someone"] },
    journal,
    queue: { wake: () => undefined },
  } as unknown as CallContext;
  store = createCallStore(journal);
  await store.addCall({ ...newRecord(call, new Date()), status: "open" });
  const signature = "1".repeat(64) as Signature;
  for (const wallet of crowd.slice(1))
    await store.addArrival(callId, {
      statement: statementOf(wallet, "nonce-of-the-crowd"),
      signature,
      at: new Date(),
      way: "signs",
      version: 0,
    });
});

it("is full after a number of wallets, until some of them are seen to hold too little", async () => {
  await pledge();
  await expect(pledge()).rejects.toMatchObject({ code: "CTO_E_CALL_FULL" });
  const [, poor] = crowd as [Address, Address];
  await store.changeCall(callId, (found) => ({ ...found, cover: { covered: [], uncovered: [poor] } }));
  const wallet = await pledge();
  const pledged = new Set((await store.listArrivals(callId)).map(({ statement }) => statement.wallet));
  expect([pledged.size, pledged.has(wallet), pledged.has(poor)]).toEqual([SEATS, true, false]);
});
