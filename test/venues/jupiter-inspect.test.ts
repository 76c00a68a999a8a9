/** Tests what an untrusted Jupiter answer may do, and may not do, to the wallets that will sign it. */
import {
  AccountRole,
  type Address,
  createNoopSigner,
  generateKeyPairSigner,
  getBase64Decoder,
  type Instruction,
  isSignerRole,
  isWritableRole,
} from "@solana/kit";
import { getCreateAccountInstruction, getTransferSolInstruction } from "@solana-program/system";
import {
  AuthorityType,
  findAssociatedTokenPda,
  getApproveInstruction,
  getCloseAccountInstruction,
  getCreateAssociatedTokenIdempotentInstructionAsync,
  getSetAuthorityInstruction,
  getSyncNativeInstruction,
  getTransferCheckedInstruction,
  getTransferInstruction,
  TOKEN_PROGRAM_ADDRESS,
} from "@solana-program/token";
import { beforeAll, describe, expect, it } from "vitest";
import { oursAmong } from "../../src/policy/jupiter.ts";
import { buildAnswerSchema } from "../../src/venues/jupiter-answer.ts";
import { type Bounds, inspectAnswer } from "../../src/venues/jupiter-inspect.ts";
import { WRAPPED_SOL_MINT } from "../../src/venues/token-layout.ts";
import { swapInstruction } from "./jupiter-swaps.ts";

const newAddress = async (): Promise<Address> => (await generateKeyPairSigner()).address;

const toJson = ({ programAddress, accounts = [], data = new Uint8Array() }: Instruction) => ({
  programId: programAddress,
  accounts: accounts.map(({ address, role }) => ({
    pubkey: address,
    isSigner: isSignerRole(role),
    isWritable: isWritableRole(role),
  })),
  data: getBase64Decoder().decode(data),
});

type Changes = {
  setup?: Instruction[];
  swap?: Instruction;
  cleanup?: Instruction;
  others?: Instruction[];
  fields?: Record<string, unknown>;
};

