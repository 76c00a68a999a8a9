/** Tests what is looked after once a muster has begun: funders, the caller's sales, and late landings. */
import type { Blockhash } from "@solana/kit";
import { describe, expect, it } from "vitest";
import { toWire } from "../../src/base/wire.ts";
import { newRecord } from "../../src/calls/call-record.ts";
import { createCallStore } from "../../src/calls/call-store.ts";
import { fundersOf } from "../../src/calls/funders.ts";
import { parseTerms } from "../../src/calls/parse-terms.ts";
import { lookAfter, WATCHED_MS, type WatchRun } from "../../src/calls/watch-call.ts";
import { unreadWallets } from "../../src/calls/watched.ts";
import { doesSame } from "../../src/chain/same-work.ts";
import { beginRound, createMuster } from "../../src/engine/calls/muster-moves.ts";
import type {
  Address,
  ChainTransaction,
  FinalTransaction,
  Lamports,
  Signature,
} from "../../src/engine/ports.ts";
import { createMemoryJournal } from "../../src/journal/memory/index.ts";
import { generateKeypair } from "../../src/wallets/keypair.ts";
import { BUY, compile, memo as memoOf, OTHER_HASH } from "../support/member-message.ts";
import { CALLER, validTerms } from "./call.ts";

const NOW = new Date("2026-12-01T12:30:00Z");
const OTHER = generateKeypair().address;
const MEMBERS = [generateKeypair().address, generateKeypair().address];
const call = parseTerms({
  ...validTerms(),
  caller: {
    wallet: CALLER,
    wallets: [
      { address: CALLER, tokens: "50" },
      { address: OTHER, tokens: "0" },
    ],
    pastCalls: [],
  },
});
const { callId, mint } = call.terms;
const SIGNATURES = ["2", "3", "4"].map((digit) => digit.repeat(88) as Signature);

const change = (owner: Address, before: bigint, after: bigint) => ({ owner, mint, before, after });
const landed = (slot: bigint, ...tokens: ChainTransaction["tokens"]): ChainTransaction => ({
  slot,
  failed: false,
  changes: [],
  tokens,
});

/** A call whose first round has begun at slot 4,000. */
async function watched(ended: Date | null = null) {
  const store = createCallStore(createMemoryJournal({ now: () => NOW }));
  const goal = {
    leastLamports: 1n,
    mostLamports: 100n,
    leastWallets: 1,
    endsAt: new Date(NOW.getTime() + 600_000),
  };
  const pledged = MEMBERS.map((wallet) => ({ wallet, lamports: 5n as Lamports, way: "signs" as const }));
  const lifetime = {
    blockhash: OTHER as string as Blockhash,
    blockhashSlot: 4_000n,
    blockHeight: 3_000n,
    lastValidBlockHeight: 3_150n,
  };
  const muster = beginRound(createMuster(goal, pledged), lifetime, NOW, 60_000);
  await store.addCall({
    ...newRecord(call, NOW),
    status: ended === null ? "mustering" : "lapsed",
    muster,
    ended: ended === null ? null : { at: ended, why: "a test" },
  });
  await store.watch(callId);
  const history = new Map<Signature, ChainTransaction>();
  const run: WatchRun = {
    store,
    clock: { now: () => NOW },
    funderOf: async () => OTHER,
    isSalesLookDue: async () => true,
    chain: {
      doesSame,
      latestBlockhash: async () => ({
        blockhash: lifetime.blockhash,
        lastValidBlockHeight: 9_150n,
        slot: 9_000n,
      }),
      blockhashLifeMs: () => 60_000,
      readHistory: async () => [
        {
          endpoint: "one",
          finalizedBlockHeight: 9_000n,
          lines: [...history].map(([signature, { slot }]) => ({
            signature,
            slot,
            failed: false,
            memos: null,
          })),
          complete: true,
          firstAvailableSlot: 0n,
        },
      ],
      readFinal: async () => null,
      readTransaction: async (signature) => history.get(signature) ?? null,
    },
  };
  const read = async () => {
    const record = await store.readCall(callId);
    if (record === null) throw new Error("the call is gone");
    return record;
  };
  return { store, run, history, read };
}

