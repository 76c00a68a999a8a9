/**
 * Tests that no endpoint decides alone: one of those that must agree says of a transaction that succeeded that it has failed, or does not show what it did.
 * A purchase that landed must not count as dead, because its member would be handed a second one; nor must a sale be hidden.
 */
import type { Blockhash } from "@solana/kit";
import { expect, it } from "vitest";
import { toWire } from "../../src/base/wire.ts";
import { newRecord } from "../../src/calls/call-record.ts";
import { createCallStore } from "../../src/calls/call-store.ts";
import { findSales } from "../../src/calls/find-sales.ts";
import { parseTerms } from "../../src/calls/parse-terms.ts";
import { unreadWallets } from "../../src/calls/watched.ts";
import { doesSame } from "../../src/chain/same-work.ts";
import { examine } from "../../src/engine/calls/handed-out.ts";
import type { Address, FinalTransaction, Signature } from "../../src/engine/ports.ts";
import { CTOError } from "../../src/errors/index.ts";
import { createMemoryJournal } from "../../src/journal/memory/index.ts";
import { CALLER, validTerms } from "../calls/call.ts";
import { BUY, compile, MEMBER, memo as memoOf } from "../support/member-message.ts";

const call = parseTerms(validTerms());
const { callId, mint } = call.terms;
const memo = { operationId: callId, kind: "buy", leg: 1, legs: 1 } as const;
const text = `cto:1:${callId}:buy:1/1`;
const BOUGHT = "2".repeat(88) as Signature;
const JUNK = "3".repeat(88) as Signature;
const lifetime = {
  blockhash: "hash" as Blockhash,
  blockhashSlot: 1_010n,
  blockHeight: 1_000n,
  lastValidBlockHeight: 1_150n,
};
const attempt = {
  wallet: MEMBER,
  mint,
  way: "signs",
  memo,
  attempt: { lifetime },
  signature: null,
  isHanded: async ({ wire }: Pick<FinalTransaction, "wire">) =>
    doesSame({ messageBytes: compile(BUY), lookupTables: {} }, wire),
} as const;
const line = (signature: Signature, failed = false) => ({ signature, slot: 1_100n, failed, memos: [text] });
const history = (endpoint: string, lines: ReturnType<typeof line>[]) => ({
  endpoint,
  finalizedBlockHeight: 9_000n,
  lines,
  complete: true,
  firstAvailableSlot: 0n,
});
const final = (signature: Signature, failed = false) =>
  ({
    signature,
    slot: 1_100n,
    failed,
    fee: 5_000n,
    wire: toWire(compile(signature === BOUGHT ? BUY : [memoOf]), [new Uint8Array(64).fill(7)]),
    memos: [{ text, signers: [MEMBER] }],
  }) as unknown as FinalTransaction;
const effect = {
  slot: 1_100n,
  failed: false,
  changes: [],
  tokens: [{ owner: MEMBER, mint, before: 0n, after: 9n }],
};

it("a purchase that an honest history lists is not dead because one endpoint says that it has failed", async () => {
  const chain = {
    readHistory: async () => [history("honest", [line(BOUGHT)]), history("liar", [line(BOUGHT, true)])],
    readFinal: async () => final(BOUGHT, true),
    readTransaction: async () => effect,
  };
  expect(await examine(chain, attempt)).toEqual({ to: "needs_review" });
});

it.each(["signs", "sends"] as const)(
  "what has only the memo does not hide the purchase of a wallet that %s when endpoints disagree about it",
  async (way) => {
    const chain = {
      readHistory: async () => [history("honest", [line(JUNK), line(BOUGHT)])],
      readFinal: async (signature: Signature) => final(signature),
      readTransaction: async () => effect,
      readAgreedTransaction: async () => {
        throw new CTOError("CTO_E_ENDPOINTS_DISAGREE", { about: "what it has changed", answers: [] });
      },
    };
    expect(await examine(chain, { ...attempt, way })).toEqual({ to: "finalized", landed: BOUGHT });
    const alone = { ...chain, readHistory: async () => [history("honest", [line(JUNK)])] };
    expect((await examine(alone, { ...attempt, way }))?.to).toBe(way === "signs" ? "finalized" : undefined);
  },
);

it("a sale is not hidden by an endpoint that says that it has failed", async () => {
  const now = new Date("2026-12-01T12:30:00Z");
  const store = createCallStore(createMemoryJournal({ now: () => now }));
  const record = { ...newRecord(call, now), announcement: { signature: JUNK, slot: 1_000n } };
  await store.addCall(record);
  const tokens = [{ owner: CALLER as Address, mint, before: 90n, after: 0n }];
  const chain = {
    latestBlockhash: async () => ({ ...lifetime, slot: 9_000n }),
    readHistory: async () => [history("honest", [line(BOUGHT)]), history("liar", [line(BOUGHT, true)])],
    readTransaction: async () => ({ ...effect, tokens }),
  };
  await findSales({ chain, store }, record);
  const found = (await store.readCall(callId)) ?? expect.fail("the call is gone");
  expect(found.sales.map(({ signature }) => signature)).toEqual([BOUGHT]);
  expect(unreadWallets(found)).toEqual([]);
});
