/** Tests the parts of the call's page that need no browser: the words of refusals, the bounds, the time that is left. */
import { expect, it } from "vitest";
import { REGISTRY } from "../../src/errors/registry.ts";
import type { Problem } from "../../web/src/api/types.ts";
import { whyNotAmount } from "../../web/src/call/bounds.ts";
import {
  type HandedOut,
  hasEnded,
  isClosed,
  isElsewhere,
  isUnproved,
  type ToSign,
} from "../../web/src/call/handed-out.ts";
import { leftWords } from "../../web/src/call/left-words.ts";
import { isStarter, whyNotStart } from "../../web/src/call/may-start.ts";
import { CODES, remedyOf } from "../../web/src/call/remedies.ts";
import { isGood, RENEW_MS, requestOf } from "../../web/src/call/request.ts";

/** The refusals of creating a call and of its receipt, which no request of the page is answered with. */
const ELSEWHERE =
  /^CTO_E_CALL_(TERMS_INVALID|AMOUNTS_CONTRADICT|TIMES_CONTRADICT|DISCLOSURE_CONTRADICTS|EXISTS|OTHER_CLUSTER|MINT_REFUSED|WITHOUT_RECEIPT)$/;

it("has a remedy of its own for each refusal of a member and of an announcement", () => {
  const needed = Object.keys(REGISTRY).filter(
    (code) => /^CTO_E_(CALL|CALLS|PLEDGE|MUSTER)_/.test(code) && !ELSEWHERE.test(code),
  );
  expect(needed.length).toBeGreaterThan(15);
  expect(needed.filter((code) => !CODES.includes(code))).toEqual([]);
});

it("has words for existing codes alone, without commands or fields", () => {
  const ours = ["NO_CONNECTION", "INTERNAL"];
  expect(CODES.filter((code) => !Object.hasOwn(REGISTRY, code) && !ours.includes(code))).toEqual([]);
  for (const code of CODES)
    expect(remedyOf(code, "")).not.toMatch(/\bcto [a-z]|(^|\s)--\w|\b[a-z]+[A-Z]\w*\b|`/);
  expect(remedyOf("CTO_E_UNHEARD_OF", "the registry's")).toBe("the registry's");
});

it("compares a typed amount with the bounds of each wallet", () => {
  const call = { terms: { perWallet: { leastLamports: "1000000000", mostLamports: "2000000000" } } };
  expect(whyNotAmount(call, null)).toContain("such as 1.5");
  expect(whyNotAmount(call, 999_999_999n)).toBe("A wallet spends at least 1 SOL.");
  expect(whyNotAmount(call, 1_000_000_000n)).toBeNull();
  expect(whyNotAmount(call, 2_000_000_000n)).toBeNull();
  expect(whyNotAmount(call, 2_000_000_001n)).toBe("A wallet spends at most 2 SOL.");
});

it("closes signing when the blocks are over or the server refuses, but not for what says nothing about it", () => {
  const toSign = { signUntil: "190", height: "189" } as ToSign;
  const problem = (code: string, status = 409): Problem => ({
    status,
    code,
    title: "",
    detail: "",
    remedy: "",
  });
  const closed = (changes: Partial<HandedOut>) => isClosed({ toSign, problem: null, ...changes });
  expect(closed({})).toBe(false);
  expect(closed({ toSign: { ...toSign, height: "190" } })).toBe(true);
  expect(closed({ problem: problem("CTO_E_MUSTER_NOTHING_TO_SIGN") })).toBe(true);
  expect(closed({ problem: problem("CTO_E_RATE_LIMITED", 429) })).toBe(false);
  expect(closed({ problem: problem("NO_CONNECTION", 0) })).toBe(false);
  // This page has it already: it may still be sent.
  const handedOnce = problem("CTO_E_MUSTER_HANDED_ONCE");
  expect(closed({ problem: handedOnce })).toBe(false);
  expect(isElsewhere({ toSign, problem: handedOnce })).toBe(false);
  expect(isElsewhere({ toSign: null, problem: handedOnce })).toBe(true);
  expect(isUnproved({ toSign: null, problem: handedOnce })).toBe(false);
  expect(isUnproved({ toSign: null, problem: problem("CTO_E_MUSTER_NOT_PROVED", 403) })).toBe(true);
});

it("closes at the muster's end, whatever the server has said last", () => {
  const endsAt = "2026-12-01T12:30:00Z";
  expect(hasEnded(endsAt, Date.parse("2026-12-01T12:29:59.999Z"))).toBe(false);
  expect(hasEnded(endsAt, Date.parse(endsAt))).toBe(true);
});

it("keeps a request until a minute before its end, and makes a new one before that", () => {
  const now = Date.parse("2026-12-01T12:00:00Z");
  const call = { callId: "call_1", termsHash: "hash" };
  const { expiresAt, nonce } = requestOf(call, "A", now);
  expect(isGood(expiresAt, now)).toBe(true);
  expect(isGood(expiresAt, now + RENEW_MS)).toBe(true);
  expect(isGood(expiresAt, Date.parse(expiresAt) - 60_000)).toBe(false);
  expect(isGood(undefined, now)).toBe(false);
  expect(requestOf(call, "A", now).nonce).not.toBe(nonce);
});

it("words the time that is left with two units, and never as zero before it is over", () => {
  expect(leftWords(-1)).toBe("now");
  expect(leftWords(1)).toBe("in 1 s");
  expect(leftWords(59_001)).toBe("in 1 min 0 s");
  expect(leftWords(192_000)).toBe("in 3 min 12 s");
  expect(leftWords(90_000_000)).toBe("in 1 d 1 h");
});

it("offers the start to the caller alone, once covered pledges that fit reach the least", () => {
  const fitting = (wallets: number, lamports: string) => ({ fits: { wallets, lamports } });
  const terms = {
    startedBy: "caller" as const,
    leastLamports: "2000000000",
    leastWallets: 2,
    caller: { wallet: "caller" },
  };
  const call = { status: "open" as const, terms, pledged: fitting(2, "2000000000") };
  expect(isStarter(call, "caller")).toBe(true);
  expect(isStarter(call, "A")).toBe(false);
  expect(isStarter({ ...call, status: "mustering" }, "caller")).toBe(false);
  expect(isStarter({ ...call, terms: { ...terms, startedBy: undefined } }, "caller")).toBe(false);
  expect(whyNotStart(call)).toBeNull();
  const one = fitting(1, "2000000000");
  expect(whyNotStart({ ...call, pledged: one })).toContain("2 SOL of 1 wallet so far");
  expect(whyNotStart({ ...call, pledged: fitting(2, "1999999999") })).toContain(
    "1.999999999 SOL of 2 wallets",
  );
});
