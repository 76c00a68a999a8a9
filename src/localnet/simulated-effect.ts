/** Calculates the effect of a simulated transaction on its accounts: fee, balances before and after, bytes loaded. */
import type { Address } from "@solana/kit";
import type { BankAccount } from "./bank.ts";
import type { Cluster, Simulation } from "./cluster.ts";
import { isLoadFailure } from "./execution.ts";
import { computeFee } from "./fee.ts";
import { loadedAccountsDataSize } from "./loaded-size.ts";
import { type TokenBalance, tokenBalances } from "./token-balances.ts";
import type { WireTransaction } from "./wire.ts";

export type SimulatedEffect = {
  /** Lamports; null if no block would include the transaction. */
  readonly fee: bigint | null;
  readonly loadedAccountsDataSize: number;
  readonly preBalances: readonly bigint[];
  readonly postBalances: readonly bigint[];
  readonly preTokenBalances: readonly TokenBalance[];
  readonly postTokenBalances: readonly TokenBalance[];
};

/** Returns whether a block would include it: it ran, or it pays although its accounts cannot be loaded. */
const isCharged = ({ err }: Simulation): boolean =>
  err === null || typeof err === "object" || isLoadFailure(err);

/** @param keys the transaction's keys: its own, then those that it loads */
export const effectOf = (
  cluster: Cluster,
  decoded: WireTransaction,
  keys: readonly Address[],
  simulation: Simulation,
): SimulatedEffect => {
  const accountNow = (key: Address) => cluster.account(key);
  const written = new Map(simulation.accounts.map((account) => [account.address, account]));
  const accountThen = (key: Address): BankAccount | null => {
    const account = written.get(key);
    if (account === undefined) return accountNow(key);
    return account.lamports === 0n ? null : account;
  };
  const lamportsOf = (account: BankAccount | null): bigint => account?.lamports ?? 0n;
  const [before, after] = [keys.map(accountNow), keys.map(accountThen)];
  const fee = isCharged(simulation) ? computeFee(decoded) : null;
  const preBalances = before.map(lamportsOf);
  const failed = simulation.err !== null;
  return {
    fee,
    loadedAccountsDataSize: fee === null ? 0 : loadedAccountsDataSize(accountNow, keys),
    preBalances,
    // A failed transaction has no effect except its fee.
    postBalances: failed
      ? preBalances.map((balance, at) => (at === 0 ? balance - (fee ?? 0n) : balance))
      : after.map(lamportsOf),
    preTokenBalances: tokenBalances(accountNow, before),
    postTokenBalances: failed ? tokenBalances(accountNow, before) : tokenBalances(accountThen, after),
  };
};
