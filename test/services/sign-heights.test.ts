/**
 * Anyone may ask for a member's transaction, or return one. Near the end of signing, each request that is in time costs a read of the
 * chain: strangers must cost none, and many requests must share a few.
 */
import type { Blockhash } from "@solana/kit";
import { beforeEach, expect, it } from "vitest";
import { toWire } from "../../src/base/wire.ts";
import { newRecord } from "../../src/calls/call-record.ts";
import { signingClosesAt } from "../../src/engine/calls/muster.ts";
import { beginRound, createMuster, withdraw } from "../../src/engine/calls/muster-moves.ts";
import type { Lamports } from "../../src/engine/ports.ts";
import type { CallContext } from "../../src/services/calls/context.ts";
import { PAUSE_MS } from "../../src/services/calls/heights.ts";
import { acceptSigned, handOutTo } from "../../src/services/calls/sign.ts";
import { generateKeypair, type Keypair, privateKeyOfSeed, signBytes } from "../../src/wallets/keypair.ts";
import { callOfNow, callStage, handedTo } from "../calls/stage.ts";

const call = callOfNow();
const { callId } = call.terms;
const [member, gone, stranger] = [generateKeypair(), generateKeypair(), generateKeypair()];
const lifetime = {
  blockhash: member.address as string as Blockhash,
  blockhashSlot: 900n,
  blockHeight: 1_000n,
  lastValidBlockHeight: 1_150n,
};

let context: CallContext;
let chain: never;
let reads: boolean[];

beforeEach(async () => {
  const stage = callStage();
  context = stage.context;
  const { store } = stage;
  const goal = {
    leastLamports: 1n,
    mostLamports: 100n,
    leastWallets: 1,
    endsAt: new Date(Date.now() + 600_000),
  };
  const pledged = [member, gone].map(({ address }) => ({
    wallet: address,
    lamports: 5n as Lamports,
    way: "signs" as const,
  }));
  const muster = withdraw(beginRound(createMuster(goal, pledged), lifetime, new Date(), 1_000), gone.address);
  await store.addCall({ ...newRecord(call, new Date()), status: "mustering", muster });
  await store.bookOf(callId).writeHanded(handedTo(member.address, lifetime));
  reads = [];
  chain = {
    latestBlockhash: async ({ fresh = false } = {}) => {
      reads.push(fresh);
      // The last block in which a signature is in time.
      return { blockhash: "b", slot: 1_000n, lastValidBlockHeight: signingClosesAt(lifetime) + 150n };
    },
  } as never;
});

const handOut = ({ address }: Keypair) => handOutTo(context, { chain }, callId, { wallet: address });
const giveBack = (wallet: Keypair, byte: number) => {
  const message = Uint8Array.of(1, 2, byte);
  const wire = toWire(message, [signBytes(privateKeyOfSeed(wallet.seed), message)]);
  return acceptSigned(context, { chain }, callId, wallet.address, wire);
};

it.each([
  ["a stranger asks", () => handOut(stranger), "CTO_E_MUSTER_NOT_A_MEMBER"],
  ["who has withdrawn asks", () => handOut(gone), "CTO_E_MUSTER_NOTHING_TO_SIGN"],
  ["a stranger returns something", () => giveBack(stranger, 3), "CTO_E_MUSTER_NOT_A_MEMBER"],
  ["who has withdrawn returns something", () => giveBack(gone, 3), "CTO_E_MUSTER_NOTHING_TO_SIGN"],
  ["nothing was handed out", () => giveBack(member, 3), "CTO_E_MUSTER_NOTHING_TO_SIGN"],
])("reads nothing of the chain when %s", async (_, ask, code) => {
  await expect(ask()).rejects.toMatchObject({ code });
  expect(reads).toEqual([]);
});

it("reads nothing of the chain for a changed message", async () => {
  await handOut(member);
  reads.length = 0;
  await expect(giveBack(member, 4)).rejects.toMatchObject({ code: "CTO_E_MUSTER_MESSAGE_CHANGED" });
  expect(reads).toEqual([]);
});

it("shares fresh heights among the requests that come while one waits", async () => {
  const began = performance.now();
  for (let wave = 0; wave < 3; wave += 1)
    await Promise.all(Array.from({ length: 40 }, () => handOut(member)));
  const pauses = Math.ceil((performance.now() - began) / PAUSE_MS);
  const fresh = reads.filter((isFresh) => isFresh);
  expect(fresh.length).toBeGreaterThan(0);
  expect(fresh.length).toBeLessThanOrEqual(pauses + 1);
});

it("hands nothing out when a halt begins while the height is read, and keeps its reason private", async () => {
  const { latestBlockhash } = chain as { latestBlockhash: (asked: unknown) => Promise<unknown> };
  const halting = {
    latestBlockhash: async (asked: unknown) => {
      await context.journal.writeHalt({ by: "ann", reason: "a private note" });
      return latestBlockhash(asked);
    },
  } as never;
  const refused = handOutTo(context, { chain: halting }, callId, { wallet: member.address });
  await expect(refused).rejects.toMatchObject({ code: "CTO_E_MUSTER_NOTHING_TO_SIGN" });
  await expect(refused).rejects.toThrow(/halted/);
  await expect(refused).rejects.not.toThrow(/private note/);
});
