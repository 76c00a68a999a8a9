/**
 * Tests what the policy approves and refuses for fundings, returns, lookup tables, the desk's sales and the
 * aggregator's swap.
 */
import {
  AccountRole,
  appendTransactionMessageInstructions,
  compileTransaction,
  createNoopSigner,
  createTransactionMessage,
  type Instruction,
  pipe,
  setTransactionMessageConfig,
  setTransactionMessageFeePayer,
  setTransactionMessageLifetimeUsingBlockhash,
  type V1TransactionConfig,
} from "@solana/kit";
import { getSetComputeUnitPriceInstruction } from "@solana-program/compute-budget";
import { getTransferSolInstruction } from "@solana-program/system";
import { describe, expect, it } from "vitest";
import { memoOf } from "../../src/base/instructions.ts";
import { createTable, extendTable } from "../../src/chain/lookup-table.ts";
import type { Address, Lamports, Meant, TransactionDraft } from "../../src/engine/ports.ts";
import { createPolicy, judge } from "../../src/policy/index.ts";
import { proofOfDelivery } from "../../src/venues/delivery-proof.ts";
import { JUPITER_PROGRAM } from "../../src/venues/jupiter-program.ts";
import { proofsOfKeeping } from "../../src/venues/on-the-way.ts";
import { WRAPPED_SOL_MINT } from "../../src/venues/token-layout.ts";
import { tokenAccountOf, wrapSol } from "../../src/venues/wrapped-sol.ts";
import { swapInstruction } from "../venues/jupiter-swaps.ts";
import {
  addressOf,
  BUYER,
  bytesOf,
  FUNDING,
  honestBuys,
  honestly,
  LIFETIME,
  OTHER_BUYER,
  STRANGER,
  surveyOf,
} from "./buys.ts";

const TOKEN = "TokenkegQfeZyiNwAJbNbGKPFXCWuBvf9Ss623VQ5DA" as Address;
const sol = (lamports: number): Lamports => BigInt(lamports) as Lamports;

const BARE = {
  setup: [],
  swap: [],
  cleanup: [],
  transfers: [],
  computeUnitLimit: 50_000,
  computeUnitPrice: 7n,
  lifetime: LIFETIME,
  lookupTables: {},
} as const;
const FEES = { computeUnitLimit: 50_000, computeUnitPrice: 7n };

const judged = (draft: TransactionDraft, meant: Meant): Promise<string | null> =>
  judge(bytesOf(draft), meant);

/** Expects that the honest draft passes, and that each other draft, which differs in one thing, does not. */
const expectOnly = async (meant: Meant, honest: TransactionDraft, others: readonly TransactionDraft[]) => {
  expect(await judged(honest, meant)).toBeNull();
  for (const [at, other] of others.entries())
    expect(await judged(other, meant), `the change ${at}`).not.toBeNull();
};

describe("a funding", () => {
  const pays = (to: Address, lamports: number) => ({ from: FUNDING, to, lamports: sol(lamports) });
  const draft: TransactionDraft = {
    ...BARE,
    feePayer: FUNDING,
    transfers: [pays(BUYER, 5), pays(OTHER_BUYER, 6)],
    memo: { text: "cto:1:op_1:fund:1/3", signer: FUNDING },
  };
  const meant: Meant = {
    kind: "fund",
    operationId: "op_1",
    leg: 1,
    legs: 3,
    payer: FUNDING,
    transfers: [
      { to: BUYER, lamports: sol(5) },
      { to: OTHER_BUYER, lamports: sol(6) },
    ],
    ...FEES,
  };

  it("pays each buyer what was meant, and nobody else", async () => {
    await expectOnly(meant, draft, [
      { ...draft, transfers: [pays(BUYER, 5)] },
      { ...draft, transfers: [pays(BUYER, 6), pays(OTHER_BUYER, 5)] },
      { ...draft, transfers: [pays(BUYER, 5), pays(BUYER, 5), pays(OTHER_BUYER, 6)] },
      { ...draft, transfers: [...draft.transfers, pays(STRANGER, 1)] },
      { ...draft, transfers: [pays(BUYER, 5), { ...pays(OTHER_BUYER, 6), from: STRANGER }] },
      { ...draft, memo: { ...draft.memo, text: "cto:1:op_1:buy:1/3" } },
      { ...draft, memo: { ...draft.memo, signer: BUYER } },
      { ...draft, feePayer: STRANGER },
      { ...draft, computeUnitPrice: 8n },
    ]);
  });

  it("that pays two wallets the same pays both", async () => {
    const twice = [
      { to: BUYER, lamports: sol(5) },
      { to: BUYER, lamports: sol(5) },
    ];
    const both = { ...draft, transfers: [pays(BUYER, 5), pays(BUYER, 5)] };
    await expectOnly({ ...meant, transfers: twice }, both, [{ ...draft, transfers: [pays(BUYER, 5)] }]);
  });
});

