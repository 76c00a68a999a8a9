/** Tests that only the caller starts a muster, in time, once for each signed text, and only while the least is covered. */
import { expect, it } from "vitest";
import { toBase58 } from "../../src/base/base58.ts";
import { newRecord } from "../../src/calls/call-record.ts";
import { parseTerms } from "../../src/calls/parse-terms.ts";
import { START_AT_MOST_MS, STARTS_AT_MOST, textOfStart } from "../../src/calls/start.ts";
import type { Address, Signature } from "../../src/engine/ports.ts";
import { createMemoryJournal } from "../../src/journal/memory/index.ts";
import { type CallContext, storeOf } from "../../src/services/calls/context.ts";
import { composeStart, startMuster } from "../../src/services/calls/start.ts";
import { generateKeypair, type Keypair, privateKeyOfSeed, signBytes } from "../../src/wallets/keypair.ts";
import { validTerms } from "../calls/call.ts";

const caller = generateKeypair();
const members = Array.from({ length: 4 }, () => generateKeypair().address);
const second = (ms: number): string =>
  new Date(Math.floor(ms / 1_000) * 1_000).toISOString().replace(".000Z", "Z");

/** An open call of at least 10 SOL by 4 wallets, of which `covered` hold what they have pledged: 2.5 SOL each if not said otherwise. */
async function opened({
  covered = 4,
  closesIn = 3_600_000,
  changes = { startedBy: "caller" } as object,
  lamports = "2500000000",
} = {}) {
  const now = Date.now();
  const call = parseTerms({
    ...validTerms(),
    opensAt: second(now - 3_600_000),
    closesAt: second(now + closesIn),
    caller: { wallet: caller.address, wallets: [{ address: caller.address, tokens: "0" }], pastCalls: [] },
    ...changes,
  });
  const { callId, closesAt } = call.terms;
  const config = { CTO_CALLERS: [caller.address as string] };
  const journal = createMemoryJournal({ now: () => new Date() });
  const context = { config, journal, queue: { wake: () => undefined } } as unknown as CallContext;
  const store = storeOf(context);
  const cover = { covered: members.slice(0, covered), uncovered: members.slice(covered) };
  await store.addCall({ ...newRecord(call, new Date()), status: "open", cover });
  for (const [at, wallet] of members.entries())
    await store.addArrival(callId, {
      statement: {
        kind: "pledge",
        callId,
        termsHash: call.termsHash,
        wallet: wallet as Address,
        expiresAt: closesAt,
        nonce: `nonce-of-a-member-${at}`,
        lamports,
      },
      signature: "2".repeat(88) as Signature,
      at: new Date(now - 1_000),
      way: "signs",
      version: 0,
    });
  const signed = async ({ seed }: Keypair, given: object = {}) => {
    const start = { ...(await composeStart(context, callId)).start, ...given };
    const text = new TextEncoder().encode(textOfStart(start));
    return { start, signature: toBase58(signBytes(privateKeyOfSeed(seed), text)) };
  };
  const begin = (input: unknown) => startMuster(context, callId, input);
  const isStarted = async () => (await store.readCall(callId))?.isStarted;
  return { callId, context, store, signed, begin, isStarted };
}
const refused = (reason: string) =>
  expect.objectContaining({ code: "CTO_E_CALL_START_REFUSED", message: expect.stringContaining(reason) });

it("starts once for each text that the caller has signed", async () => {
  const { begin, signed, isStarted, store, callId } = await opened();
  const start = await signed(caller);
  await begin(start);
  expect(await isStarted()).toBe(true);
  // The muster went back to pledging. Whoever has seen the start cannot use it again.
  await store.changeCall(callId, (found) => ({ ...found, isStarted: false }));
  await expect(begin(start)).rejects.toEqual(refused("has counted before"));
  expect(await isStarted()).toBe(false);
  await begin(await signed(caller));
  expect(await isStarted()).toBe(true);
});

it("is refused to everyone but the caller, and for another call", async () => {
  const { begin, signed, isStarted } = await opened();
  const stranger = generateKeypair();
  await expect(begin(await signed(stranger))).rejects.toEqual(refused("has not signed"));
  await expect(begin(await signed(stranger, { wallet: stranger.address }))).rejects.toEqual(
    refused("is not the caller's"),
  );
  await expect(begin(await signed(caller, { termsHash: "0".repeat(64) }))).rejects.toEqual(
    refused("another call"),
  );
  await expect(begin({})).rejects.toEqual(refused("start"));
  expect(await isStarted()).toBe(false);
});

it("is refused below the least, outside its time, and where the terms do not leave the beginning to the caller", async () => {
  const low = await opened({ covered: 3 });
  await expect(low.begin(await low.signed(caller))).rejects.toEqual(
    refused("of 3 wallets, do not reach the least"),
  );
  const late = await opened({ closesIn: -1_000 });
  await expect(late.begin(await late.signed(caller))).rejects.toEqual(refused("has expired"));
  const automatic = await opened({ changes: {} });
  await expect(automatic.begin(await automatic.signed(caller))).rejects.toEqual(refused("by itself"));
  const over = await opened();
  await over.store.changeCall(over.callId, (found) => ({ ...found, status: "mustering" }));
  await expect(over.begin(await over.signed(caller))).rejects.toEqual(refused("it is mustering"));
});

it("is refused if the pledges reach the least only with some that do not fit into the most", async () => {
  // Three of them fit, and four are needed.
  const changes = { startedBy: "caller", mostLamports: "10500000000" };
  const { begin, signed, isStarted } = await opened({ changes, lamports: "3000000000" });
  await expect(begin(await signed(caller))).rejects.toEqual(refused("of 3 wallets, do not reach the least"));
  expect(await isStarted()).toBe(false);
});

it("is used up when it was refused: whoever has it cannot choose a later time", async () => {
  const { begin, signed, isStarted, store, callId } = await opened({ covered: 3 });
  const start = await signed(caller);
  await expect(begin(start)).rejects.toEqual(refused("do not reach the least"));
  await store.changeCall(callId, (found) => ({ ...found, cover: { covered: members, uncovered: [] } }));
  await expect(begin(start)).rejects.toEqual(refused("has counted before"));
  expect(await isStarted()).toBe(false);
  await begin(await signed(caller));
  expect(await isStarted()).toBe(true);
});

it("is valid for minutes, and is brought a bounded number of times", async () => {
  const { begin, signed, isStarted, store, callId } = await opened();
  const { start } = await signed(caller);
  expect(Date.parse(start.expiresAt)).toBeLessThanOrEqual(Date.now() + START_AT_MOST_MS);
  const long = { expiresAt: second(Date.now() + START_AT_MOST_MS + 5_000) };
  await expect(begin(await signed(caller, long))).rejects.toEqual(refused("valid for more than 15 minutes"));
  const starts = Array.from({ length: STARTS_AT_MOST }, (_, at) => `nonce-of-a-start-${at}`);
  await store.changeCall(callId, (found) => ({ ...found, starts }));
  await expect(begin(await signed(caller))).rejects.toEqual(refused("it has had 100 starts"));
  expect(await isStarted()).toBe(false);
});
