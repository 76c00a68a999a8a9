/** Tests what a member signs to pledge, and that nothing else counts: forged, replayed, late, or of another call. */
import type { Address } from "@solana/kit";
import { describe, expect, it } from "vitest";
import { toBase58 } from "../../src/base/base58.ts";
import { parseTerms } from "../../src/calls/parse-terms.ts";
import { type Signable, type Statement, textOfStatement } from "../../src/calls/pledge.ts";
import { requireProof, verifyStatement } from "../../src/calls/verify-statement.ts";
import { isCTOError } from "../../src/errors/index.ts";
import { generateKeypair, type Keypair, privateKeyOfSeed, signBytes } from "../../src/wallets/keypair.ts";
import fc from "../support/fast-check.ts";
import { validTerms } from "./call.ts";

const call = parseTerms(validTerms());
const NOW = new Date("2026-12-01T12:30:00Z");
const member = generateKeypair();
const stranger = generateKeypair();

const pledge = {
  kind: "pledge",
  callId: "call_1",
  termsHash: call.termsHash,
  wallet: member.address,
  lamports: "1500000000",
  expiresAt: "2026-12-01T13:00:00Z",
  nonce: "0123456789abcdef",
} as const satisfies Statement;
const { lamports: _, ...common } = pledge;
const withdrawal = { ...common, kind: "withdrawal", nonce: "fedcba9876543210" } as const satisfies Statement;

const sign = (text: string, { seed }: Keypair): string =>
  toBase58(signBytes(privateKeyOfSeed(seed), Buffer.from(text)));
const signed = (statement: Signable, by: Keypair = member) => ({
  statement,
  signature: sign(textOfStatement(statement), by),
});

type Around = Partial<Parameters<typeof verifyStatement>[1]>;
const verify = (input: unknown, around: Around = {}): Statement =>
  verifyStatement(input, { call, now: NOW, isCounted: () => false, ...around });

/** The code that it is refused with; null if it counts. */
function refusal(input: unknown, around: Around = {}): string | null {
  try {
    verify(input, around);
    return null;
  } catch (error) {
    if (!isCTOError(error)) throw error;
    return error.code;
  }
}

describe("the text of a pledge", () => {
  it("says everything that the member signs for", () => {
    expect(textOfStatement({ ...pledge, termsHash: "ab".repeat(32), wallet: "W1" as Address })).toBe(
      `I intend to join this call with my own wallet.
This message is no transaction. It moves no money, and gives nobody the right to move any.

Call: call_1
Terms (SHA-256): ${"ab".repeat(32)}
Wallet: W1
Amount: 1.5 SOL (1500000000 lamports)
Valid until: 2026-12-01T13:00:00Z
Nonce: 0123456789abcdef`,
    );
    expect(textOfStatement(withdrawal)).toMatch(/^I withdraw my pledge to this call\.\n/);
    expect(textOfStatement(withdrawal)).not.toContain("Amount");
  });

  const statement = fc.record({
    kind: fc.constantFrom("pledge" as const, "withdrawal" as const),
    callId: fc.stringMatching(/^[A-Za-z0-9_-]{1,64}$/),
    termsHash: fc.stringMatching(/^[0-9a-f]{64}$/),
    wallet: fc.constantFrom(member.address, stranger.address),
    lamports: fc.bigInt({ min: 1n, max: 2n ** 64n - 1n }).map(String),
    expiresAt: fc.constantFrom("2026-12-01T13:00:00Z", "2026-12-01T13:00:01Z"),
    nonce: fc.stringMatching(/^[A-Za-z0-9_-]{16,64}$/),
  });
  const exact = ({ lamports, ...rest }: typeof statement extends fc.Arbitrary<infer One> ? One : never) =>
    (rest.kind === "pledge" ? { ...rest, lamports } : rest) as Statement;

  it("is printable, and differs for different statements", () => {
    fc.assert(
      fc.property(statement.map(exact), statement.map(exact), (one, other) => {
        const text = textOfStatement(one);
        expect(text).toMatch(/^[\x20-\x7e\n]+$/);
        const isSame =
          JSON.stringify(Object.entries(one).sort()) === JSON.stringify(Object.entries(other).sort());
        expect(text === textOfStatement(other)).toBe(isSame);
      }),
    );
  });
});

