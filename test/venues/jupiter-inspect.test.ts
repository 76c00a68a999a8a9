/** What an untrusted answer may and may not do to the wallets that are about to sign it. */
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
import { buildAnswerSchema } from "../../src/venues/jupiter-answer.ts";
import { type Bounds, inspectAnswer } from "../../src/venues/jupiter-inspect.ts";
import { JUPITER_PROGRAM } from "../../src/venues/jupiter-program.ts";
import { WRAPPED_SOL_MINT } from "../../src/venues/token-layout.ts";

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
  let escrowSwap: (amount: bigint, destination?: Address) => Instruction;
  let pay: (lamports: bigint, destination: Address, source?: Address) => Instruction;

  beforeAll(async () => {
    const [taker, payer, mint] = [await newAddress(), await newAddress(), await newAddress()];
    stranger = await newAddress();
    const ata = async (of: Address) =>
      (await findAssociatedTokenPda({ owner: taker, mint: of, tokenProgram: TOKEN_PROGRAM_ADDRESS }))[0];
    bounds = {
      taker,
      payer,
      mint,
      lamports: 1_000n,
      tokenAccount: await ata(mint),
      wrappedSolAccount: await ata(WRAPPED_SOL_MINT),
    };
    jupiterSwap = {
      programAddress: JUPITER_PROGRAM,
      accounts: [
        { address: taker, role: AccountRole.READONLY_SIGNER },
        { address: bounds.tokenAccount, role: AccountRole.WRITABLE },
      ],
      data: new Uint8Array(24),
    };
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

  const inspect = ({ setup = [], swap = jupiterSwap, cleanup, others = [], fields = {} }: Changes) =>
    inspectAnswer(
      buildAnswerSchema.parse({
        inputMint: WRAPPED_SOL_MINT,
        outputMint: bounds.mint,
        inAmount: "1000",
        outAmount: "500",
        otherAmountThreshold: "495",
        priceImpactPct: "0.0012",
        setupInstructions: setup.map(toJson),
        swapInstruction: toJson(swap),
        cleanupInstruction: cleanup ? toJson(cleanup) : null,
        otherInstructions: others.map(toJson),
        tipInstruction: null,
        addressesByLookupTableAddress: { [stranger]: [bounds.mint] },
        ...fields,
      }),
      bounds,
    );

  it("passes when it wraps the asked lamports, swaps, and unwraps", async () => {
    const { taker, payer, wrappedSolAccount } = bounds;
    const create = (mint: Address) =>
      getCreateAssociatedTokenIdempotentInstructionAsync({
        payer: createNoopSigner(payer),
        owner: taker,
        mint,
      });
    const { created } = inspect({
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
  });

  it("passes when a firm quote is paid for and taken out of escrow", () => {
    expect(() => inspect({ setup: [pay(1_000n, stranger)], swap: escrowSwap(495n) })).not.toThrow();
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
    expect(() => inspect({ swap: escrowSwap(494n) })).toThrow("less than promised");
    expect(() => inspect({ swap: escrowSwap(495n, stranger) })).toThrow("buyer's token account");
    expect(() => inspect({ swap: { ...jupiterSwap, accounts: [] } })).toThrow("buyer's token account");
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
    const forStranger = await getCreateAssociatedTokenIdempotentInstructionAsync({
      payer: createNoopSigner(bounds.payer),
      owner: stranger,
      mint: bounds.mint,
    });
    expect(() => inspect({ setup: [forStranger] })).toThrow("token account for");
  });
});