describe("a message of version 1", () => {
  const meant: Meant = {
    kind: "fund",
    operationId: "op_1",
    leg: 1,
    legs: 1,
    payer: FUNDING,
    transfers: [{ to: BUYER, lamports: sol(5) }],
    computeUnitLimit: 50_000,
    computeUnitPrice: 30n, // Two lamports.
  };
  const messageOf = (config: V1TransactionConfig, more: readonly Instruction[] = []): Uint8Array => {
    const message = pipe(
      createTransactionMessage({ version: 1 }),
      (empty) => setTransactionMessageFeePayer(FUNDING, empty),
      (paid) => setTransactionMessageLifetimeUsingBlockhash(LIFETIME, paid),
      (lasting) => setTransactionMessageConfig(config, lasting),
      (asking) =>
        appendTransactionMessageInstructions(
          [
            getTransferSolInstruction({ source: createNoopSigner(FUNDING), destination: BUYER, amount: 5n }),
            memoOf("cto:1:op_1:fund:1/1", FUNDING),
            ...more,
          ],
          asking,
        ),
    );
    return new Uint8Array(compileTransaction(message).messageBytes);
  };

  it("asks for its fees in its own place, and for no more than was meant", async () => {
    const honest = { computeUnitLimit: 50_000, priorityFeeLamports: 2n };
    expect(await judge(messageOf(honest), meant)).toBeNull();
    expect(await judge(messageOf({ ...honest, priorityFeeLamports: 3n }), meant)).toMatch(/3 lamports/);
    expect(await judge(messageOf({ ...honest, computeUnitLimit: 50_001 }), meant)).toMatch(/50001 compute/);
    expect(await judge(messageOf({ priorityFeeLamports: 2n }), meant)).toMatch(/0 compute units/);
    const price = getSetComputeUnitPriceInstruction({ microLamports: 30n });
    expect(await judge(messageOf(honest, [price]), meant)).toMatch(/has no place/);
  });
});

describe.each(["recover", "sweep"] as const)("a %s", (kind) => {
  const closes = (address: Address, owner: Address = BUYER) => ({ address, owner, program: TOKEN });
  const [first, second] = [addressOf(1), addressOf(2)];
  const draft: TransactionDraft = {
    ...BARE,
    feePayer: FUNDING,
    closes: [closes(first), closes(second)],
    transfers: [{ from: BUYER, to: FUNDING, lamports: sol(900) }],
    memo: { text: "cto:1:op_1:recover:2/3", signer: BUYER },
  };
  const meant: Meant = {
    kind,
    operationId: "op_1",
    leg: 2,
    legs: 3,
    wallet: BUYER,
    to: FUNDING,
    lamports: sol(900),
    closes: [first, second],
    ...FEES,
  };

  it("closes the wallet's accounts to itself, and returns what was meant to the funding wallet", async () => {
    await expectOnly(meant, draft, [
      { ...draft, closes: [closes(first), closes(STRANGER)] },
      { ...draft, closes: [closes(first, FUNDING)] },
      { ...draft, closes: [closes(first), closes(first)] },
      { ...draft, closes: [{ ...closes(first), program: STRANGER }] },
      { ...draft, transfers: [{ from: BUYER, to: FUNDING, lamports: sol(901) }] },
      { ...draft, transfers: [{ from: BUYER, to: STRANGER, lamports: sol(900) }] },
      { ...draft, transfers: [{ from: FUNDING, to: BUYER, lamports: sol(900) }] },
      { ...draft, transfers: [] },
      { ...draft, memo: { ...draft.memo, signer: FUNDING } },
      { ...draft, memo: { ...draft.memo, text: "cto:1:op_1:recover:1/3" } },
      { ...draft, feePayer: BUYER },
    ]);
  });

  it("may leave an account that cannot be closed", async () => {
    expect(await judged({ ...draft, closes: [] }, meant)).toBeNull();
  });

  it("of a wallet that paid for itself moves no lamports", async () => {
    const own = { ...draft, feePayer: BUYER, transfers: [] };
    await expectOnly({ ...meant, to: null }, own, [
      { ...own, transfers: [{ from: BUYER, to: FUNDING, lamports: sol(900) }] },
    ]);
  });
});

