/**
 * Builds the instructions around a swap: they open the buyer's token account, and fill a wrapped-SOL account, which
 * exists for one transaction unless the buyer had one before.
 */
import type { Instruction } from "@solana/kit";
import { ASSOCIATED_TOKEN_PROGRAM_ADDRESS, TOKEN_PROGRAM_ADDRESS } from "@solana-program/token";
import { closeAccount, openAssociated, syncNative, transferSol } from "../base/instructions.ts";
import type { Address, Fetched, RawAccount } from "../engine/ports.ts";
import { pda } from "./pda.ts";
import { readTokens, WRAPPED_SOL_MINT } from "./token-layout.ts";

export const tokenAccountOf = (owner: Address, mint: Address, tokenProgram: Address): Promise<Address> =>
  pda(ASSOCIATED_TOKEN_PROGRAM_ADDRESS, { address: owner }, { address: tokenProgram }, { address: mint });

/** Creates the owner's associated token account; the payer pays its rent. */
export const openTokenAccount = (
  { buyer, payer }: { buyer: Address; payer: Address },
  ata: Address,
  mint: Address,
  tokenProgram: Address,
): Instruction => openAssociated({ payer, account: ata, owner: buyer, mint, tokenProgram });

/**
 * Opens the buyer's account of the token, if the buyer had none. Otherwise we open nothing, so that no one pays a
 * rent that was not counted. If the account is closed meanwhile, the whole transaction fails.
 */
export const openMissing = (
  buy: { buyer: Address; payer: Address; hasTokenAccount?: true },
  account: Address,
  mint: Address,
  tokenProgram: Address,
): Instruction[] => (buy.hasTokenAccount ? [] : [openTokenAccount(buy, account, mint, tokenProgram)]);

export type WrappedSol = {
  readonly account: Address;
  readonly setup: readonly Instruction[];
  readonly cleanup: readonly Instruction[];
};

export const wrappedAccountOf = (owner: Address): Promise<Address> =>
  tokenAccountOf(owner, WRAPPED_SOL_MINT, TOKEN_PROGRAM_ADDRESS);

/** Returns whether this is the owner's wrapped-SOL account; it may be empty. */
export const readsAsWrapped = (account: RawAccount | null, owner: Address): boolean =>
  account?.owner === TOKEN_PROGRAM_ADDRESS && readTokens(account, WRAPPED_SOL_MINT, owner) !== null;

export const hasWrappedAccount = async ({ accounts }: Fetched, owner: Address): Promise<boolean> =>
  readsAsWrapped(accounts.get(await wrappedAccountOf(owner)) ?? null, owner);

/**
 * Puts `lamports` of the buyer's SOL into the buyer's wrapped-SOL account, for the swap.
 *
 * If the buyer had no such account, we open it and close it again. Its lamports (its rent and the swap's remainder)
 * go to the buyer. An account that existed before stays open: the buyer's earlier wrapped SOL remains wrapped. If it
 * is closed meanwhile, the whole transaction fails.
 *
 * @param isThere whether the buyer has the account already
 */
export const wrapSol = async (
  { buyer, payer }: { buyer: Address; payer: Address },
  lamports: bigint,
  isThere = false,
): Promise<WrappedSol> => {
  const account = await wrappedAccountOf(buyer);
  const fill = [transferSol(buyer, account, lamports), syncNative(account)];
  if (isThere) return { account, setup: fill, cleanup: [] };
  return {
    account,
    setup: [openTokenAccount({ buyer, payer }, account, WRAPPED_SOL_MINT, TOKEN_PROGRAM_ADDRESS), ...fill],
    cleanup: [closeAccount(account, buyer)],
  };
};
