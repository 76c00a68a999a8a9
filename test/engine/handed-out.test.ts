/** Tests the fate of an attempt that was handed out to a wallet that is not ours (R8), and the memo of a call's terms. */
import type { Blockhash } from "@solana/kit";
import { describe, expect, it } from "vitest";
import { toWire } from "../../src/base/wire.ts";
import { formatCallMemo, parseCallMemo } from "../../src/engine/calls/call-memo.ts";
import { examine, phaseOf, questionOf } from "../../src/engine/calls/handed-out.ts";
import type { Way } from "../../src/engine/calls/muster.ts";
import type {
  ChainTransaction,
  FinalTransaction,
  Lamports,
  Signature,
  WalletHistory,
} from "../../src/engine/ports.ts";
import type { MemoVerdict } from "../../src/engine/restore/memo-history.ts";
import { formatMemo, parseMemo } from "../../src/engine/transaction/memo-text.ts";
import { addressOf, attemptOf } from "../../src/journal/contract/harness.ts";
import fc from "../support/fast-check.ts";
import { BUY, compile } from "../support/member-message.ts";

const MEMBER = addressOf("a member");
const MINT = addressOf("a token");
const L = 1_150n;
const ATTEMPT = attemptOf(1, "signed by a member");
const WIRE = toWire(compile(BUY), [new Uint8Array(64).fill(7)]);
const memo = { operationId: "call_1", kind: "buy", leg: 2, legs: 5 } as const;
const asked = (way: Way = "signs") => ({
  wallet: MEMBER,
  way,
  memo,
  mint: MINT,
  signature: null,
  isHanded: async ({ wire }: Pick<FinalTransaction, "wire">) => wire === WIRE,
  attempt: {
    lifetime: {
      blockhash: "hash" as Blockhash,
      blockhashSlot: 1_200n,
      blockHeight: 1_000n,
      lastValidBlockHeight: L,
    },
  },
});

const history = (changes: Partial<WalletHistory> = {}): WalletHistory => ({
  endpoint: "one",
  finalizedBlockHeight: L + 2n,
  lines: [],
  complete: true,
  firstAvailableSlot: 1_200n,
  ...changes,
});
const landed = (text: string, slot = 1_210n, signer = MEMBER): [WalletHistory, FinalTransaction] => [
  history({ lines: [{ signature: ATTEMPT.signature, slot, failed: false, memos: [text] }] }),
  {
    signature: ATTEMPT.signature,
    slot,
    failed: false,
    wire: WIRE,
    messageVersion: 0,
    blockhash: ATTEMPT.blockhash,
    fee: 5_000n,
    memos: [{ text, signers: [signer] }],
  },
];
const examined = (
  histories: readonly WalletHistory[],
  known: FinalTransaction | null = null,
  way: Way = "signs",
) =>
  examine(
    {
      readHistory: async () => histories,
      readFinal: async () => known,
      readTransaction: async () => bringing(1n),
    },
    asked(way),
  );
/** A transaction that brings the member some tokens, for nothing but its fee. */
const bringing = (after: bigint): ChainTransaction => ({
  slot: 1_210n,
  failed: false,
  changes: [{ address: MEMBER, before: 9_000n as Lamports, after: 4_000n as Lamports }],
  tokens: [{ owner: MEMBER, mint: MINT, before: 0n, after }],
});
const fate = async (...given: Parameters<typeof examined>) => (await examined(...given))?.to ?? null;

