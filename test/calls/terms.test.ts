/** Tests that a call's terms are parsed exactly, hashed in one way, and refused where they contradict themselves. */
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { parseTerms } from "../../src/calls/parse-terms.ts";
import { termsSchema } from "../../src/calls/terms.ts";
import { createProgram } from "../../src/cli/program.ts";
import { isCTOError } from "../../src/errors/index.ts";
import { generateKeypair } from "../../src/wallets/keypair.ts";
import { CALLER, validTerms } from "./call.ts";

/** The code that these terms are refused with, and its message. */
function refusal(terms: unknown): { code: string; message: string } | null {
  try {
    parseTerms(terms);
    return null;
  } catch (error) {
    if (!isCTOError(error)) throw error;
    return { code: error.code, message: error.message };
  }
}

const OTHER = generateKeypair().address;
const wallet = (address: string) => ({ address, tokens: "0" });

describe("the terms of a call", () => {
  it("are exact amounts and moments", () => {
    const call = parseTerms(validTerms());
    expect(call.leastLamports).toBe(10_000_000_000n);
    expect(call.walletMost).toBe(5_000_000_000n);
    expect(call.closesAt).toEqual(new Date("2026-12-01T14:00:00Z"));
  });

  it("have the hash of their canonical JSON, whatever the order of their fields", () => {
    const terms = {
      ...validTerms(),
      caller: { wallet: "So11111111111111111111111111111111111111112", wallets: [], pastCalls: [] },
    };
    terms.caller.wallets = [wallet(terms.caller.wallet)] as never[];
    const turned = Object.fromEntries(Object.entries(terms).toReversed());
    // Written by hand: whoever has the terms can compute the hash with any tool.
    const canonical =
      '{"callId":"call_1","caller":{"pastCalls":[],"wallet":"So11111111111111111111111111111111111111112",' +
      '"wallets":[{"address":"So11111111111111111111111111111111111111112","tokens":"0"}]},' +
      '"closesAt":"2026-12-01T14:00:00Z","cluster":"5eykt4UsFv8P8NJdTREpY1vzqKqZKvdpKuc147dw2N9d",' +
      '"leastLamports":"10000000000","leastWallets":4,"maxPrice":"0.00000005",' +
      '"mint":"EPjFWdd5AufqSSqeM2qN1xzybapC8G4wEGGkZwyTDt1v","mostLamports":"20000000000","musterSeconds":600,' +
      '"opensAt":"2026-12-01T12:00:00Z","perWallet":{"leastLamports":"1000000000","mostLamports":"5000000000"},' +
      '"platform":"auto","refuses":["freeze","hook"],"version":1}';
    const hash = createHash("sha256").update(canonical).digest("hex");
    expect(parseTerms(terms).termsHash).toBe(hash);
    expect(parseTerms(turned).termsHash).toBe(hash);
    expect(parseTerms({ ...terms, musterSeconds: 601 }).termsHash).not.toBe(hash);
  });

  it.each([
    ["an unknown field", { fee: 1 }],
    ["another version", { version: 2 }],
    ["an id that no memo can hold", { callId: "a:b" }],
    ["a mint that is no address", { mint: "mint" }],
    ["an unknown venue", { platform: "elsewhere" }],
    ["a number as an amount", { leastLamports: 10_000_000_000 }],
    ["a second spelling of an amount", { leastLamports: "010000000000" }],
    ["an amount beyond 64 bits", { mostLamports: "18446744073709551616" }],
    ["no amount", { leastLamports: "0" }],
    ["a second spelling of a price", { maxPrice: "0.10" }],
    ["no price", { maxPrice: "0" }],
    ["a negative price", { maxPrice: "-1" }],
    ["no wallets", { leastWallets: 0 }],
    ["a part of a wallet", { leastWallets: 1.5 }],
    ["a second spelling of a moment", { opensAt: "2026-12-01T12:00:00.000Z" }],
    ["a moment that does not exist", { opensAt: "2026-02-30T12:00:00Z" }],
    ["a muster that is too short for a round", { musterSeconds: 59 }],
    ["powers that are not sorted", { refuses: ["hook", "fee"] }],
    ["a power twice", { refuses: ["fee", "fee"] }],
    ["a caller without wallets", { caller: { wallet: CALLER, wallets: [], pastCalls: [] } }],
  ])("are refused with %s", (_, change) => {
    expect(refusal({ ...validTerms(), ...change })?.code).toBe("CTO_E_CALL_TERMS_INVALID");
  });

  it("are refused where they are no object at all", () => {
    for (const wrong of [null, [], "terms", 1]) expect(refusal(wrong)?.code).toBe("CTO_E_CALL_TERMS_INVALID");
  });

  it("are refused for wrapped SOL", () => {
    const mint = "So11111111111111111111111111111111111111112";
    expect(refusal({ ...validTerms(), mint })?.code).toBe("CTO_E_TOKEN_IS_WRAPPED_SOL");
  });
});