describe("a lookup table", () => {
  const entries = [addressOf(1), addressOf(2)];

  it("is created and extended by its payer, with the addresses that it is meant to hold", async () => {
    const { table, instruction } = await createTable(FUNDING, 5n);
    const { table: other, instruction: foreign } = await createTable(FUNDING, 6n);
    const { instruction: anothers } = await createTable(STRANGER, 5n);
    const meant: Meant = { kind: "lookup-table", payer: FUNDING, table, entries, ...FEES };
    const memo = { text: `cto:1:alt:${table}`, signer: FUNDING };
    const draftOf = (setup: readonly Instruction[]): TransactionDraft => ({
      ...BARE,
      feePayer: FUNDING,
      memo,
      setup,
    });
    const freeze = { ...instruction, data: Uint8Array.of(1, 0, 0, 0) };
    const close = { ...instruction, data: Uint8Array.of(4, 0, 0, 0) };
    const wrong = [
      draftOf([foreign]),
      draftOf([anothers]),
      draftOf([freeze]),
      draftOf([close]),
      draftOf([instruction, extendTable(table, FUNDING, entries)]),
      draftOf([extendTable(table, FUNDING, [STRANGER])]),
      draftOf([extendTable(table, FUNDING, [])]),
      draftOf([extendTable(other, FUNDING, entries)]),
      { ...draftOf([instruction]), memo: { ...memo, text: `cto:1:alt:${other}` } },
      draftOf([]),
    ];
    await expectOnly(meant, draftOf([instruction]), wrong);
    await expectOnly(meant, draftOf([extendTable(table, FUNDING, entries)]), []);
  });
});

const survey = await surveyOf();
const writes = (address: Address) => ({ address, role: AccountRole.WRITABLE });

