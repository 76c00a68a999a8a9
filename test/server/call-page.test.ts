/** Tests the page of a call: what it says at each step without JavaScript, and its safety against hostile texts. */
import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Address, Blockhash, Lamports, Signature } from "@solana/kit";
import { describe, expect, it } from "vitest";
import { toBase58 } from "../../src/base/base58.ts";
import { type CallRecord, newRecord } from "../../src/calls/call-record.ts";
import { parseTerms } from "../../src/calls/parse-terms.ts";
import type { CountedPledge } from "../../src/calls/pledges.ts";
import { createMuster } from "../../src/engine/calls/muster-moves.ts";
import { reachedBy, thousandths } from "../../src/server/calls/amounts.ts";
import { readOperatorTerms } from "../../src/server/calls/operator-terms.ts";
import { CALL_PAGE_POLICY, callPage, unknownCallPage } from "../../src/server/calls/page.ts";
import { callView } from "../../src/services/calls/view.ts";
import { generateKeypair } from "../../src/wallets/keypair.ts";
import { validTerms } from "../calls/call.ts";

const now = new Date("2026-12-01T12:30:00Z");
const call = parseTerms(validTerms());
const sol = (amount: bigint): Lamports => (amount * 1_000_000_000n) as Lamports;

const pledgeOf = (amount: bigint, way: CountedPledge["way"] = "signs"): CountedPledge => ({
  wallet: generateKeypair().address,
  lamports: sol(amount),
  way,
  version: 0,
  at: now,
  expiresAt: new Date("2026-12-01T14:00:00Z"),
});

const record = (changes: Partial<CallRecord> = {}): CallRecord => ({ ...newRecord(call, now), ...changes });

