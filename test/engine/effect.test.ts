/** Tests that a simulated buy is refused if it takes anything from its wallets beyond what was requested. */
import type { Address, Lamports } from "@solana/kit";
import { describe, expect, it } from "vitest";
import { requireReceived } from "../../src/engine/buy/delivery.ts";
import { type Meant, requireEffect, unexpectedEffect } from "../../src/engine/buy/effect.ts";
import { meantOf } from "../../src/engine/buy/simulate-leg.ts";
import type { AccountEffect, Survey, TokenState } from "../../src/engine/ports.ts";
import fc from "../support/fast-check.ts";

const SYSTEM = "11111111111111111111111111111111" as Address;
const TOKEN = "TokenkegQfeZyiNwAJbNbGKPFXCWuBvf9Ss623VQ5DA" as Address;
const WSOL = "So11111111111111111111111111111111111111112" as Address;
const RENT = 2_039_280n;
const name = (text: string) => text as Address;
const [buyer, funding, other, stranger] = ["buyer", "funding", "other", "stranger"].map(name) as [
  Address,
  Address,
  Address,
  Address,
];

type Held = Partial<TokenState> | null;
const state = (token: Held): TokenState | null =>
  token && { mint: name("mint"), owner: buyer, amount: 0n, delegate: null, closeAuthority: null, ...token };

const account = (
  address: string,
  before: [lamports: bigint, token?: Held],
  after: [lamports: bigint, token?: Held],
  program?: Address,
): AccountEffect => {
  const [was, is] = [state(before[1] ?? null), state(after[1] ?? null)];
  return {
    address: name(address),
    before: { lamports: before[0] as Lamports, token: was },
    after: { lamports: after[0] as Lamports, token: is, program: program ?? (is ? TOKEN : SYSTEM) },
  };
};

const meant: Meant = {
  buyer,
  payer: funding,
  signers: [funding, buyer],
  wallets: [funding, buyer, other],
  mayLeave: 1_000_000n + 10_000n,
  accounts: [name("buyer's tokens"), name("wrapped"), name("w")],
  onTheWay: [name("on the way")],
};

/**
 * A standard buy of 1,000,000 lamports. The funding wallet pays for everything, the pool gets the amount, and
 * the wrapped account is opened and closed.
 */
const honest: AccountEffect[] = [
  account("funding", [10_000_000n], [10_000_000n - 1_010_000n - 2n * RENT]),
  account("buyer", [0n], [RENT]),
  account("buyer's tokens", [0n], [RENT, { amount: 500n }]),
  account(
    "pool",
    [5n, { owner: stranger, mint: WSOL, amount: 1n }],
    [1_000_005n, { owner: stranger, mint: WSOL }],
  ),
];

const why = (...further: AccountEffect[]): string | null => unexpectedEffect([...honest, ...further], meant);
const instead = (address: string, changed: AccountEffect): string | null =>
  unexpectedEffect(
    honest.map((each) => (each.address === address ? changed : each)),
    meant,
  );

