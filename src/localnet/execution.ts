/** Runs one transaction on the bank, and records everything that `getTransaction` returns about it later. */
import { type Address, lamports, type Signature } from "@solana/kit";
import type { Bank, BankAccount, LoadedAddresses, Outcome } from "./bank.ts";
import { computeBudget, computeFee } from "./fee.ts";
import { formatMemos } from "./memo.ts";
import { type TokenBalance, tokenBalances } from "./token-balances.ts";
import type { TransactionErrorJson } from "./transaction-error.ts";
import { decodeWire, type WireTransaction } from "./wire.ts";

/**
 * A transaction that landed, with or without an error. Plain data, so that snapshots can store it without conversion.
 */
export type ExecutedTransaction = Outcome & {
  readonly signature: Signature;
  readonly wire: Uint8Array;
  readonly slot: bigint;
  /** Unix seconds. */
  readonly blockTime: bigint;
  readonly memo: string | null;
  /** Static keys, then loaded writable, then loaded read-only. */
  readonly accounts: readonly Address[];
  readonly writable: readonly Address[];
  readonly loaded: LoadedAddresses;
  /** Lamports. */
  readonly fee: bigint;
  readonly preBalances: readonly bigint[];
  readonly postBalances: readonly bigint[];
  readonly preTokenBalances: readonly TokenBalance[];
  readonly postTokenBalances: readonly TokenBalance[];
};

const sum = (balances: readonly bigint[]): bigint => balances.reduce((total, balance) => total + balance, 0n);

/**
 * A transaction whose accounts cannot be loaded does not run, but it lands and pays its fee (SIMD-0082). LiteSVM
 * drops it.
 */
const LOAD_FAILURES: ReadonlySet<unknown> = new Set([
  "InvalidProgramForExecution",
  "MaxLoadedAccountsDataSizeExceeded",
  "ProgramAccountNotFound",
]);
export const isLoadFailure = (err: TransactionErrorJson): boolean => LOAD_FAILURES.has(err);

const chargeFee = (bank: Bank, payer: BankAccount | null | undefined, decoded: WireTransaction): void => {
  const left = (payer?.lamports ?? 0n) - computeFee(decoded);
  if (payer && left >= 0n) bank.putAccount({ ...payer, lamports: lamports(left) });
};

/** Errors of transactions that a block may include although no one pays for them (SIMD-0290). */
const UNPAID: ReadonlySet<unknown> = new Set(["AccountNotFound", "InsufficientFundsForFee"]);
/** The fee alone would leave the payer, the first account, below its rent-exempt minimum. */
const isUnpaid = (error: TransactionErrorJson | null): boolean =>
  UNPAID.has(error) || JSON.stringify(error) === '{"InsufficientFundsForRent":{"account_index":0}}';

/**
 * Executes a transaction in a slot. Returns null if it was dropped before it ran: no fee was taken, so no block would
 * include it, unless blocks include unpaid transactions.
 */
export const executeTransaction = (
  bank: Bank,
  decoded: WireTransaction,
  { slot, time }: { readonly slot: bigint; readonly time: bigint },
  includesUnpaid: boolean,
): ExecutedTransaction | null => {
  const loaded = bank.loadedAddresses(decoded);
  const keys = [...decoded.staticKeys, ...loaded.writable, ...loaded.readonly];
  const accountOf = (key: Address) => bank.account(key);
  const before = keys.map(accountOf);
  const preTokenBalances = tokenBalances(accountOf, before);
  const outcome = bank.execute(decoded);
  if (outcome.err !== null && isLoadFailure(outcome.err)) chargeFee(bank, before[0], decoded);
  const after = keys.map(accountOf);
  const preBalances = before.map((account) => account?.lamports ?? 0n);
  const postBalances = after.map((account) => account?.lamports ?? 0n);
  // A transaction only moves lamports between its own accounts, so the missing lamports are the fee.
  const fee = sum(preBalances) - sum(postBalances);
  const isIncluded = fee > 0n || (includesUnpaid && isUnpaid(outcome.err));
  if (outcome.err !== null && !isIncluded) return null;
  const executed = {
    ...outcome,
    signature: decoded.signature,
    wire: new Uint8Array(decoded.wire),
    slot,
    blockTime: time,
    memo: formatMemos(decoded.staticKeys, decoded.instructions),
    accounts: keys,
    writable: bank.writableKeys(decoded, loaded),
    loaded,
    fee,
    preBalances,
    postBalances,
    preTokenBalances,
    postTokenBalances: tokenBalances(accountOf, after),
  };
  prices.set(executed, computeBudget(decoded).price);
  return executed;
};

/** Decoding is slow, and each request for recent fees asks about every transaction of 150 slots. */
const prices = new WeakMap<ExecutedTransaction, bigint>();

/** Micro-lamports per compute unit. */
export function priceOf(transaction: ExecutedTransaction): bigint {
  const price = prices.get(transaction) ?? computeBudget(decodeExecuted(transaction)).price;
  prices.set(transaction, price);
  return price;
}

/** Decodes a landed transaction's bytes. */
export const decodeExecuted = ({ wire }: ExecutedTransaction): WireTransaction => decodeWire(wire);
