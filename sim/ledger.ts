/**
 * Computes the balances of wallets and token accounts after a transaction. A transaction executes as in Solana's runtime:
 * completely, or not at all except for its fee. A ledger is immutable. Every fork continues from the ledger of its last block.
 */
import {
  type AccountChange,
  type Address,
  type Lamports,
  rentExemption,
  type TokenChange,
} from "../src/engine/ports.ts";
import { ACCOUNT_BYTES, type SimTransaction, tokenAccountOf } from "./transaction.ts";

export type Ledger = {
  /** The rent rate of this block. */
  readonly lamportsPerByte: bigint;
  /** True if transactions of version 1 can land. */
  readonly versionOne: boolean;
  /** The lamports of wallets and token accounts. An address that is missing here does not exist. */
  readonly lamports: ReadonlyMap<Address, bigint>;
  /** Token base units, by token account. */
  readonly tokens: ReadonlyMap<Address, bigint>;
};

export type Executed = {
  readonly ledger: Ledger;
  /** True if only the fee was spent. */
  readonly failed: boolean;
  /** The transaction failed because it would leave a wallet below the rent-exempt minimum. */
  readonly isShortOfRent: boolean;
  readonly changes: readonly AccountChange[];
  readonly received: readonly TokenChange[];
};

export const balanceOf = ({ lamports }: Ledger, address: Address): Lamports =>
  (lamports.get(address) ?? 0n) as Lamports;

/**
 * Returns true if a balance is not allowed. Allowed are zero, a rent-exempt balance, and a balance that existed before and
 * did not decrease (SIMD-0392).
 */
const isLeftInBetween = (ledger: Ledger, before: bigint, after: bigint): boolean =>
  after < 0n || (after > 0n && after < rentExemption(ledger, 0) && (before === 0n || after < before));

/**
 * Executes one transaction.
 * @param doomed the transaction fails on chain, independent of the balances
 * @returns null if the payer cannot pay the fee, or if the version is not active yet: no block includes the transaction
 */
export function execute(
  before: Ledger,
  transaction: Omit<SimTransaction, "signature">,
  doomed: boolean,
): Executed | null {
  const { feePayer, fee, transfers, version } = transaction;
  if (version === 1 && !before.versionOne) return null;
  const lamports = new Map(before.lamports);
  const add = (to: Map<Address, bigint>, address: Address, amount: bigint): void => {
    to.set(address, (to.get(address) ?? 0n) + amount);
  };
  add(lamports, feePayer, -fee);
  if (isLeftInBetween(before, balanceOf(before, feePayer), lamports.get(feePayer) ?? 0n)) return null;
  const paid = { ...before, lamports: new Map(lamports) };
  const tokens = new Map(before.tokens);
  let holds = !doomed;
  for (const { from, to, lamports: amount } of transfers) {
    add(lamports, from, -amount);
    add(lamports, to, amount);
    holds &&= (lamports.get(from) ?? 0n) >= 0n;
  }
  const account = transaction.mint === null ? null : tokenAccountOf(transaction.mint, transaction.memoSigner);
  if (account !== null) {
    if (!lamports.has(account)) {
      const rent = rentExemption(before, ACCOUNT_BYTES);
      add(lamports, feePayer, -rent);
      add(lamports, account, rent);
    }
    add(lamports, transaction.memoSigner, -transaction.lamports);
    add(tokens, account, transaction.tokens);
  }
  const touched = new Set([
    feePayer,
    ...transfers.flatMap(({ from, to }) => [from, to]),
    transaction.memoSigner,
  ]);
  const inBetween = [...touched].filter((address) =>
    isLeftInBetween(before, balanceOf(before, address), lamports.get(address) ?? 0n),
  );
  const isShortOfRent = holds && inBetween.length > 0;
  holds &&= inBetween.length === 0;
  const ledger = holds ? { ...before, lamports, tokens } : paid;
  const changes = [...touched, ...(account === null ? [] : [account])].map((address) => ({
    address,
    before: balanceOf(before, address),
    after: balanceOf(ledger, address),
    ...(address === account ? { tokenOwner: transaction.memoSigner } : {}),
  }));
  return {
    ledger,
    failed: !holds,
    isShortOfRent,
    changes,
    received: receivedBy(transaction, before, ledger),
  };
}

/** Returns the buyer's token balance before and after. */
function receivedBy(
  { mint, memoSigner: owner }: Pick<SimTransaction, "mint" | "memoSigner">,
  before: Ledger,
  after: Ledger,
): TokenChange[] {
  if (mint === null) return [];
  const heldIn = ({ tokens }: Ledger): bigint => tokens.get(tokenAccountOf(mint, owner)) ?? 0n;
  return [{ owner, mint, before: heldIn(before), after: heldIn(after) }];
}