describe("an answer of Jupiter's", () => {
  let bounds: Bounds;
  let stranger: Address;
  let jupiterSwap: Instruction;
  let hop: { mint: Address; account: Address };
  let escrowSwap: (amount: bigint, destination?: Address) => Instruction;
  let pay: (lamports: bigint, destination: Address, source?: Address) => Instruction;

  beforeAll(async () => {
    const [taker, payer, mint] = [await newAddress(), await newAddress(), await newAddress()];
    stranger = await newAddress();
    const ata = async (of: Address) =>
      (await findAssociatedTokenPda({ owner: taker, mint: of, tokenProgram: TOKEN_PROGRAM_ADDRESS }))[0];
    hop = { mint: await newAddress(), account: stranger };
    hop.account = await ata(hop.mint);
    bounds = {
      taker,
      payer,
      mint,
      lamports: 1_000n,
      tokenAccount: await ata(mint),
      wrappedSolAccount: await ata(WRAPPED_SOL_MINT),
      ours: await oursAmong([taker, payer], [mint, WRAPPED_SOL_MINT, hop.mint]),
      fromDesk: false,
    };
    jupiterSwap = await swapInstruction(
      {
        kind: "route_v2",
        buyer: taker,
        mint,
        tokenProgram: TOKEN_PROGRAM_ADDRESS,
        steps: [stranger, bounds.wrappedSolAccount, bounds.tokenAccount].map((one) => ({
          address: one,
          role: AccountRole.WRITABLE,
        })),
      },
      { lamports: 1_000n, quoted: 500n, slippageBps: 100 },
    );
    escrowSwap = (amount, destination = bounds.tokenAccount) =>
      getTransferCheckedInstruction({
        source: stranger,
        mint,
        destination,
        authority: createNoopSigner(taker),
        amount,
        decimals: 6,
      });
    pay = (amount, destination, source = taker) =>
      getTransferSolInstruction({ source: createNoopSigner(source), destination, amount });
  });

  const inspect = (
    { setup = [], swap = jupiterSwap, cleanup, others = [], fields = {} }: Changes,
    over: Partial<Bounds> = {},
  ) =>
    inspectAnswer(
      buildAnswerSchema.parse({
        inputMint: WRAPPED_SOL_MINT,
        outputMint: bounds.mint,
        inAmount: "1000",
        outAmount: "500",
        otherAmountThreshold: "495",
        priceImpactPct: "0.0012",
        routePlan: [{ swapInfo: { inputMint: WRAPPED_SOL_MINT, outputMint: bounds.mint } }],
        setupInstructions: setup.map(toJson),
        swapInstruction: toJson(swap),
        cleanupInstruction: cleanup ? toJson(cleanup) : null,
        otherInstructions: others.map(toJson),
        tipInstruction: null,
        addressesByLookupTableAddress: { [stranger]: [bounds.mint] },
        ...fields,
      }),
      { ...bounds, ...over },
    );

  const create = (mint: Address, owner = bounds.taker) =>
    getCreateAssociatedTokenIdempotentInstructionAsync({
      payer: createNoopSigner(bounds.payer),
      owner,
      mint,
    });
  const naming = (account: Address): Instruction => ({
    ...jupiterSwap,
    accounts: [...(jupiterSwap.accounts ?? []), { address: account, role: AccountRole.WRITABLE }],
  });
  const DESK = { fromDesk: true };

  it("passes when it wraps the asked lamports, swaps, and unwraps", async () => {
    const { taker, wrappedSolAccount } = bounds;
    const { created, leastTokens } = inspect({
      setup: [
        await create(bounds.mint),
        await create(WRAPPED_SOL_MINT),
        pay(1_000n, wrappedSolAccount),
        getSyncNativeInstruction({ account: wrappedSolAccount }),
      ],
      cleanup: getCloseAccountInstruction({
        account: wrappedSolAccount,
        destination: taker,
        owner: createNoopSigner(taker),
      }),
    });
    expect([...created]).toEqual([bounds.mint, WRAPPED_SOL_MINT]);
    expect(leastTokens).toBe(495n);
  });

  it("passes when a firm quote is paid for and taken out of escrow", () => {
    const firm = { setup: [pay(1_000n, stranger)], swap: escrowSwap(495n) };
    expect(inspect(firm, DESK).leastTokens).toBe(495n);
    expect(() => inspect(firm)).toThrow("the localnet's own desk alone");
  });

  it("is refused when the firm quote's escrow is an account of our own", async () => {
    const [ofPayer] = await findAssociatedTokenPda({
      owner: bounds.payer,
      mint: bounds.mint,
      tokenProgram: TOKEN_PROGRAM_ADDRESS,
    });
    const swap = { ...escrowSwap(495n) };
    swap.accounts = (swap.accounts ?? []).map((account, at) =>
      at === 0 ? { ...account, address: ofPayer } : account,
    );
    expect(() => inspect({ setup: [pay(1_000n, stranger)], swap }, DESK)).toThrow("tokens of our own");
  });

  it("is refused when the swap names another wallet of ours, or its accounts, of any token on the route", async () => {
    const mints = [bounds.mint, WRAPPED_SOL_MINT, hop.mint];
    for (const account of await oursAmong([bounds.payer], mints))
      expect(() => inspect({ swap: naming(account) }), account).toThrow("which is ours");
    // The buyer's own account of an intermediate token that no instruction opens. The buyer may hold some of
    // that token.
    expect(() => inspect({ swap: naming(hop.account) })).toThrow("which is ours");
  });

  it("opens accounts for the tokens in between alone", async () => {
    const hops = {
      routePlan: [WRAPPED_SOL_MINT, hop.mint].map((inputMint, at) => ({
        swapInfo: { inputMint, outputMint: at === 0 ? hop.mint : bounds.mint },
      })),
    };
    const opening = await create(hop.mint);
    const good = { setup: [opening], swap: naming(hop.account), fields: hops };
    expect([...inspect(good).created]).toEqual([hop.mint]);
    expect(() => inspect({ ...good, fields: {} })).toThrow("no use for");
    expect(() => inspect({ ...good, swap: jupiterSwap })).toThrow("no use for");
  });

  it("is refused when it is about something else than was asked", () => {
    expect(() => inspect({ fields: { outputMint: stranger } })).toThrow("other mints");
    expect(() => inspect({ fields: { inputMint: stranger } })).toThrow("other mints");
    expect(() => inspect({ fields: { inAmount: "1001" } })).toThrow("1001 lamports instead of 1000");
    expect(() => inspect({ fields: { otherAmountThreshold: "501" } })).toThrow("threshold is above");
    expect(() => inspect({ fields: { outAmount: "0", otherAmountThreshold: "0" } })).toThrow(
      "offers nothing",
    );
    expect(() => inspect({ fields: { tipInstruction: toJson(pay(1n, stranger)) } })).toThrow("tip");
  });

  it("is refused when lamports go elsewhere, or more of them than asked", () => {
    const { wrappedSolAccount, payer } = bounds;
    expect(() => inspect({ setup: [pay(1_000n, stranger)] })).toThrow("beside the swap");
    expect(() => inspect({ setup: [pay(1_001n, wrappedSolAccount)] })).toThrow(
      "1001 lamports instead of 1000",
    );
    expect(() =>
      inspect({ setup: [pay(600n, wrappedSolAccount)], others: [pay(600n, wrappedSolAccount)] }),
    ).toThrow("1200");
    expect(() => inspect({ setup: [pay(1n, wrappedSolAccount, payer)] })).toThrow("moves lamports of");
    const account = { payer: createNoopSigner(bounds.taker), newAccount: createNoopSigner(payer), space: 0n };
    const create = getCreateAccountInstruction({ ...account, lamports: 5n, programAddress: stranger });
    expect(() => inspect({ setup: [create] })).toThrow("not a transfer");
  });

  it("is refused when it moves, hands over or closes what the wallet holds", () => {
    const { taker, tokenAccount } = bounds;
    expect(() => inspect({ setup: [getSyncNativeInstruction({ account: tokenAccount })] })).toThrow("counts");
    const owner = createNoopSigner(taker);
    const thefts: Instruction[] = [
      getTransferInstruction({ source: tokenAccount, destination: stranger, authority: owner, amount: 1n }),
      getApproveInstruction({ source: tokenAccount, delegate: stranger, owner, amount: 1n }),
      getSetAuthorityInstruction({
        owned: tokenAccount,
        owner,
        authorityType: AuthorityType.AccountOwner,
        newAuthority: stranger,
      }),
      getCloseAccountInstruction({ account: tokenAccount, destination: taker, owner }),
      getCloseAccountInstruction({ account: bounds.wrappedSolAccount, destination: stranger, owner }),
    ];
    for (const theft of thefts) {
      expect(() => inspect({ setup: [theft] })).toThrow();
      expect(() => inspect({ cleanup: theft })).toThrow();
      expect(() => inspect({ others: [theft] })).toThrow();
      expect(() => inspect({ swap: theft })).toThrow();
    }
  });

  it("is refused when its swap pays out too little, elsewhere, or by an unknown program", () => {
    expect(() => inspect({ swap: escrowSwap(494n) }, DESK)).toThrow("less than promised");
    expect(() => inspect({ swap: escrowSwap(495n, stranger) }, DESK)).toThrow("buyer's token account");
    expect(() => inspect({ swap: { ...jupiterSwap, accounts: [] } })).toThrow("no market");
    expect(() => inspect({ swap: { ...jupiterSwap, data: new Uint8Array(24) } })).toThrow("can be decoded");
    expect(() => inspect({ fields: { otherAmountThreshold: "496" } })).toThrow("accepts 495");
    expect(() => inspect({ swap: { ...jupiterSwap, programAddress: stranger } })).toThrow(
      "the swap is done by",
    );
    expect(() => inspect({ setup: [jupiterSwap] })).toThrow("has no place in a buy");
  });

  it("is refused when it wants another wallet's signature or cannot be decoded", async () => {
    expect(() => inspect({ setup: [pay(1n, stranger, stranger)] })).toThrow("signature of");
    expect(() => inspect({ setup: [{ ...pay(1n, stranger), data: new Uint8Array([9]) }] })).toThrow(
      "decoded",
    );
    const stray = await create(bounds.mint, stranger);
    expect(() => inspect({ setup: [stray] })).toThrow("token account for");
  });
});
