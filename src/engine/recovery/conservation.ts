/**
 * Calculates what an operation has left in a wallet, by conservation. Every figure comes from the operation's own
 * transactions on chain; none is estimated.
 *
 * For a wallet that was funded ahead:
 *
 *     owed = funded + changes by the leg's buys + rents of accounts that can be closed
 *     returned = min(owed, balance + closed accounts - what it held before), ending at zero or with what it must keep
 *
 * A change is what the wallet and its already existing token accounts gained or lost by a transaction, whether it
 * bought, or failed on chain and cost its fee. If funding and buy were one transaction, or if the buyer paid for
 * itself, only the rents of accounts are owed.
 */

import type {
  AccountChange,
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
  /** The transfer ahead of its buy; null if there was none. */
  readonly fund: ChainTransaction | null;
  /** Every attempt of its buy that is on chain. */
  readonly buys: readonly ChainTransaction[];
};

const sum = (values: readonly bigint[]): bigint => values.reduce((all, value) => all + value, 0n);

const smaller = (a: bigint, b: bigint): bigint => (a < b ? a : b);

/** Whether the transaction opened the account. Lamports at its address before are no account: see cluster/opening.ts. */
const wasOpened = ({ before, opened }: AccountChange): boolean => opened === true || before === 0n;

const gainedBy = (wallet: Address, { changes }: ChainTransaction): bigint =>
  sum(
    changes
      // Wrapped SOL that the wallet already had, and that a buy unwraps, does not belong to the operation.
      .filter((change) => change.address === wallet || (change.tokenOwner === wallet && !wasOpened(change)))
      .map(({ before, after }) => after - before),
  );

/** Returns the wallet's token accounts that these transactions opened, with the lamports that remained in them. */
export const openedAccounts = ({ wallet, buys }: LegHistory): RecoveryLeg["accounts"] =>
  buys.flatMap(({ failed, changes }) =>
    failed
      ? []
      : changes
          .filter(
            (change) => change.tokenOwner === wallet && wasOpened(change) && change.after > change.before,
          )
          // What a stranger had sent to the address before is not the operation's.
          .map(({ address, before, after }) => ({ address, lamports: (after - before) as Lamports })),
  );

/**
 * Returns the accounts that the operation opened and that can be closed now, with the operation's lamports in each.
 */
export const closableOf = (
  opened: RecoveryLeg["accounts"],
  wallet: Address,
  present: ReadonlyMap<Address, TokenAccount>,
): RecoveryLeg["accounts"] =>
  opened.flatMap(({ address, lamports }) => {
    const account = present.get(address);
    if (account === undefined || account.owner !== wallet || !account.closable) return [];
    // If somebody has wrapped more SOL meanwhile, they want it to stay wrapped.
    if (account.wrapsSol && account.lamports > lamports) return [];
    return [{ address, lamports: smaller(lamports, account.lamports) as Lamports }];
  });

/**
 * Returns what the wallet owes.
 *
 * @param accounts the result of {@link closableOf}
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
 * Returns how much of what is owed can be returned now, lamports; zero if nothing can.
 *
 * @param present the wallet's balance, and the planned accounts that can still be closed
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
  // The runtime refuses a transaction that leaves a balance between zero and this.
  const least = leastKept(cluster, present.balance);
  if (rest > 0n && rest < least) back -= least - rest;
  return (back > 0n ? back : 0n) as Lamports;
}
