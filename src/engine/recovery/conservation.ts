/**
 * What an operation has left in a wallet, by conservation: nothing is guessed, every figure is what the chain shows of the
 * operation's own transactions.
 *
 * Of a wallet that was funded ahead:
 *
 *     owed = funded + changes by the leg's buys + rents of accounts that can be closed
 *     returned = min(owed, balance + closed accounts - what it held before), ending at zero or with what it must keep
 *
 * where a change is what the wallet and the token accounts that it already had gained or lost by a transaction, be it
 * that it bought or that it failed on chain and cost its fee. Where funding and buy were one transaction, or the buyer
 * paid for itself, only the rents of accounts are owed.
 */

import type {
  Address,
  ChainTransaction,
  ClusterFacts,
  Lamports,
  RecoveryLeg,
  TokenAccount,
} from "../ports.ts";
import { leastKept } from "../transaction/costs.ts";

/** The operation's transactions that concern one wallet. */
export type LegHistory = {
  readonly wallet: Address;
  /** The transfer ahead of its buy; null when there was none. */
  readonly fund: ChainTransaction | null;
  /** Every attempt of its buy that is on chain. */
  readonly buys: readonly ChainTransaction[];
};

const sum = (values: readonly bigint[]): bigint => values.reduce((all, value) => all + value, 0n);

const smaller = (a: bigint, b: bigint): bigint => (a < b ? a : b);

const gainedBy = (wallet: Address, { changes }: ChainTransaction): bigint =>
  sum(
    changes
      // Wrapped SOL that the wallet had, and that a buy unwraps, is not the operation's.
      .filter(
        ({ address, before, tokenOwner }) => address === wallet || (tokenOwner === wallet && before > 0n),
      )
      .map(({ before, after }) => after - before),
  );

/** The token accounts of the wallet that came into being in these transactions, with the lamports they were left with. */
export const openedAccounts = ({ wallet, buys }: LegHistory): RecoveryLeg["accounts"] =>
  buys.flatMap(({ failed, changes }) =>
    failed
      ? []
      : changes
          .filter(({ before, after, tokenOwner }) => tokenOwner === wallet && before === 0n && after > 0n)
          .map(({ address, after }) => ({ address, lamports: after })),
  );

/** Of the accounts that the operation opened, those that may be closed now, with what is the operation's in each. */
export const closableOf = (
  opened: RecoveryLeg["accounts"],
  wallet: Address,
  present: ReadonlyMap<Address, TokenAccount>,
): RecoveryLeg["accounts"] =>
  opened.flatMap(({ address, lamports }) => {
    const account = present.get(address);
    if (account === undefined || account.owner !== wallet || !account.closable) return [];
    // Whoever wrapped more SOL meanwhile wants to have it wrapped.
    if (account.wrapsSol && account.lamports > lamports) return [];
    return [{ address, lamports: smaller(lamports, account.lamports) as Lamports }];
  });

/**
 * What the wallet owes.
 *
 * @param accounts of {@link closableOf}
 */
export function owedBy(
  history: LegHistory,
  accounts: RecoveryLeg["accounts"],
): Pick<RecoveryLeg, "owed" | "before"> {
  const { wallet, fund, buys } = history;
  const rents = sum(accounts.map(({ lamports }) => lamports));
  if (fund === null) return { owed: rents as Lamports, before: 0n as Lamports };
  const left = sum([fund, ...buys].map((transaction) => gainedBy(wallet, transaction))) + rents;
  const before = fund.changes.find(({ address }) => address === wallet)?.before ?? (0n as Lamports);
  return { owed: (left > 0n ? left : 0n) as Lamports, before };
}

/**
 * How much of what is owed can go back now, in lamports; zero when nothing can.
 *
 * @param present what the wallet holds, and the planned accounts that can still be closed
 */
export function returnable(
  cluster: Pick<ClusterFacts, "lamportsPerByte">,
  { owed, before, accounts }: Pick<RecoveryLeg, "owed" | "before" | "accounts">,
  present: {
    readonly balance: bigint;
    readonly closes: readonly Pick<TokenAccount, "address" | "lamports">[];
  },
): Lamports {
  const closed = new Map(present.closes.map(({ address, lamports }) => [address, lamports]));
  const locked = accounts.map(
    ({ address, lamports }) => lamports - smaller(lamports, closed.get(address) ?? 0n),
  );
  const held = present.balance + sum([...closed.values()]);
  let back = smaller(owed - sum(locked), held - before);
  const rest = held - back;
  // Between zero and this, the runtime refuses the transaction.
  const least = leastKept(cluster, present.balance);
  if (rest > 0n && rest < least) back -= least - rest;
  return (back > 0n ? back : 0n) as Lamports;
}