describe("a swap of the aggregator", async () => {
  const { mint } = survey;
  const token = await tokenAccountOf(BUYER, mint, TOKEN);
  const wrapped = await wrapSol({ buyer: BUYER, payer: FUNDING }, 1_000_000_000n);
  const [direct] = await honestBuys();
  const opened = direct?.draft.setup[0] as Instruction;
  const steps = [BUYER, wrapped.account, token, addressOf(31), addressOf(32)].map(writes);
  const { accounts: honest, data } = await swapInstruction(
    { kind: "route_v2", buyer: BUYER, mint, tokenProgram: TOKEN, steps },
    { lamports: 1_000_000_000n, quoted: 9n, slippageBps: 0 },
  );
  const named = honest.map((each) => each.address);
  const proofOf = (least: bigint): Instruction => proofOfDelivery(survey, BUYER, least);
  const swapOf = (accounts: readonly Address[]): Instruction => ({
    programAddress: JUPITER_PROGRAM,
    accounts: accounts.map((each) =>
      each === BUYER
        ? { address: each, role: AccountRole.WRITABLE_SIGNER }
        : { address: each, role: AccountRole.READONLY },
    ),
    data,
  });
  const buyOf = (accounts: readonly Address[], setup: readonly Instruction[] = []) => ({
    venue: "jupiter" as const,
    tokensOut: 10n,
    minTokensOut: 9n,
    rentLamports: sol(2_039_280),
    buyerRentLamports: sol(0),
    transientLamports: sol(2_039_280),
    setup: [opened, ...wrapped.setup, ...setup],
    swap: [swapOf(accounts)],
    cleanup: [proofOf(9n), ...wrapped.cleanup],
    lookupTables: {},
  });

  it("is proved on chain to have brought the least tokens to the buyer's own account", async () => {
    const { draft, meant } = honestly("jupiter", survey, buyOf(named), "standard");
    const [proof, ...rest] = draft.cleanup;
    if (proof === undefined) throw new Error("no proof");
    const elsewhere = {
      ...proof,
      accounts: (proof.accounts ?? []).map((account, at) =>
        at === 2 ? { ...account, address: addressOf(33) } : account,
      ),
    };
    const wrong = [[], [proofOf(8n)], [elsewhere], [proof, proof]];
    await expectOnly(
      meant,
      draft,
      wrong.map((cleanup) => ({ ...draft, cleanup: [...cleanup, ...rest] })),
    );
    expect(await judged({ ...draft, cleanup: rest }, meant)).toBe("proof of delivery: it is missing");
    // Before the swap it would prove nothing.
    const early = { ...draft, setup: [...draft.setup, proof], cleanup: rest };
    expect(await judged(early, meant)).toBe("swap: it is not in its place");
    // The proof must also cover the tokens that the wallet held before.
    const setup = draft.setup.slice(1); // Its token account exists already.
    const had = { ...meant, tokensBefore: 5n };
    expect(await judged({ ...draft, setup }, had)).toContain("proof of delivery");
    const cleanup = [proofOf(14n), ...rest];
    expect(await judged({ ...draft, setup, cleanup }, had)).toBeNull();
  });

  it("names the funding wallet, another buyer and their accounts nowhere", async () => {
    const { draft, meant } = honestly("jupiter", survey, buyOf(named), "standard");
    const theirs = await Promise.all(
      [FUNDING, OTHER_BUYER].flatMap((owner) => [
        tokenAccountOf(owner, mint, TOKEN),
        tokenAccountOf(owner, WRAPPED_SOL_MINT, TOKEN),
      ]),
    );
    // An account of a mint that the swap itself names is refused too.
    const foreignMint = addressOf(77);
    const others = [FUNDING, OTHER_BUYER, ...theirs].map((each) => [...named, each]);
    const further = [...named, foreignMint, await tokenAccountOf(BUYER, foreignMint, TOKEN)];
    await expectOnly(
      meant,
      draft,
      [...others, further].map((accounts) => ({ ...draft, swap: [swapOf(accounts)] })),
    );
  });

  it("has to name the buyer, what it pays from, and what is paid", async () => {
    const { draft, meant } = honestly("jupiter", survey, buyOf(named), "standard");
    for (const left of [BUYER, wrapped.account, token]) {
      const accounts = named.filter((each) => each !== left);
      expect(await judged({ ...draft, swap: [swapOf(accounts)] }, meant)).toMatch(/^swap: /);
    }
  });

  it("names what the buyer has of a token on its way only with the proof that it stays", async () => {
    const held = { mint: addressOf(78), tokenProgram: TOKEN, decimals: 6, tokens: 77n };
    const account = await tokenAccountOf(BUYER, held.mint, TOKEN);
    const [revocation, kept] = proofsOfKeeping([{ ...held, account }], BUYER) as [Instruction, Instruction];
    const [less] = proofsOfKeeping([{ ...held, account, tokens: 76n }], BUYER).slice(1) as [Instruction];
    const buy = buyOf([...named, account]);
    const cleanup = [...buy.cleanup, revocation, kept];
    const { draft, meant } = honestly("jupiter", survey, { ...buy, cleanup, keeps: [held] }, "standard");
    const opening: Instruction = {
      ...opened,
      accounts: (opened.accounts ?? []).map((each, at) => {
        if (at === 1) return { ...each, address: account };
        return at === 3 ? { ...each, address: held.mint } : each;
      }),
    };
    await expectOnly(meant, draft, [
      { ...draft, cleanup: [...buy.cleanup, revocation] },
      { ...draft, cleanup: [...buy.cleanup, kept] },
      { ...draft, cleanup: [...buy.cleanup, revocation, less] },
      { ...draft, setup: [...draft.setup, revocation, kept], cleanup: buy.cleanup },
      { ...draft, setup: [...draft.setup, opening] },
    ]);
  });

  it("opens no account that is not named as one on its way", async () => {
    const mintOnTheWay = addressOf(78);
    const ata = await tokenAccountOf(BUYER, mintOnTheWay, TOKEN);
    const opening: Instruction = {
      ...opened,
      accounts: (opened.accounts ?? []).map((account, at) => {
        if (at === 1) return { ...account, address: ata };
        return at === 3 ? { ...account, address: mintOnTheWay } : account;
      }),
    };
    const buy = buyOf(named, [opening]);
    const counted = honestly("jupiter", survey, { ...buy, alsoOpens: [mintOnTheWay] }, "standard");
    expect(await judged(counted.draft, counted.meant)).toBeNull();
    const uncounted = honestly("jupiter", survey, buy, "standard");
    expect(await judged(uncounted.draft, uncounted.meant)).not.toBeNull();
  });
});

