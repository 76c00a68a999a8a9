/** The instructions around a swap: the buyer's token account, and a wrapped-SOL account that lives for one transaction. */
import type { Instruction } from "@solana/kit";
import { createNoopSigner } from "@solana/kit";
import { getTransferSolInstruction } from "@solana-program/system";
import {
  findAssociatedTokenPda,
  getCloseAccountInstruction,
  getCreateAssociatedTokenIdempotentInstruction,
  getSyncNativeInstruction,
  TOKEN_PROGRAM_ADDRESS,
} from "@solana-program/token";
import type { Address } from "../engine/ports.ts";
import { WRAPPED_SOL_MINT } from "./token-layout.ts";

export const tokenAccountOf = async (
  owner: Address,
  mint: Address,
  tokenProgram: Address,
): Promise<Address> => (await findAssociatedTokenPda({ owner, mint, tokenProgram }))[0];

/** Creates the owner's associated token account unless it is there; the payer pays its rent. */
export const openTokenAccount = (
  { buyer, payer }: { buyer: Address; payer: Address },
  ata: Address,
  mint: Address,
  tokenProgram: Address,
): Instruction =>
  getCreateAssociatedTokenIdempotentInstruction({
    payer: createNoopSigner(payer),
    ata,
    owner: buyer,
    mint,
    tokenProgram,
  });

export type WrappedSol = {
  readonly account: Address;
  readonly setup: readonly Instruction[];
  readonly cleanup: readonly Instruction[];
};

/**
 * Puts `lamports` of the buyer's SOL into the buyer's wrapped-SOL account, and closes it after the swap. The account's
 * lamports, its rent and what the swap left in it, go to its owner and to nobody else: it may have been there before.
 */
export const wrapSol = async (
  { buyer, payer }: { buyer: Address; payer: Address },
  lamports: bigint,
): Promise<WrappedSol> => {
  const account = await tokenAccountOf(buyer, WRAPPED_SOL_MINT, TOKEN_PROGRAM_ADDRESS);
  const signer = createNoopSigner(buyer);
  return {
    account,
    setup: [
      openTokenAccount({ buyer, payer }, account, WRAPPED_SOL_MINT, TOKEN_PROGRAM_ADDRESS),
      getTransferSolInstruction({ source: signer, destination: account, amount: lamports }),
      getSyncNativeInstruction({ account }),
    ],
    cleanup: [getCloseAccountInstruction({ account, destination: buyer, owner: signer })],
  };
};