describe("an attempt that was handed out", () => {
  it("is dead when no endpoint's history has its memo, and block L + 1 is behind them all", async () => {
    expect(await fate([history(), history({ endpoint: "two" })])).toBe("dead");
    expect(await fate([history(), history({ finalizedBlockHeight: L + 1n })])).toBeNull();
    expect(await fate([])).toBeNull();
  });

  it("is not dead when an endpoint's records begin after its blockhash, or were not read that far", async () => {
    expect(await fate([history({ firstAvailableSlot: 1_201n })])).toBe("needs_review");
    expect(await fate([history(), history({ complete: false })])).toBe("needs_review");
  });

  it("has landed when its memo is there, whatever the signature: the member may have sent other bytes", async () => {
    const [lines, transaction] = landed(formatMemo(memo));
    expect(await examined([lines, history()], transaction)).toEqual({
      to: "finalized",
      landed: ATTEMPT.signature,
    });
  });

  it.each([
    ["of another leg", formatMemo({ ...memo, leg: 3 }), 1_210n, MEMBER],
    ["of the call's terms", formatCallMemo({ callId: "call_1", termsHash: "0".repeat(64) }), 1_210n, MEMBER],
    ["that a stranger signed", formatMemo(memo), 1_210n, addressOf("a stranger")],
    ["from before its blockhash, as of the round before", formatMemo(memo), 1_199n, MEMBER],
  ])("has not landed because of a memo %s", async (_, text, slot, signer) => {
    const [lines, transaction] = landed(text, slot, signer);
    expect(await fate([lines], transaction)).toBe("dead");
  });

  it("of a wallet that only sends is never dead: it may have replaced the blockhash", async () => {
    expect(await fate([history()], null, "sends")).toBeNull();
    expect(await fate([history({ complete: false })], null, "sends")).toBeNull();
    const [lines, transaction] = landed(formatMemo(memo));
    expect(await fate([lines], transaction, "sends")).toBe("finalized");
  });

  it("has bought by the transaction that brought tokens, although a newer one has only its memo", async () => {
    const [lines, bare] = landed(formatMemo(memo));
    const [, buy] = landed(formatMemo(memo));
    const bought = "2".repeat(88) as Signature;
    const both = history({
      lines: [...lines.lines, { signature: bought, slot: 1_205n, failed: false, memos: [formatMemo(memo)] }],
    });
    const chain = (histories: readonly WalletHistory[]) => ({
      readHistory: async () => histories,
      readFinal: async (signature: Signature) => ({ ...(signature === bought ? buy : bare), signature }),
      readTransaction: async (signature: Signature) => bringing(signature === bought ? 5n : 0n),
    });
    expect(await examine(chain([both]), asked())).toEqual({ to: "finalized", landed: bought });
    // The memo alone: R8 forbids a second attempt, but only once no buy can land any more.
    expect(await examine(chain([lines]), asked())).toEqual({ to: "finalized", landed: ATTEMPT.signature });
    const early = { ...lines, finalizedBlockHeight: L + 1n };
    expect(await examine(chain([early]), asked())).toBeNull();
    expect(await examine(chain([lines]), asked("sends"))).toBeNull();
  });

  it("stays as it is while reading fails", async () => {
    const chain = {
      readHistory: () => Promise.reject(new Error("away")),
      readFinal: async () => null,
      readTransaction: async () => null,
    };
    await expect(examine(chain, asked())).rejects.toThrow("away");
  });

  it("is searched from the slot of its blockhash on", () => {
    expect(questionOf(asked())).toMatchObject({ wallet: MEMBER, since: 1_200n, lastValidBlockHeight: L });
  });

  it("has no phase for what proves nothing", () => {
    expect(phaseOf({ verdict: "too early" } satisfies MemoVerdict, "signs")).toBeNull();
  });
});

describe("the memo of a call's terms", () => {
  const callMemo = fc.record({
    callId: fc.stringMatching(/^[A-Za-z0-9_-]{1,64}$/),
    termsHash: fc.stringMatching(/^[0-9a-f]{64}$/),
  });

  it("is read as it was written, and never as the memo of a step", () => {
    fc.assert(
      fc.property(callMemo, (one) => {
        const text = formatCallMemo(one);
        expect(parseCallMemo(text)).toEqual(one);
        expect(parseMemo(text)).toBeNull();
      }),
    );
    expect(parseCallMemo(formatMemo(memo))).toBeNull();
  });

  const hash = "a".repeat(64);
  it.each([
    `cto:1:call_1:call:${hash}\n`,
    ` cto:1:call_1:call:${hash}`,
    `cto:1:call_1:call:${hash.toUpperCase()}`,
    `cto:1:call_1:call:${hash}a`,
    `cto:1::call:${hash}`,
    `cto:1:a:b:call:${hash}`,
    `cto:2:call_1:call:${hash}`,
    `cto:1:call_1:buy:${hash}`,
  ])("is not %j", (text) => {
    expect(parseCallMemo(text)).toBeNull();
  });

  it("cannot be written with what cannot be read", () => {
    for (const wrong of [
      { callId: "a:b", termsHash: hash },
      { callId: "a", termsHash: "" },
    ])
      expect(() => formatCallMemo(wrong)).toThrow(expect.objectContaining({ code: "CTO_E_INTERNAL" }));
  });
});