const AMOUNTS = "CTO_E_CALL_AMOUNTS_CONTRADICT";
const TIMES = "CTO_E_CALL_TIMES_CONTRADICT";
const DISCLOSURE = "CTO_E_CALL_DISCLOSURE_CONTRADICTS";
const perWallet = (leastLamports: string, mostLamports: string) => ({
  perWallet: { leastLamports, mostLamports },
});
const disclosed = (caller: object) => ({ caller: { ...validTerms().caller, ...caller } });

describe("terms that contradict themselves", () => {
  it.each([
    [
      "the least in all is more than the most",
      AMOUNTS,
      { leastLamports: "20000000001" },
      /is more than the most/,
    ],
    ["the least of a wallet is more than its most", AMOUNTS, perWallet("2", "1"), /more than its most/],
    ["a wallet may spend more than all", AMOUNTS, perWallet("1", "20000000001"), /more than the most in all/],
    [
      "the wallets' least is more than the most",
      AMOUNTS,
      { leastWallets: 21 },
      /21 wallets of at least 1 SOL/,
    ],
    ["no number of wallets reaches the least", AMOUNTS, perWallet("1", "9999999"), /do not reach the least/],
    ["it closes when it opens", TIMES, { closesAt: "2026-12-01T12:00:00Z" }, /it closes at/],
    ["the muster does not fit", TIMES, { musterSeconds: 7_201 }, /muster of 7201 s does not fit/],
    [
      "the caller's signing wallet is not disclosed",
      DISCLOSURE,
      disclosed({ wallet: OTHER }),
      /do not contain/,
    ],
    [
      "a wallet is disclosed twice",
      DISCLOSURE,
      disclosed({ wallets: [wallet(CALLER), wallet(CALLER)] }),
      /is disclosed twice/,
    ],
    ["a past call is disclosed twice", DISCLOSURE, disclosed({ pastCalls: ["a", "a"] }), /past call a/],
    [
      "it is among its own past calls",
      DISCLOSURE,
      disclosed({ pastCalls: ["call_1"] }),
      /its own past calls/,
    ],
  ])("are refused: %s", (_, code, change, message) => {
    expect(refusal({ ...validTerms(), ...change })).toEqual({
      code,
      message: expect.stringMatching(message),
    });
  });

  it.each([
    ["the least is the most", { leastLamports: "20000000000" }],
    ["every wallet spends the same", perWallet("5000000000", "5000000000")],
    ["the wallets' least is exactly the most", { leastWallets: 20 }],
    ["the most wallets exactly reach the least", perWallet("1", "10000000")],
    ["the muster fills the whole time", { musterSeconds: 7_200 }],
  ])("are accepted at the edge: %s", (_, change) => {
    expect(refusal({ ...validTerms(), ...change })).toBeNull();
  });
});

describe("docs/calls.md", () => {
  const page = readFileSync("docs/calls.md", "utf8");
  const [, example = ""] = /```json\n([\s\S]*?)```/.exec(page) ?? [];

  it("has a whole example of terms, which is accepted as it stands", () => {
    const call = parseTerms(JSON.parse(example));
    expect(Object.keys(call.terms).sort()).toEqual(Object.keys(validTerms()).sort());
  });
});

it("cto call create --help names every field of the terms", () => {
  const create = createProgram()
    .commands.find((command) => command.name() === "call")
    ?.commands.find((command) => command.name() === "create");
  let help = "";
  create?.configureOutput({ writeOut: (text) => (help += text) }).outputHelp();
  const fields = [...Object.keys(termsSchema.shape), "address", "tokens", "pastCalls"];
  expect(fields.filter((field) => !help.includes(field))).toEqual([]);
});
