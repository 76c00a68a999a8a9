/**
 * Builds the escrow that makes a quote firm, without a program of the desk's own.
 *
 * The promised tokens are in a fresh token account of the desk, and the taker is its delegate for exactly that
 * amount. This file only builds instructions.
 */
import { type Address, createAddressWithSeed, type Instruction, type KeyPairSigner } from "@solana/kit";
import { getCreateAccountWithSeedInstruction } from "@solana-program/system";
import {
  getApproveCheckedInstruction,
  getCloseAccountInstruction,
  getInitializeAccount3Instruction,
  getTransferCheckedInstruction,
} from "@solana-program/token";

/** A base token account, without extensions. */
export const ESCROW_SIZE = 165n;

/** A token that the desk trades. */
export type Token = {
  readonly mint: Address;
  readonly tokenProgram: Address;
  readonly decimals: number;
  /** The desk's own account of the token, from which the escrows are filled. */
  readonly stock: Address;
};

export type Escrow = {
  readonly address: Address;
  readonly seed: string;
  readonly token: Token;
  readonly taker: Address;
  /** Base units promised to the taker. */
  readonly tokens: bigint;
};

/** The account's address follows from the seed, so creating it needs only the desk's signature. */
export const planEscrow = async (desk: KeyPairSigner, escrow: Omit<Escrow, "address">): Promise<Escrow> => ({
  ...escrow,
  address: await createAddressWithSeed({
    baseAddress: desk.address,
    seed: escrow.seed,
    programAddress: escrow.token.tokenProgram,
  }),
});

/** Creates the account, fills it, and lets the taker transfer its content. `rent` is in lamports. */
export const placeInstructions = (desk: KeyPairSigner, escrow: Escrow, rent: bigint): Instruction[] => {
  const { address: account, seed, token, taker, tokens: amount } = escrow;
  const { mint, decimals, stock } = token;
  const program = { programAddress: token.tokenProgram };
  return [
    getCreateAccountWithSeedInstruction({
      payer: desk,
      newAccount: account,
      baseAccount: desk,
      base: desk.address,
      seed,
      amount: rent,
      space: ESCROW_SIZE,
      ...program,
    }),
    getInitializeAccount3Instruction({ account, mint, owner: desk.address }, program),
    getTransferCheckedInstruction(
      { source: stock, mint, destination: account, authority: desk, amount, decimals },
      program,
    ),
    getApproveCheckedInstruction(
      { source: account, mint, delegate: taker, owner: desk, amount, decimals },
      program,
    ),
  ];
};

/**
 * Closes the account. Before that, takes `tokens` base units back; pass 0n if the taker has bought. Either the
 * taker's buy or this transaction lands, but never both: the second finds no tokens and fails.
 */
export const closeInstructions = (desk: KeyPairSigner, escrow: Escrow, tokens: bigint): Instruction[] => {
  const { address: account, token } = escrow;
  const { mint, decimals, stock } = token;
  const program = { programAddress: token.tokenProgram };
  const close = getCloseAccountInstruction({ account, destination: desk.address, owner: desk }, program);
  if (tokens === 0n) return [close];
  const back = { source: account, mint, destination: stock, authority: desk, amount: tokens, decimals };
  return [getTransferCheckedInstruction(back, program), close];
};
