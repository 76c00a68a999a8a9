/** Tests that a withdrawal between the least and the first round does not end a call: others may still pledge. */
import type { Blockhash } from "@solana/kit";
import { expect, it } from "vitest";
import { newRecord } from "../../src/calls/call-record.ts";
import { createCallStore } from "../../src/calls/call-store.ts";
import { type CallRun, driveCall } from "../../src/calls/drive-call.ts";
import { parseTerms } from "../../src/calls/parse-terms.ts";
import type { Handed } from "../../src/engine/calls/call-book.ts";
import { beginRound, createMuster, withdraw } from "../../src/engine/calls/muster-moves.ts";
import type { Address, Lamports, Signature } from "../../src/engine/ports.ts";
import { createMemoryJournal } from "../../src/journal/memory/index.ts";
import { generateKeypair } from "../../src/wallets/keypair.ts";
import { validTerms } from "./call.ts";

const NOW = new Date("2026-12-01T12:30:00Z");
const call = parseTerms(validTerms());
const { callId } = call.terms;
const [ONE, TWO] = [generateKeypair().address, generateKeypair().address];

/** Drives a mustering call of two members, one of whom has withdrawn, for one step. */
async function afterStep(rounds: 0 | 1) {
  const store = createCallStore(createMemoryJournal({ now: () => NOW }));
  const goal = {
    leastLamports: 10n,
    mostLamports: 10n,
    leastWallets: 2,
    endsAt: new Date(NOW.getTime() + 600_000),
  };
  const pledged = [ONE, TWO].map((wallet) => ({ wallet, lamports: 5n as Lamports, way: "signs" as const }));
  const lifetime = {
    blockhash: ONE as string as Blockhash,
    blockhashSlot: 1n,
    blockHeight: 1n,
    lastValidBlockHeight: 151n,
  };
  const created = createMuster(goal, pledged);
  const begun = rounds === 0 ? created : beginRound(created, lifetime, NOW, 60_000);
  await store.addCall({ ...newRecord(call, NOW), status: "mustering", muster: withdraw(begun, TWO) });
  const stop = new AbortController();
  await driveCall(
    {
      store,
      signal: stop.signal,
      limits: async () => ({}),
      whyHeld: async () => null,
      ports: {
        clock: { now: () => NOW, sleep: async () => stop.abort() },
        chain: {
          latestBlockhash: async () => ({ blockhash: ONE, slot: 2_000n, lastValidBlockHeight: 1_150n }),
          blockhashLifeMs: () => 60_000,
        },
      },
    } as unknown as CallRun,
    callId,
  );
  const record = await store.readCall(callId);
  return { status: record?.status, muster: record?.muster, ended: record?.ended };
}

/** Drives an open call for one step, in which these wallets hold enough. */
async function lookOnce(store: CallRun["store"], wallets: readonly Address[]): Promise<void> {
  const stop = new AbortController();
  const owners = new Map(wallets.map((wallet) => [wallet, { lamports: 9_000_000_000n }]));
  await driveCall(
    {
      store,
      signal: stop.signal,
      mostFee: 5_000n,
      powersIn: () => [],
      whyHeld: async () => null,
      ports: {
        clock: { now: () => NOW, sleep: async () => stop.abort() },
        venues: { survey: async () => ({ owners, cluster: { lamportsPerByte: 10n } }) },
      },
    } as unknown as CallRun,
    callId,
  );
}

/** Drives an open call of four covered pledges that reach the least, for one step. */
async function afterLook(isStarted: boolean, musters = 0) {
  const startable = parseTerms({ ...validTerms(), startedBy: "caller" });
  const store = createCallStore(createMemoryJournal({ now: () => NOW }));
  await store.addCall({ ...newRecord(startable, NOW), status: "open", isStarted, musters });
  const wallets = Array.from({ length: 4 }, () => generateKeypair().address);
  for (const wallet of wallets) {
    const { termsHash, terms } = startable;
    const common = { callId, termsHash, wallet, expiresAt: terms.closesAt, nonce: "nonce-of-a-member" };
    await store.addArrival(callId, {
      statement: { kind: "pledge", ...common, lamports: "2500000000" },
      signature: "2".repeat(88) as Signature,
      at: NOW,
      way: "signs",
      version: 0,
    });
  }
  await lookOnce(store, wallets);
  const record = await store.readCall(callId);
  const number = record?.muster?.number;
  return { status: record?.status, covered: record?.cover?.covered.length, ...(number ? { number } : {}) };
}

it("begins a muster that the caller starts only when it is started", async () => {
  expect(await afterLook(false)).toEqual({ status: "open", covered: 4 });
  expect(await afterLook(true)).toEqual({ status: "mustering", covered: 4, number: 1 });
});

it("goes back to pledging if the least does not hold when the muster begins", async () => {
  expect(await afterStep(0)).toEqual({ status: "open", muster: null, ended: null });
});

it("is over if the least is missed after a round has begun", async () => {
  expect(await afterStep(1)).toMatchObject({ status: "lapsed", muster: { round: 1 }, ended: { at: NOW } });
});

it("forgets a start that finds too little: a later pledge begins no muster", async () => {
  const startable = parseTerms({ ...validTerms(), startedBy: "caller" });
  const store = createCallStore(createMemoryJournal({ now: () => NOW }));
  await store.addCall({ ...newRecord(startable, NOW), status: "open", isStarted: true, starts: ["one"] });
  await lookOnce(store, []);
  expect(await store.readCall(callId)).toMatchObject({ isStarted: false, starts: ["one"], muster: null });
});

it("keeps the messages of two musters apart, also under one blockhash", async () => {
  const store = createCallStore(createMemoryJournal({ now: () => NOW }));
  const book = store.bookOf(callId);
  const handed = (muster: number, leg: number) =>
    ({
      muster,
      wallet: ONE,
      leg,
      legs: 3,
      blockhash: ONE as string as Blockhash,
      blockhashSlot: 1n,
      messageBytes: new Uint8Array([leg]),
      messageVersion: 0,
      lookupTables: {},
      venue: "pumpfun",
      leastTokens: 1n,
      tokenAccount: TWO,
      mayLeave: 5n,
      ownRents: 0n,
      ownAccounts: [],
      onTheWay: [],
    }) satisfies Handed;
  await book.writeHanded(handed(1, 3));
  await book.writeHanded(handed(2, 2));
  const round = { muster: 2, blockhash: ONE as string as Blockhash };
  expect(await book.readHanded(round, ONE)).toEqual(handed(2, 2));
});

it("numbers its musters: what was composed for one does not begin a round of the next", async () => {
  expect(await afterLook(true, 1)).toMatchObject({ status: "mustering", number: 2 });
});