describe("a statement of a member", () => {
  it("counts when its wallet signed it, for this call, in time", () => {
    expect(verify(signed(pledge))).toEqual(pledge);
    expect(verify(signed(withdrawal))).toEqual(withdrawal);
  });

  it.each([
    ["signed by another wallet", signed(pledge, stranger)],
    ["with the wallet of another", { ...signed(pledge), statement: { ...pledge, wallet: stranger.address } }],
    ["with more than was signed", { ...signed(pledge), statement: { ...pledge, lamports: "1500000001" } }],
    [
      "with a longer time than was signed",
      { ...signed(pledge), statement: { ...pledge, expiresAt: "2026-12-01T13:30:00Z" } },
    ],
    [
      "with a nonce that was not signed",
      { ...signed(pledge), statement: { ...pledge, nonce: "0123456789abcdeg" } },
    ],
    ["made a withdrawal", { ...signed(pledge), statement: { ...common, kind: "withdrawal" } }],
    [
      "with a signature of the text in an envelope",
      { statement: pledge, signature: sign(`\xffsolana offchain${textOfStatement(pledge)}`, member) },
    ],
  ])("is forged: %s", (_, input) => {
    expect(refusal(input)).toBe("CTO_E_PLEDGE_FORGED");
  });

  it("is forged for a wallet that anyone can sign for", () => {
    const identity = new Uint8Array(32);
    identity[0] = 1;
    const signature = toBase58(Uint8Array.of(...identity, ...new Uint8Array(32)));
    const statement = { ...pledge, wallet: toBase58(identity) };
    expect(refusal({ statement, signature })).toBe("CTO_E_PLEDGE_FORGED");
  });

  it("is forged with any bit changed", () => {
    fc.assert(
      fc.property(fc.nat(63), fc.nat(7), (byte, bit) => {
        const signature = signBytes(privateKeyOfSeed(member.seed), Buffer.from(textOfStatement(pledge)));
        signature[byte] = (signature[byte] ?? 0) ^ (1 << bit);
        expect(refusal({ statement: pledge, signature: toBase58(signature) })).toBe("CTO_E_PLEDGE_FORGED");
      }),
      { numRuns: 30 },
    );
  });

  it("is replayed when its nonce was counted, and not before its signature is checked", () => {
    const isCounted = ({ nonce }: Statement): boolean => nonce === pledge.nonce;
    expect(refusal(signed(pledge), { isCounted })).toBe("CTO_E_PLEDGE_REPLAYED");
    expect(refusal(signed(withdrawal), { isCounted })).toBeNull();
    expect(refusal(signed(pledge, stranger), { isCounted })).toBe("CTO_E_PLEDGE_FORGED");
  });

  it("is refused for another call, and for other terms of this one", () => {
    expect(refusal(signed({ ...pledge, callId: "call_2" }))).toBe("CTO_E_PLEDGE_OTHER_CALL");
    expect(refusal(signed({ ...pledge, termsHash: "0".repeat(64) }))).toBe("CTO_E_PLEDGE_OTHER_CALL");
  });

  it("is valid until its expiry, not at it", () => {
    const at = (text: string) => ({ now: new Date(text) });
    expect(refusal(signed(pledge), at("2026-12-01T12:59:59.999Z"))).toBeNull();
    expect(refusal(signed(pledge), at("2026-12-01T13:00:00Z"))).toBe("CTO_E_PLEDGE_EXPIRED");
  });

  it("is refused before the opening and from the deadline on", () => {
    const late = signed({ ...pledge, expiresAt: "2026-12-01T14:00:00Z" });
    expect(refusal(late, { now: new Date("2026-12-01T11:59:59Z") })).toBe("CTO_E_CALL_NOT_OPEN");
    expect(refusal(late, { now: new Date("2026-12-01T12:00:00Z") })).toBeNull();
    expect(refusal(late, { now: new Date("2026-12-01T14:00:00Z") })).toBe("CTO_E_CALL_NOT_OPEN");
  });

  it.each([
    ["999999999", "CTO_E_PLEDGE_OUT_OF_BOUNDS"],
    ["1000000000", null],
    ["5000000000", null],
    ["5000000001", "CTO_E_PLEDGE_OUT_OF_BOUNDS"],
  ])("of %s lamports is held to a wallet's bounds", (lamports, code) => {
    expect(refusal(signed({ ...pledge, lamports }))).toBe(code);
  });

  it("does not outlive the call", () => {
    expect(refusal(signed({ ...withdrawal, expiresAt: "2026-12-01T14:00:01Z" }))).toBe(
      "CTO_E_PLEDGE_OUT_OF_BOUNDS",
    );
  });

  it.each([
    ["nothing", null],
    ["no signature", { statement: pledge }],
    ["a short signature", { ...signed(pledge), signature: toBase58(new Uint8Array(63).fill(1)) }],
    ["an unknown field", { ...signed(pledge), amount: 1 }],
    ["an unknown field of the statement", { ...signed(pledge), statement: { ...pledge, fee: 1 } }],
    ["another kind", { ...signed(pledge), statement: { ...pledge, kind: "order" } }],
    ["a withdrawal of an amount", { ...signed(pledge), statement: { ...pledge, kind: "withdrawal" } }],
    [
      "a line feed in its nonce",
      { ...signed(pledge), statement: { ...pledge, nonce: "0123456789abcdef\n" } },
    ],
    ["a number as an amount", { ...signed(pledge), statement: { ...pledge, lamports: 1 } }],
  ])("is refused as %s", (_, input) => {
    expect(refusal(input)).toBe("CTO_E_PLEDGE_INVALID");
  });
});