describe("the effect of a buy", () => {
  it("is what was asked, to the lamport", () => {
    expect(why()).toBeNull();
    const one = account("funding", [10_000_000n], [10_000_000n - 1_010_001n - 2n * RENT]);
    expect(instead("funding", one)).toContain("1010001 lamports would leave instead of 1010000");
  });

  it("counts what wrapped-SOL accounts held", () => {
    const held = account("wrapped", [RENT + 7_000n, { mint: WSOL, amount: 7_000n }], [0n]);
    expect(why(held)).toContain("lamports would leave");
    const back = account("buyer", [0n], [2n * RENT + 7_000n]);
    expect(
      unexpectedEffect([...honest.filter(({ address }) => address !== buyer), held, back], meant),
    ).toBeNull();
  });

  it.each<[string, AccountEffect, string]>([
    [
      "other tokens of the buyer leave",
      account("x", [RENT, { mint: name("x"), amount: 9n }], [RENT, { mint: name("x"), amount: 8n }]),
      "1 token units would leave",
    ],
    [
      "they all leave, and their account is closed",
      account("x", [RENT, { mint: name("x"), amount: 9n }], [0n]),
      "would be gone",
    ],
    [
      "the buyer's account changes hands",
      account("x", [RENT, { amount: 9n }], [RENT, { amount: 9n, owner: stranger }]),
      "change hands",
    ],
    [
      "a stranger's account becomes the buyer's",
      account("x", [RENT, { owner: stranger }], [RENT, {}]),
      "change hands",
    ],
    ["a stranger may spend", account("x", [RENT, {}], [RENT, { delegate: stranger }]), "could spend"],
    ["a stranger may close", account("x", [RENT, {}], [RENT, { closeAuthority: stranger }]), "could close"],
    [
      "tokens of the funding wallet are touched",
      account("f", [RENT, { owner: funding, amount: 9n }], [RENT, { owner: funding, amount: 0n }]),
      "a token account of funding",
    ],
    [
      "another wallet's tokens are touched, even unchanged",
      account("o", [RENT, { owner: other }], [RENT, { owner: other }]),
      "a token account of other",
    ],
    ["another wallet of the operation is touched", account("other", [5n], [5n]), "does not sign it"],
  ])("is refused where %s", (_what, effect, reason) => {
    expect(why(effect)).toContain(reason);
    expect(() => requireEffect([...honest, effect], meant)).toThrow(
      expect.objectContaining({ code: "CTO_E_TRANSACTION_EFFECT" }),
    );
  });

  it("is refused where it names another token account of the buyer, though the simulation leaves it as it was", () => {
    const own = (mint: string) => account("x", [RENT, { mint: name(mint) }], [RENT, { mint: name(mint) }]);
    expect(why(own("heirloom"))).toBe("it touches x, which the buyer holds and which is not for this buy");
    // Also one of the very mint that is bought, where it is not the account that receives.
    expect(why(own("mint"))).toContain("not for this buy");
    expect(why(own("on the way"))).toBeNull();
    expect(why(account("new", [0n], [RENT, { mint: name("opened") }]))).toBeNull();
  });

  const PROGRAM = name("a program of no market");
  const thing = (
    lamportsOf: [before: bigint, after: bigint],
    after: Partial<AccountEffect["after"]> = {},
  ): AccountEffect => {
    const { before, after: plain, address } = account("thing", [lamportsOf[0]], [lamportsOf[1]], PROGRAM);
    return { address, before, after: { ...plain, ...after } };
  };
  const ownAtMarkets = [name("volume")];
  const whyOf = (changed: AccountEffect, of: Meant = { ...meant, ownAtMarkets }): string | null =>
    unexpectedEffect([...honest, changed], of);

  it.each<[string, AccountEffect, string]>([
    ["closes an account, such as a stake", thing([RENT, 0n]), "it closes thing"],
    [
      "writes a nonce account, whoever may use it",
      thing([RENT, RENT], { program: SYSTEM, hasData: true }),
      "a nonce account",
    ],
    [
      "writes what names the buyer, such as a loan or a share in a multisig",
      thing([RENT, RENT], { names: [funding, buyer], hasData: true }),
      "which names the buyer",
    ],
  ])("is refused where a third party's swap %s", (_what, changed, expected) => {
    expect(whyOf(changed)).toContain(expected);
    // The policy has derived every account of our own instructions.
    expect(whyOf(changed, meant)).toBeNull();
  });

  it("may open accounts of the buyer, write those that it has at markets, and all that name nobody", () => {
    for (const fine of [
      thing([0n, RENT], { names: [buyer], hasData: true }),
      { ...thing([RENT, RENT], { names: [buyer], hasData: true }), address: name("volume") },
      thing([RENT, RENT + 9n], { names: [stranger], hasData: true }),
      thing([RENT, RENT + 9n], { program: SYSTEM }),
    ])
      expect(whyOf(fine)).toBeNull();
  });

  it("is refused where a wallet would belong to a program", () => {
    expect(instead("buyer", account("buyer", [0n], [RENT], stranger))).toContain("belong to the program");
  });

  it("ignores accounts of strangers", () => {
    fc.assert(
      fc.property(fc.bigInt(0n, 2n ** 60n), fc.bigInt(0n, 2n ** 60n), fc.boolean(), (a, b, holds) => {
        const token = holds ? { owner: stranger } : null;
        expect(
          why(account("x", [a, token && { ...token, amount: a }], [b, token && { ...token, amount: b }])),
        ).toBeNull();
      }),
    );
  });

  it("never lets a signer or its token accounts end with less than asked, however it is spread", () => {
    const part = fc.bigInt(0n, 3_000_000n);
    fc.assert(
      fc.property(part, part, part, (fromFunding, fromBuyer, fromWrapped) => {
        const effects = [
          account("funding", [10_000_000n], [10_000_000n - fromFunding]),
          account("buyer", [10_000_000n], [10_000_000n - fromBuyer]),
          account(
            "w",
            [RENT + 3_000_000n, { mint: WSOL, amount: 3_000_000n }],
            [RENT + 3_000_000n - fromWrapped, { mint: WSOL, amount: 3_000_000n - fromWrapped }],
          ),
        ];
        const isAsked = fromFunding + fromBuyer + fromWrapped <= meant.mayLeave;
        expect(unexpectedEffect(effects, { ...meant, payer: buyer }) === null).toBe(isAsked);
        // A buyer loses nothing if the funding wallet pays.
        const isFundings = fromBuyer + fromWrapped === 0n && isAsked;
        expect(unexpectedEffect(effects, meant) === null).toBe(isFundings);
      }),
      { numRuns: 500 },
    );
  });

  it("lets no rent for a stranger's account leave in the place of the buyer's own", () => {
    const wallet = { address: buyer, lamports: 1_000_000n as Lamports };
    const survey = { owners: new Map() } as unknown as Survey;
    const payers = { funding: { walletId: "f", address: funding } };
    const buy = { buyerRentLamports: 7n as Lamports };
    const { mayLeave, accounts, onTheWay, ...people } = meantOf(
      { survey, payers, open: { offline: true } },
      wallet,
      buy,
      3n,
    );
    expect([accounts, onTheWay]).toEqual([[undefined, undefined], []]);
    expect(people).toEqual({ buyer, payer: funding, signers: [funding, buyer], wallets: [funding, buyer] });
    expect(mayLeave).toBe(1_000_000n + 10_000n + 3n + 7n);
    const stranger = meantOf(
      { survey, payers: { funding: null }, open: { offline: false } },
      wallet,
      buy,
      0n,
    );
    expect(stranger).toMatchObject({ payer: buyer, mayLeave: 1_000_000n + 5_000n });
    expect(stranger).not.toHaveProperty("ownAtMarkets");
    const swap = { ...buy, ownAtMarkets };
    expect(meantOf({ survey, payers, open: { offline: false } }, wallet, swap, 0n)).toMatchObject({
      ownAtMarkets,
    });
    const theirs = account("stranger's tokens", [0n], [RENT, { owner: name("stranger") }]);
    expect(instead("buyer's tokens", theirs)).toBe(
      `${1_010_000n + RENT} lamports would leave instead of 1010000 at most`,
    );
  });

  it("takes nothing of the buyer where the funding wallet pays, wrapped or not", () => {
    const unpaid = account("funding", [10_000_000n], [10_000_000n - 10_000n - 2n * RENT]);
    const fromBuyer = account("buyer", [1_000_000n], [RENT]);
    const standard = honest.filter(({ address }) => address !== funding && address !== buyer);
    expect(unexpectedEffect([...standard, unpaid, account("buyer", [5_000_000n], [4_000_000n])], meant)).toBe(
      "1000000 lamports would leave the buyer, for whom funding pays",
    );
    const wrapped = account(
      "w",
      [RENT + 1_000_000n, { mint: WSOL, amount: 1_000_000n }],
      [RENT, { mint: WSOL, amount: 0n }],
    );
    expect(unexpectedEffect([...standard, unpaid, wrapped], meant)).toBe(
      "1000000 lamports would leave the buyer, for whom funding pays",
    );
    // A minimum that the funding wallet leaves in the buyer's wallet is not a loss.
    expect(unexpectedEffect([...standard, unpaid, fromBuyer], meant)).toBeNull();
  });

  it("brings the least tokens to the buyer's own account, or is refused", () => {
    const buy = { minTokensOut: 500n };
    expect(() => requireReceived(buy, name("buyer's tokens"), honest)).not.toThrow();
    const refused = expect.objectContaining({ code: "CTO_E_TRANSACTION_REFUSED" });
    expect(() => requireReceived({ minTokensOut: 501n }, name("buyer's tokens"), honest)).toThrow(refused);
    expect(() => requireReceived(buy, name("pool"), honest)).toThrow(refused);
    expect(() => requireReceived(buy, undefined, honest)).toThrow(refused);
  });
});
