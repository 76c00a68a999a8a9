/** Tests that a call takes pledges of a limited number of wallets, and that empty wallets cannot keep others out. */
import { getAddressDecoder, type Signature } from "@solana/kit";
import { beforeEach, expect, it } from "vitest";
import { toBase58 } from "../../src/base/base58.ts";
import { newRecord } from "../../src/calls/call-record.ts";
import type { CallStore } from "../../src/calls/call-store.ts";
import { SEATS } from "../../src/calls/seats.ts";
import type { Address, Lamports } from "../../src/engine/ports.ts";
import { pledgeByAction } from "../../src/services/calls/actions.ts";
import type { CallContext } from "../../src/services/calls/context.ts";
import { checkedText, join, statementText } from "../../src/services/calls/join.ts";
import { generateKeypair, type Keypair, privateKeyOfSeed, signBytes } from "../../src/wallets/keypair.ts";
import { callOfNow, callStage } from "../calls/stage.ts";

const call = callOfNow();
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

/** Makes a statement of a wallet. */
async function state(
  { address, seed }: Keypair,
  nonce = "nonce-of-a-new-wallet",
  kind: "pledge" | "withdrawal" = "pledge",
): Promise<void> {
  const { lamports, ...common } = statementOf(address, nonce);
  const statement = kind === "pledge" ? { ...common, lamports } : { ...common, kind };
  const text = new TextEncoder().encode(statementText(context, statement));
  const signature = toBase58(signBytes(privateKeyOfSeed(seed), text));
  await join(context, callId, { statement, signature });
}

/** Pledges with a new wallet. */
async function pledge(): Promise<Address> {
  const wallet = generateKeypair();
  await state(wallet);
  return wallet.address;
}