describe("the proof that a wallet asks for its own transaction", () => {
  const prove = (input: unknown, wallet: Address = member.address): string | null => {
    try {
      requireProof(wallet, input, { call, now: NOW });
      return null;
    } catch (error) {
      if (!isCTOError(error)) throw error;
      return error.code;
    }
  };

  const request = {
    ...common,
    kind: "request",
    expiresAt: "2026-12-01T12:40:00Z",
  } as const satisfies Signable;

  it("is a request of this wallet for this call, which it has signed", () => {
    expect(textOfStatement(request)).toMatch(/^I ask for my transaction of this call, /);
    expect(prove(signed(request))).toBeNull();
    const another = signed({ ...request, wallet: stranger.address }, stranger);
    expect(prove(another, stranger.address)).toBeNull();
    expect(prove(another)).toBe("CTO_E_MUSTER_NOT_PROVED");
  });

  it.each([
    ["nothing", null],
    // As short as a request, so that only its kind speaks against it.
    ["a pledge, which others may have seen", signed({ ...pledge, expiresAt: request.expiresAt })],
    ["a withdrawal", signed({ ...withdrawal, expiresAt: request.expiresAt })],
    ["a request that a stranger signed", signed(request, stranger)],
    ["a request for another call", signed({ ...request, callId: "call_2" })],
    ["a request under other terms", signed({ ...request, termsHash: "ab".repeat(32) })],
    ["an old request", signed({ ...request, expiresAt: "2026-12-01T12:30:00Z" })],
    ["a request that is valid for long", signed({ ...request, expiresAt: "2026-12-01T12:45:01Z" })],
    [
      "the signature of a pledge under a request",
      { statement: request, signature: signed(pledge).signature },
    ],
    ["a word", "please"],
  ])("is not %s", (_, input) => {
    expect(prove(input)).toBe("CTO_E_MUSTER_NOT_PROVED");
  });

  it("counts as no statement", () => {
    expect(refusal(signed(request))).toBe("CTO_E_PLEDGE_INVALID");
  });
});