/** The visible text of the page, as a reader without JavaScript has it. */
const textOf = (html: string): string =>
  html
    .replace(/<(style|noscript)>.*?<\/\1>/gs, "")
    .replace(/<[^>]*>/g, " ")
    .replace(/&#(\d+);/g, (_entity, number: string) => String.fromCodePoint(Number(number)))
    .replace(/\s+/g, " ");

const pageOf = (
  of: CallRecord,
  pledges: readonly CountedPledge[] = [],
  options: Partial<Parameters<typeof callPage>[1]> = {},
): string =>
  callPage(callView(of, pledges), { token: {}, operatorTerms: null, publicUrl: null, now, ...options });

const goal = { leastLamports: sol(10n), mostLamports: sol(20n), leastWallets: 2, endsAt: now };
const lifetime = {
  blockhash: "SysvarC1ock11111111111111111111111111111111" as Blockhash,
  blockhashSlot: 1n,
  blockHeight: 1_000n,
  lastValidBlockHeight: 1_150n,
};

describe("the page of a call", () => {
  it("states all terms, the hash, the memo and what the caller discloses", () => {
    const text = textOf(pageOf(record({ powers: ["freeze", "hook"] })));
    const { terms, termsHash } = call;
    for (const part of [
      termsHash,
      `cto:1:${terms.callId}:call:${termsHash}`,
      terms.mint,
      terms.cluster,
      terms.caller.wallet,
      "call_0",
      `${terms.maxPrice} SOL per whole token`,
      "at least 10 SOL of 4 wallets, at most 20 SOL",
      "1 SOL to 5 SOL",
      "2026-12-01 12:00:00 UTC",
      "freeze the token in any wallet",
      "run a program of its own at each transfer",
      "Not published yet",
    ])
      expect(text).toContain(part);
  });

  it("counts towards the least only what is covered and can be signed, and says what is not", () => {
    const [covered, poor, unseen, sends] = [pledgeOf(5n), pledgeOf(4n), pledgeOf(3n), pledgeOf(2n, "sends")];
    const cover = { covered: [covered.wallet, sends.wallet], uncovered: [poor.wallet] };
    const pledges = [covered, poor, unseen, sends];
    const page = pageOf(record({ status: "open", cover }), pledges);
    const text = textOf(page);
    expect(text).toContain("5 SOL of at least 10 SOL");
    expect(text).toContain("1 of at least 4");
    expect(text).toContain("1 wallet with 4 SOL: not covered");
    expect(text).toContain("1 wallet with 3 SOL: not looked at yet");
    expect(text).toContain("1 wallet with 2 SOL: from wallets that can only sign and send");
    expect(page).toContain('value="500"');
    expect(reachedBy(callView(record({ cover }), pledges)).counts).toEqual({
      wallets: 1,
      lamports: String(sol(5n)),
    });
  });

  it("counts only what a muster would take: pledges that reach the least together may not fit into the most", () => {
    const pledges = [pledgeOf(5n), pledgeOf(5n), pledgeOf(5n), pledgeOf(4n), pledgeOf(2n), pledgeOf(1n)];
    const cover = { covered: pledges.map(({ wallet }) => wallet), uncovered: [] };
    const view = callView(record({ status: "open", cover }), pledges);
    // At most 20 SOL: 5 + 5 + 5 + 4 + 1.
    expect(view.pledged).toMatchObject({
      covered: { wallets: 6, lamports: String(sol(22n)) },
      fits: { wallets: 5, lamports: String(sol(20n)) },
    });
    const text = textOf(pageOf(record({ status: "open", cover }), pledges));
    expect(text).toContain("20 SOL of at least 10 SOL");
    expect(text).toContain("1 wallet with 2 SOL: covered, but they do not fit");
  });

  it("shows a bar as full only when all of the least is reached", () => {
    expect(thousandths("9999999999", "10000000000")).toBe(999);
    expect(thousandths("10000000000", "10000000000")).toBe(1_000);
    expect(thousandths("30000000000", "10000000000")).toBe(1_000);
  });

  it("says who has signed, until when, and that nothing is sent below the least", () => {
    const pledges = [pledgeOf(5n), pledgeOf(5n)];
    const muster = { ...createMuster(goal, pledges), round: 1, lifetime };
    const text = textOf(pageOf(record({ status: "mustering", muster }), pledges));
    expect(text).toContain("Members sign");
    expect(text).toContain("If too few sign, nothing is sent at all");
    expect(text).toContain("From block 1151 on, no transaction of this round can land");
    expect(text).toContain("Signed towards the least");
    expect(text).toContain("0 of at least 4");
    for (const { wallet } of pledges) expect(text).toContain(wallet);
    const released = { ...muster, released: true };
    expect(textOf(pageOf(record({ status: "mustering", muster: released }), pledges))).toContain(
      "Being sent",
    );
  });

  it("says of the present round who may still sign, and after the end what became of each", () => {
    const pledges = [pledgeOf(5n), pledgeOf(5n), pledgeOf(5n)];
    const dead = { round: 1, lifetime, phase: "dead", signature: null } as const;
    const again = { ...dead, round: 2, phase: "handed_out" } as const;
    const begun = createMuster(goal, pledges);
    const muster = {
      ...begun,
      round: 2,
      lifetime,
      members: begun.members.map((member, at) => ({
        ...member,
        attempts: [[dead], [dead, again], []][at] ?? [],
      })),
    };
    const during = record({ status: "mustering", muster });
    const phases = (of: CallRecord) => callView(of, pledges).muster?.members.map(({ phase }) => phase);
    expect(phases({ ...during, muster: { ...muster, round: 1 } })).toEqual(["dead", "dead", null]);
    expect(phases(during)).toEqual([null, "handed_out", null]);
    expect(textOf(pageOf(during, pledges))).not.toContain("did not buy");
    const over = record({ status: "lapsed", muster, ended: { at: now, why: "too few signed" } });
    expect(phases(over)).toEqual(["dead", "handed_out", null]);
    const text = textOf(pageOf(over, pledges));
    expect(text).toContain("did not buy");
    expect(text).toContain("took no part");
    expect(text).not.toContain("not asked yet");
  });

  it("counts distinct funders, and shows what left the caller's wallets", () => {
    const pledges = [pledgeOf(5n), pledgeOf(5n)];
    const goal = { leastLamports: sol(10n), mostLamports: sol(20n), leastWallets: 2, endsAt: now };
    const muster = createMuster(goal, pledges);
    const bank = generateKeypair().address;
    const [one, other] = pledges.map(({ wallet }) => wallet) as [Address, Address];
    const funders = [
      { wallet: one, funder: bank },
      { wallet: other, funder: null },
    ];
    const before = textOf(pageOf(record({ status: "landed", muster }), pledges));
    expect(before).toContain("Nothing was seen. They are watched for thirty days");
    expect(before).not.toContain("distinct funder");
    const signature = toBase58(new Uint8Array(64).fill(7)) as Signature;
    const sales = [{ wallet: call.terms.caller.wallet, signature, slot: 9n, tokens: 1_500_000n }];
    const seen = record({ status: "landed", muster, funders, sales });
    const text = textOf(pageOf(seen, pledges, { token: { decimals: 6 } }));
    expect(text).toContain("came from 1 distinct funder, one hop back. For 1 of them it is unknown");
    expect(text).toContain(`Funded by ${bank}`);
    expect(text).toContain(`1.500000 tokens left ${call.terms.caller.wallet}`);
    expect(text).toContain(signature);
  });

  it("says why a call ended without a purchase", () => {
    const ended = { at: now, why: "no muster fits before the deadline" };
    const text = textOf(pageOf(record({ status: "lapsed", ended })));
    expect(text).toContain("Over: nothing was bought");
    expect(text).toContain("No muster began, and nothing was signed or sent");
    expect(text).toContain("Why it ended: no muster fits before the deadline");
    // Nobody is asked to join what is over.
    expect(text).not.toContain("Join with your own wallet");
    expect(text).not.toContain("Joining needs JavaScript");
    expect(textOf(pageOf(record({ status: "open" })))).toContain("Join with your own wallet");
  });

  it("shows hostile texts as texts, wherever they come from", () => {
    const hostile = '</p><script>alert(1)</script><img src=x onerror="alert(2)">';
    const page = pageOf(record({ waits: hostile, status: "mustering" }), [], {
      token: { label: hostile, decimals: 6 },
      operatorTerms: hostile,
    });
    expect(page.match(/<script/g)).toHaveLength(1);
    expect(page).toContain('<script type="module" src="/app/call.js"></script>');
    expect(page).not.toContain("<img");
    expect(textOf(page)).toContain('<img src=x onerror="alert(2)">');
  });

  it("may run this server's script alone, and talk to this server alone", () => {
    expect(CALL_PAGE_POLICY.split("; ")).toEqual([
      "default-src 'none'",
      expect.stringMatching(/^style-src 'sha256-[A-Za-z0-9+/=]+'$/),
      "img-src data:",
      "script-src 'self'",
      "connect-src 'self'",
      "base-uri 'none'",
      "form-action 'none'",
      "frame-ancestors 'none'",
    ]);
    expect(unknownCallPage()).not.toContain("<script");
    expect(pageOf(record())).not.toMatch(/ style="| on[a-z]+="/);
  });

  it("has no word of gains", () => {
    const pages = (["announced", "open", "mustering", "landed", "lapsed"] as const).map((status) =>
      textOf(pageOf(record({ status }))),
    );
    for (const text of pages)
      expect(text).not.toMatch(
        /\b(profits?|gains?|yields?|earn(s|ings)?|moon|guaranteed?|invest(ment)?s?)\b/i,
      );
  });
});

describe("the operator's own terms", () => {
  const folder = mkdtempSync(join(tmpdir(), "cto-terms-"));
  const file = (content: string | Uint8Array): string => {
    const path = join(folder, "terms.txt");
    writeFileSync(path, content);
    return path;
  };
  const read = (content: string | Uint8Array) => readOperatorTerms({ CTO_CALL_TERMS_FILE: file(content) });
  const refused = expect.objectContaining({ code: "CTO_E_CONFIG_INVALID" });

  it("are plain text, and none without a file", () => {
    expect(readOperatorTerms({})).toBeNull();
    expect(read("First.\r\n\tSecond: ä.\n")).toBe("First.\n\tSecond: ä.");
  });

  it.each([
    ["are empty", " \n"],
    ["are too long", "a".repeat(64 * 1024 + 1)],
    ["are no UTF-8", Uint8Array.of(0xff, 0xfe, 0x41)],
    ["have a control", "one\u0007two"],
    ["turn the direction of their text", "one\u202etwo"],
  ])("stop the start if they %s", (_what, content) => {
    expect(() => read(content)).toThrow(refused);
  });

  it("stop the start if the file is missing, and the message names no path", () => {
    const missing = join(folder, "missing.txt");
    expect(() => readOperatorTerms({ CTO_CALL_TERMS_FILE: missing })).toThrow(refused);
    expect(() => readOperatorTerms({ CTO_CALL_TERMS_FILE: missing })).toThrow(/ENOENT/);
  });
});
