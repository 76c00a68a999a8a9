/**
 * Lists the token accounts among a transaction's accounts, with their balances: `preTokenBalances` and
 * `postTokenBalances`.
 */
import type { Address } from "@solana/kit";
import type { BankAccount } from "./bank.ts";
import { isTokenProgram } from "./programs.ts";
import { readMint, readTokenAccount } from "./token-account.ts";

export type TokenBalance = {
  readonly accountIndex: number;
  readonly mint: Address;
  readonly owner: Address;
  readonly programId: Address;
  /** Token base units. */
  readonly amount: bigint;
  readonly decimals: number;
};

/** @param accountOf returns a mint's account at the same moment as `accounts` */
export const tokenBalances = (
  accountOf: (address: Address) => BankAccount | null,
  accounts: readonly (BankAccount | null)[],
): TokenBalance[] =>
  accounts.flatMap((account, accountIndex) => {
    if (account === null || !isTokenProgram(account.owner)) return [];
    const token = readTokenAccount(account.data);
    const mint = token && readMint(accountOf(token.mint)?.data ?? new Uint8Array(0));
    if (token === null || mint === null) return [];
    const { owner, amount } = token;
    return [
      { accountIndex, mint: token.mint, owner, programId: account.owner, amount, decimals: mint.decimals },
    ];
  });