describe("the look after a call", () => {
  it("shows what left the caller's wallets since the muster, each once, and nothing that stayed among them", async () => {
    const { run, history, read } = await watched();
    const [before, between, sale] = SIGNATURES as [Signature, Signature, Signature];
    history.set(before, landed(3_999n, change(CALLER as Address, 90n, 50n)));
    history.set(between, landed(4_100n, change(CALLER as Address, 50n, 20n), change(OTHER, 0n, 30n)));
    history.set(sale, landed(4_200n, change(OTHER, 30n, 18n)));
    await lookAfter(run, callId);
    await lookAfter({ ...run, clock: { now: () => new Date(NOW.getTime() + 1) } }, callId);
    expect((await read()).sales).toEqual([{ wallet: OTHER, signature: sale, slot: 4_200n, tokens: 12n }]);
    expect((await read()).watches.map(({ through, rest }) => ({ through, rest }))).toEqual([
      { through: 8_500n, rest: null },
      { through: 8_500n, rest: null },
    ]);
    expect(unreadWallets(await read())).toEqual([]);
  });

  it("shows what left them since the announcement, also before the muster, as often as it is due", async () => {
    const { run, store, history, read } = await watched();
    const [before, sale] = SIGNATURES as [Signature, Signature, Signature];
    const announcement = { signature: before, slot: 2_000n };
    await store.changeCall(callId, (record) => ({ ...record, status: "open", muster: null, announcement }));
    expect(unreadWallets(await read())).toEqual([CALLER, OTHER]);
    history.set(before, landed(1_999n, change(CALLER as Address, 90n, 50n)));
    history.set(sale, landed(2_100n, change(CALLER as Address, 50n, 20n)));
    await lookAfter({ ...run, isSalesLookDue: async () => false }, callId);
    expect((await read()).sales).toEqual([]);
    expect(await lookAfter(run, callId)).toBe(false);
    expect(await read()).toMatchObject({ sales: [{ signature: sale, tokens: 30n }], funders: [] });
    expect(unreadWallets(await read())).toEqual([]);
  });

  it("keeps the funders that it found before an outage, and counts distinct ones when all are looked up", async () => {
    const { run, read } = await watched();
    const outage = async (wallet: Address) => {
      if (wallet === MEMBERS[1]) throw new Error("an outage");
      return OTHER;
    };
    await expect(lookAfter({ ...run, funderOf: outage }, callId)).rejects.toThrow("an outage");
    expect((await read()).funders).toEqual([{ wallet: MEMBERS[0], funder: OTHER }]);
    expect(fundersOf(await read())).toBeNull();
    await lookAfter({ ...run, funderOf: async () => null }, callId);
    expect(fundersOf(await read())).toEqual({ distinct: 1, unknown: 1 });
  });

  it("finds what a wallet that only sends has landed after the muster was over", async () => {
    const { run, store, history, read } = await watched(new Date(NOW.getTime() - 60_000));
    const [, signature] = SIGNATURES as [Signature, Signature, Signature];
    const [wallet] = MEMBERS as [Address, Address];
    await store.changeCall(callId, (record) => ({
      ...record,
      muster: record.muster && {
        ...record.muster,
        members: record.muster.members.map((member) => {
          const lifetime = record.muster?.lifetime;
          if (member.wallet !== wallet || !lifetime) return member;
          return {
            ...member,
            way: "sends",
            attempts: [{ round: 1, phase: "handed_out", lifetime, signature: null }],
          };
        }),
      },
    }));
    await store.bookOf(callId).writeHanded({
      muster: 1,
      wallet,
      leg: 1,
      legs: 2,
      blockhash: OTHER as string as Blockhash,
      blockhashSlot: 4_000n,
      messageBytes: compile(BUY),
      messageVersion: 0,
      lookupTables: {},
      venue: "pumpfun",
      leastTokens: 1n,
      tokenAccount: OTHER,
      mayLeave: 10_000n,
      ownRents: 0n,
      ownAccounts: [],
      onTheWay: [],
    });
    const wire = toWire(compile(BUY, { blockhash: OTHER_HASH }), [new Uint8Array(64).fill(7)]);
    const paid = { address: wallet, before: 9_000n as Lamports, after: 3_995n as Lamports };
    history.set(signature, { ...landed(4_300n, change(wallet, 0n, 70n)), changes: [paid] });
    const memos = [{ text: `cto:1:${callId}:buy:1/2`, signers: [wallet] }];
    const readFinal = async () =>
      ({ signature, slot: 4_300n, failed: false, memos, wire, fee: 5_000n }) as unknown as FinalTransaction;
    const late = { ...run, chain: { ...run.chain, readFinal } };
    await lookAfter(late, callId);
    expect(await read()).toMatchObject({ status: "landed", results: [{ wallet, signature, tokens: 70n }] });
    // What was not read when the call ended turns out to be no purchase.
    await store.changeCall(callId, (record) => ({ ...record, status: "landed", results: [] }));
    const bare = toWire(compile([memoOf]), [new Uint8Array(64).fill(7)]);
    const other = { ...late.chain, readFinal: async () => ({ ...(await readFinal()), wire: bare }) };
    await lookAfter({ ...late, chain: other }, callId);
    expect(await read()).toMatchObject({ status: "lapsed", results: [{ wallet, tokens: 0n }] });
    // A day later, nobody searches any more.
    await store.changeCall(callId, (record) => ({ ...record, results: [] }));
    await lookAfter({ ...late, clock: { now: () => new Date(NOW.getTime() + 86_400_000) } }, callId);
    expect((await read()).results).toEqual([]);
  });

  it("is due again at once while a marked call has no muster, and watches no call that ended without one", async () => {
    const { run, store } = await watched();
    await store.changeCall(callId, (record) => ({ ...record, status: "open", muster: null }));
    expect(await lookAfter(run, callId)).toBe(false);
    expect(await store.listWatched()).toEqual([callId]);
    const ended = { at: NOW, why: "a test" };
    await store.changeCall(callId, (record) => ({ ...record, status: "lapsed", ended }));
    expect(await lookAfter(run, callId)).toBe(true);
    expect(await store.listWatched()).toEqual([]);
  });

  it("ends thirty days after the call", async () => {
    const { run, store } = await watched(new Date(NOW.getTime() - WATCHED_MS + 1));
    await lookAfter(run, callId);
    expect(await store.listWatched()).toEqual([callId]);
    await lookAfter({ ...run, clock: { now: () => new Date(NOW.getTime() + 2) } }, callId);
    expect(await store.listWatched()).toEqual([]);
  });
});
