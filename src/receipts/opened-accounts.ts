/**
 * Finds the accounts that a transaction opened, and what an account cost when it landed. Rents change, and
 * only the chain has their earlier values.
 */
import { getBase58Encoder } from "@solana/kit";
import { type ChainReader, type ChainTransaction, keysOf } from "./chain-reader.ts";

const SYSTEM_PROGRAM = "11111111111111111111111111111111";
/** Every account's rent includes this many bytes on top of its data. */
const ACCOUNT_OVERHEAD = 128n;
const CREATE_ACCOUNT = 0;
const TRANSFER = 2;
/** The System instructions that give an account data: their number, and the account's position. */
const GIVES_DATA: Readonly<Record<number, number>> = { [CREATE_ACCOUNT]: 1, 3: 1, 8: 0, 9: 0, 13: 0 };

type SystemCall = {
  readonly kind: number;
  readonly accounts: readonly number[];
  readonly data: Buffer;
  /** A program called it. */
  readonly isInner: boolean;
};

/** Returns the System program's instructions, including those that other programs call. */
function systemCalls(transaction: ChainTransaction): SystemCall[] {
  const { instructions } = transaction.transaction.message;
  const keys = keysOf(transaction);
  const inner = (transaction.meta.innerInstructions ?? []).flatMap((each) => each.instructions);
  return [...instructions, ...inner].flatMap(({ programIdIndex, accounts, data: text }, at) => {
    if (keys[programIdIndex] !== SYSTEM_PROGRAM) return [];
    const data = Buffer.from(getBase58Encoder().encode(text));
    const isInner = at >= instructions.length;
    return data.length < 4 ? [] : [{ kind: data.readUInt32LE(0), accounts, data, isInner }];
  });
}

/** Returns the accounts that got data. Everything that such an account holds at its opening is rent. */
export const accountsWithData = (transaction: ChainTransaction): ReadonlySet<number> =>
  new Set(
    systemCalls(transaction).flatMap(({ kind, accounts }) => {
      const at = accounts[GIVES_DATA[kind] ?? accounts.length];
      return at === undefined ? [] : [at];
    }),
  );

/** The most wallet minimums that top-ups may sum up to: the rent of an account of 512 bytes. */
const TOP_UP_MINIMUMS = 5n;
const MOST_TOP_UPS = 4;

/**
 * Returns the transfers of programs that may have paid for the rent of an account that existed: one that was extended,
 * or brought to today's rent. The chain does not say which transfer is rent and which is a price.
 *
 * @param theirs the positions of the wallet, the payer, and their token accounts
 */
export function topUpsOf(
  transaction: ChainTransaction,
  theirs: ReadonlySet<number>,
  payers: ReadonlySet<string>,
  minimum: bigint,
): bigint[] {
  const keys = keysOf(transaction);
  const withData = accountsWithData(transaction);
  const { preBalances } = transaction.meta;
  return systemCalls(transaction)
    .flatMap(({ kind, accounts: [from, to], data, isInner }) => {
      if (!isInner || kind !== TRANSFER || data.length < 12 || from === undefined || to === undefined)
        return [];
      const isTopUp = payers.has(keys[from] ?? "") && !theirs.has(to) && !withData.has(to);
      const lamports = data.readBigUInt64LE(4);
      const isRent = lamports > 0n && lamports <= TOP_UP_MINIMUMS * minimum;
      return isTopUp && isRent && (preBalances[to] ?? 0n) > 0n ? [lamports] : [];
    })
    .slice(0, MOST_TOP_UPS);
}

/**
 * Returns all amounts that a buy may have cost: what was lost, less some of its top-ups.
 *
 * @param lost without fee and rents of opened accounts
 */
export function amountsWithout(lost: bigint, topUps: readonly bigint[], minimum: bigint): bigint[] {
  let amounts = [lost];
  for (const topUp of topUps) amounts = [...amounts, ...amounts.map((amount) => amount - topUp)];
  return amounts.filter((amount) => lost - amount <= TOP_UP_MINIMUMS * minimum);
}

/**
 * Returns the rent rate, lamports per byte, from an account that the transaction opened with exactly its
 * rent; null without one.
 */
function rateOf(transaction: ChainTransaction): bigint | null {
  for (const { kind, data } of systemCalls(transaction)) {
    // The account's lamports (u64) and its size (u64).
    if (kind !== CREATE_ACCOUNT || data.length < 20) continue;
    const [lamports, bytes] = [data.readBigUInt64LE(4), data.readBigUInt64LE(12) + ACCOUNT_OVERHEAD];
    if (lamports > 0n && lamports % bytes === 0n) return lamports / bytes;
  }
  return null;
}

/** Returns the least lamports that an account without data had to hold when the transaction landed. */
export type MinimumOf = (transaction: ChainTransaction) => bigint;

/**
 * Returns a function for the minimum of an account without data.
 *
 * The minimum comes from an account that the transaction opened. For a transaction that opened no account
 * with data, we use the minimum of the nearest other transaction. If no transaction opened such an account,
 * we request the current minimum from the cluster.
 */
export async function walletMinimums(
  reader: Pick<ChainReader, "walletMinimum">,
  transactions: readonly ChainTransaction[],
): Promise<MinimumOf> {
  const known = transactions.flatMap((transaction) => {
    const rate = rateOf(transaction);
    return rate === null ? [] : [{ slot: transaction.slot, minimum: rate * ACCOUNT_OVERHEAD }];
  });
  const now = transactions.length > known.length && known.length === 0 ? await reader.walletMinimum() : 0n;
  const distance = (a: bigint, b: bigint): bigint => (a > b ? a - b : b - a);
  return (transaction) => {
    const own = rateOf(transaction);
    if (own !== null) return own * ACCOUNT_OVERHEAD;
    const { slot } = transaction;
    const [nearest] = known.toSorted((a, b) => (distance(a.slot, slot) < distance(b.slot, slot) ? -1 : 1));
    return nearest?.minimum ?? now;
  };
}
