/**
 * What wallets and token accounts hold after a block: each transaction is carried out as the runtime would, whole or not
 * at all but for its fee. A ledger never changes; every fork goes on from that of its own last block.
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
  /** The rent rate. */
  readonly lamportsPerByte: bigint;
  /** Whether transactions of version 1 land. */
  readonly versionOne: boolean;
  /** Of wallets, and of token accounts: an address that is missing here does not exist. */
  readonly lamports: ReadonlyMap<Address, bigint>;
  /** Token base units, by token account. */
  readonly tokens: ReadonlyMap<Address, bigint>;
};

export type Executed = {
  readonly ledger: Ledger;
  /** Its fee was spent, and nothing else happened. */
  readonly failed: boolean;
  /** It failed because a wallet was left with too little for its rent. */
  readonly isShortOfRent: boolean;
  readonly changes: readonly AccountChange[];
  readonly received: readonly TokenChange[];
};

export const balanceOf = ({ lamports }: Ledger, address: Address): Lamports =>
  (lamports.get(address) ?? 0n) as Lamports;

/** A wallet holds nothing, or is exempt from rent, or has no less than before (SIMD-0392). */
const isLeftInBetween = (ledger: Ledger, before: bigint, after: bigint): boolean =>
  after < 0n || (after > 0n && after < rentExemption(ledger, 0) && (before === 0n || after < before));

/**
 * @param doomed it fails on chain, whatever the balances are
 * @returns null when its payer cannot pay the fee, or its version is not on yet: no block has it
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

/** What the buyer holds of the token, before and after. */
function receivedBy(
  { mint, memoSigner: owner }: Pick<SimTransaction, "mint" | "memoSigner">,
  before: Ledger,
  after: Ledger,
): TokenChange[] {
  if (mint === null) return [];
  const heldIn = ({ tokens }: Ledger): bigint => tokens.get(tokenAccountOf(mint, owner)) ?? 0n;
  return [{ owner, mint, before: heldIn(before), after: heldIn(after) }];
}
