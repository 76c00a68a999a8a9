/** Tests the comparison of a receipt with the chain. */
import { describe, expect, it } from "vitest";
import { hasLanded } from "../../src/engine/ports.ts";
import type { ChainLeg, ChainRecord } from "../../src/receipts/from-chain.ts";
import type { ChainReader, Receipt, ReceiptLeg } from "../../src/receipts/index.ts";
import { compare, verifyReceipt } from "../../src/receipts/verify.ts";

const leg = (index: number, over: Partial<ReceiptLeg> = {}): ReceiptLeg => ({
  leg: index,
  address: `wallet${index}`,
  lamports: "100",
  status: "confirmed",
  tokens: "5",
  signature: `signature${index}`,
  slot: "7",
  payer: `wallet${index}`,
  memo: `cto:1:op:buy:${index}/2`,
  ...over,
});

const receiptOf = (...legs: ReceiptLeg[]): Receipt => {
  const landed = legs.filter(({ status }) => hasLanded(status)).length;
  return {
    receipt: 1,
    operationId: "op",
    status: "completed",
    settled: false,
    partial: landed > 0 && landed < legs.length,
    asked: {
      token: "mint",
      lamports: "200",
      mode: "prefunded",
      platform: "auto",
      at: "2026-01-01T00:00:00.000Z",
    },
    split: "Equal shares in the wallets' order.",
    legs: legs.map(({ tokens, ...one }) => (hasLanded(one.status) && tokens ? { ...one, tokens } : one)),
    totals: { legs: legs.length, landed, lamports: String(100 * landed), tokens: String(5 * landed) },
    costs: { networkLamports: String(5_000 * landed), priorityLamports: "0", rentLamports: "0" },
    verify: "look",
  };
};

const found = (index: number, over: Partial<ChainLeg> = {}): ChainLeg => ({
  operationId: "op",
  kind: "buy",
  leg: index,
  legs: 2,
  memo: `cto:1:op:buy:${index}/2`,
  address: `wallet${index}`,
  payer: `wallet${index}`,
  signature: `signature${index}`,
  slot: 7n,
  lamports: 100n,
  mayBe: [over.lamports ?? 100n],
  tokens: 5n,
  fee: 5_000n,
  ...over,
});

const chainOf = (...legs: ChainLeg[]): ChainRecord => ({
  legs,
  failed: [],
  fundedAhead: false,
  problems: [],
});

describe("a receipt compared with the chain", () => {
  it("is verified when every landed leg has its one transaction", () => {
    const verification = compare(receiptOf(leg(1), leg(2)), chainOf(found(1), found(2)));
    expect(verification).toMatchObject({ ok: true, memosVerified: 2, transactions: 2, problems: [] });
  });

  it("is verified when a leg has failed and the chain has nothing of it", () => {
    const failed = leg(2, { status: "failed" });
    expect(compare(receiptOf(leg(1), failed), chainOf(found(1)))).toMatchObject({
      ok: true,
      memosVerified: 1,
    });
  });

  it("waits for legs in flight, whichever way they go", () => {
    const receipt = receiptOf(leg(1, { status: "in_flight" }), leg(2, { status: "in_flight" }));
    expect(compare(receipt, chainOf(found(1)))).toMatchObject({ ok: true, memosVerified: 0 });
  });

  it.each([
    {
      what: "a landed leg without a transaction",
      chain: chainOf(found(1)),
      says: "no transaction with its memo",
    },
    {
      what: "a leg that landed twice",
      chain: chainOf(found(1), found(2), found(2, { signature: "again" })),
      says: "leg 2 has 2 transactions",
    },
    { what: "another wallet", chain: chainOf(found(1), found(2, { address: "other" })), says: "the wallet" },
    {
      what: "another signature",
      chain: chainOf(found(1), found(2, { signature: "other" })),
      says: "the signature",
    },
    { what: "another slot", chain: chainOf(found(1), found(2, { slot: 8n })), says: "the slot" },
    {
      what: "other tokens",
      chain: chainOf(found(1), found(2, { tokens: 4n })),
      says: "the amount of tokens",
    },
    { what: "other lamports", chain: chainOf(found(1), found(2, { lamports: 101n })), says: "in lamports" },
    { what: "a leg too many", chain: chainOf(found(1), found(2), found(3)), says: "does not have" },
  ])("finds $what", ({ chain, says }) => {
    const { ok, problems } = compare(receiptOf(leg(1), leg(2)), chain);
    expect(ok).toBe(false);
    expect(problems.join("\n")).toContain(says);
  });

  it("finds a leg that received less than it was promised, unless the settled receipt says so", () => {
    const promised = {
      ...receiptOf(leg(1, { leastTokens: "6", status: "finalized" }), leg(2, { status: "finalized" })),
      settled: true,
    };
    const chain = chainOf(found(1), found(2));
    expect(compare(promised, chain).problems).toEqual([
      "leg 1 received 5 token units, less than 6, which the receipt does not say",
    ]);
    const incident = { leg: 1, address: "wallet1", signature: "signature1", slot: "7" };
    const told = { ...promised, incidents: [{ ...incident, received: "5", least: "6" }] };
    expect(compare(told, chain).problems).toEqual([]);
  });

  it("refuses a value that is not a receipt, before it reads the chain", async () => {
    const unread = () => Promise.reject(new Error("the chain was read"));
    const reader = { history: unread, transaction: unread, decimals: unread, walletMinimum: unread };
    const receipt = receiptOf(leg(1));
    const wrong: unknown[] = [
      null,
      [],
      { ...receipt, receipt: 2 },
      { ...receipt, settled: "false" },
      { ...receipt, partial: 0 },
      { ...receipt, operationId: "op_.*" },
      { ...receipt, legs: [{ ...leg(1), leg: true }] },
      ...["1_00", "+100", " 100", "100\n", "\uff11\uff10\uff10", "-100", "1e2", "", 100].map((lamports) => ({
        ...receipt,
        legs: [{ ...leg(1), lamports }],
      })),
    ];
    for (const value of wrong) {
      const verdict = await verifyReceipt(value as Receipt, reader as unknown as ChainReader);
      expect(verdict, JSON.stringify(value)).toMatchObject({ ok: false, memosVerified: 0 });
      expect(verdict.problems[0]).toMatch(/^not a receipt: /);
    }
  });

  it("finds a transaction of a leg that is said to have failed", () => {
    const receipt = receiptOf(leg(1), leg(2, { status: "failed" }));
    const { problems } = compare(receipt, chainOf(found(1), found(2)));
    expect(problems).toContain("leg 2 is failed, but signature2 landed");
  });
});