beforeEach(async () => {
  ({ context, store } = callStage());
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

const announcement = { signature: "1".repeat(64) as Signature, slot: 1n };
const over = { at: new Date(), why: "no whole muster fits" };

it.each([
  [{ status: "announced", announcement: null }, "the caller has not published its terms yet"],
  [{ status: "announced", announcement }, "its terms are published, and a worker opens it in a few seconds"],
  [{ status: "mustering", announcement }, "its muster has begun"],
  [{ status: "lapsed", announcement, ended: over }, "it is over"],
] as const)("says why a call takes no pledge within its times: %o", async (changes, reason) => {
  await store.changeCall(callId, (found) => ({ ...found, ...changes }));
  const refused = {
    code: "CTO_E_CALL_NOT_OPEN",
    message: `The call ${callId} takes no pledge now: ${reason}`,
  };
  await expect(pledge()).rejects.toMatchObject(refused);
  const { address } = generateKeypair();
  await expect(pledgeByAction(context, callId, address, "2")).rejects.toMatchObject(refused);
});

it("gives no text for a pledge that would be refused, with the same code", async () => {
  const { address } = generateKeypair();
  const pledged = statementOf(address, "nonce-of-a-new-wallet");
  const textOf = (changes: object): Promise<string> =>
    checkedText(context, callId, { ...pledged, ...changes });
  expect(await textOf({})).toBe(statementText(context, pledged));
  const second = (ms: number): string => new Date(ms).toISOString().replace(/\.\d+Z$/, "Z");
  for (const [changes, code] of [
    [{ lamports: "1" }, "CTO_E_PLEDGE_OUT_OF_BOUNDS"],
    [{ termsHash: "0".repeat(64) }, "CTO_E_PLEDGE_OTHER_CALL"],
    [{ callId: "call_2" }, "CTO_E_PLEDGE_OTHER_CALL"],
    [{ expiresAt: second(Date.now() - 1_000) }, "CTO_E_PLEDGE_EXPIRED"],
    [{ expiresAt: second(Date.now() + 7_200_000) }, "CTO_E_PLEDGE_OUT_OF_BOUNDS"],
    [{ nonce: "short" }, "CTO_E_PLEDGE_INVALID"],
  ] as const)
    await expect(textOf(changes), code).rejects.toMatchObject({ code });
  // A text may be read before the opening, and a request has bounds of its own.
  await store.changeCall(callId, (found) => ({ ...found, status: "announced" }));
  const { lamports: _, ...common } = pledged;
  for (const kind of ["withdrawal", "request"])
    expect(await checkedText(context, callId, { ...common, kind })).toContain(callId);
});

it("reads no pledges for a statement that nobody has signed", async () => {
  const { journal } = context;
  let lists = 0;
  context = {
    ...context,
    journal: new Proxy(journal, {
      get: (target, name) => {
        if (name === "listNotes") lists += 1;
        return Reflect.get(target, name) as unknown;
      },
    }),
  };
  const statement = statementOf(generateKeypair().address, "nonce-of-a-stranger");
  const forged = { statement, signature: "1".repeat(64) };
  await expect(join(context, callId, forged)).rejects.toMatchObject({ code: "CTO_E_PLEDGE_FORGED" });
  expect(lists).toBe(0);
  await pledge();
  expect(lists).toBe(1);
});

it("keeps few statements of a wallet until it was seen to hold enough, and always lets it withdraw", async () => {
  const wallet = generateKeypair();
  const nonceOf = (number: number): string => `nonce-of-one-wallet-${number}`;
  for (let number = 1; number <= 5; number += 1) await state(wallet, nonceOf(number));
  const tooMany = { code: "CTO_E_PLEDGE_OUT_OF_BOUNDS" };
  await expect(state(wallet, nonceOf(6))).rejects.toMatchObject(tooMany);
  await state(wallet, nonceOf(6), "withdrawal");
  await expect(state(wallet, nonceOf(7), "withdrawal")).rejects.toMatchObject(tooMany);
  const cover = { covered: [wallet.address], uncovered: [] };
  await store.changeCall(callId, (found) => ({ ...found, cover }));
  for (let number = 7; number <= 20; number += 1) await state(wallet, nonceOf(number));
  await expect(state(wallet, nonceOf(21))).rejects.toMatchObject(tooMany);
});

it("refuses an old withdrawal, and lets no stranger into a muster by one", async () => {
  const wallet = generateKeypair();
  await state(wallet, "nonce-of-a-withdrawal", "withdrawal");
  await state(wallet, "nonce-of-a-pledge");
  const member = {
    wallet: wallet.address,
    lamports: 2_000_000_000n as Lamports,
    way: "signs" as const,
    withdrawn: false,
    attempts: [],
  };
  const goal = { leastLamports: 1n, mostLamports: 1n, leastWallets: 1, endsAt: call.closesAt };
  const muster = { number: 1, goal, members: [member], round: 0, lifetime: null, released: false };
  await store.changeCall(callId, (found) => ({ ...found, status: "mustering", muster }));
  await expect(state(wallet, "nonce-of-a-withdrawal", "withdrawal")).rejects.toMatchObject({
    code: "CTO_E_PLEDGE_REPLAYED",
  });
  const isWithdrawn = async () => (await store.readCall(callId))?.muster?.members[0]?.withdrawn;
  expect(await isWithdrawn()).toBe(false);
  await expect(state(generateKeypair(), "nonce-of-a-stranger", "withdrawal")).rejects.toMatchObject({
    code: "CTO_E_MUSTER_NOT_A_MEMBER",
  });
  await state(wallet, "nonce-of-a-late-withdrawal", "withdrawal");
  expect(await isWithdrawn()).toBe(true);
});

it("takes nobody's seat for a wallet that has made all of its statements", async () => {
  const wallet = generateKeypair();
  for (let number = 1; number <= 5; number += 1) await state(wallet, `nonce-of-one-wallet-${number}`);
  await store.changeCall(callId, (found) => ({
    ...found,
    cover: { covered: [], uncovered: [wallet.address] },
  }));
  await pledge();
  const wallets = async () => (await store.listArrivals(callId)).map(({ statement }) => statement.wallet);
  const seated = await wallets();
  expect(seated).not.toContain(wallet.address);
  await store.changeCall(callId, (found) => ({ ...found, cover: { covered: [], uncovered: seated } }));
  await expect(state(wallet, "nonce-of-one-wallet-6")).rejects.toMatchObject({
    code: "CTO_E_PLEDGE_OUT_OF_BOUNDS",
  });
  expect(await wallets()).toEqual(seated);
});

it("counts no statement again of a wallet that made room for another one, and gives nobody's seat for it", async () => {
  const wallet = generateKeypair();
  await state(wallet);
  const evict = async (): Promise<void> => {
    const cover = { covered: [], uncovered: [wallet.address] };
    await store.changeCall(callId, (found) => ({ ...found, cover }));
    await pledge();
  };
  await evict();
  const wallets = async () => (await store.listArrivals(callId)).map(({ statement }) => statement.wallet);
  const seated = await wallets();
  expect(seated).not.toContain(wallet.address);
  // Others would make room for it.
  await store.changeCall(callId, (found) => ({ ...found, cover: { covered: [], uncovered: seated } }));
  await expect(state(wallet)).rejects.toMatchObject({ code: "CTO_E_PLEDGE_REPLAYED" });
  expect(await wallets()).toEqual(seated);
  await state(wallet, "nonce-of-its-next-pledge");
  expect(await wallets()).toContain(wallet.address);
});