describe("a sale of the desk", async () => {
  const [escrow, desk] = [addressOf(41), addressOf(42)];
  const token = await tokenAccountOf(BUYER, survey.mint, TOKEN);
  const sale = (amount: number, accounts = [escrow, survey.mint, token, BUYER]): Instruction => ({
    programAddress: TOKEN,
    accounts: accounts.map((each) =>
      each === BUYER ? { address: each, role: AccountRole.READONLY_SIGNER } : writes(each),
    ),
    data: Uint8Array.of(12, amount, 0, 0, 0, 0, 0, 0, 0, 6),
  });
  const buy = {
    venue: "jupiter" as const,
    tokensOut: 10n,
    minTokensOut: 9n,
    rentLamports: sol(0),
    buyerRentLamports: sol(0),
    transientLamports: sol(0),
    setup: [],
    swap: [sale(10)],
    cleanup: [],
    lookupTables: {},
    firmQuote: { escrow, payee: desk },
  };
  const { draft: unpaid, meant } = honestly("desk", survey, buy, "standard");
  const payment = { from: BUYER, to: desk, lamports: sol(1_000_000_000) };
  const draft = { ...unpaid, transfers: [...unpaid.transfers, payment] };
  const paying = (other: Partial<typeof payment>) => ({
    ...draft,
    transfers: [...unpaid.transfers, { ...payment, ...other }],
  });

  it("gives at least the least tokens for exactly the leg's lamports", async () => {
    await expectOnly(meant, draft, [
      { ...draft, swap: [sale(8)] },
      { ...draft, swap: [sale(10, [addressOf(43), survey.mint, token, BUYER])] },
      { ...draft, swap: [sale(10, [escrow, survey.mint, addressOf(43), BUYER])] },
      { ...draft, swap: [{ ...sale(10), data: Uint8Array.of(3, 10, 0, 0, 0, 0, 0, 0, 0) }] },
      paying({ lamports: sol(1_000_000_001) }),
      paying({ to: STRANGER }),
      paying({ from: FUNDING }),
      { ...draft, transfers: unpaid.transfers },
    ]);
  });

  it("is none where the seller is one of us, or where no firm quote was meant", async () => {
    if (meant.kind !== "buy") throw new Error("not a buy");
    const ours = await tokenAccountOf(FUNDING, survey.mint, TOKEN);
    const from = [ours, survey.mint, token, BUYER];
    const cheat = { ...meant, firmQuote: { escrow: ours, payee: desk } };
    expect(await judged({ ...draft, swap: [sale(10, from)] }, cheat)).toBe("sale: the seller is one of us");
    expect(await judged(draft, { ...meant, firmQuote: null })).not.toBeNull();
  });
});

it("a refusal names the kind and the reason", async () => {
  const [first] = await honestBuys();
  if (first === undefined) throw new Error("no buys");
  const { draft, meant } = first;
  const unsigned = { messageBytes: bytesOf({ ...draft, swap: [] }), signers: [], size: 0 };
  await expect(createPolicy().approve(unsigned, meant)).rejects.toMatchObject({
    code: "CTO_E_POLICY_REFUSED",
    context: { kind: "buy", reason: "swap: it is missing" },
  });
});
