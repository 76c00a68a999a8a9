/**
 * Finds the accounts that a transaction opened, and what an account cost when it landed. Rents change, and
 * only the chain has their earlier values.
 */
import { getBase58Encoder } from "@solana/kit";
import { MOST_LAMPORTS_PER_BYTE } from "../engine/ports.ts";
import { type ChainReader, type ChainTransaction, keysOf } from "./chain-reader.ts";

const SYSTEM_PROGRAM = "11111111111111111111111111111111";
/** Every account's rent includes this many bytes on top of its data. */
const ACCOUNT_OVERHEAD = 128n;
const CREATE_ACCOUNT = 0;
const TRANSFER = 2;
const CREATE_WITH_SEED = 3;
const CREATE_PREFUNDED = 13;
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

/** Reads a u64; 0 where the data is too short for it. */
const u64At = (data: Buffer, at: number): bigint => (at + 8 <= data.length ? data.readBigUInt64LE(at) : 0n);

/** Where the instruction states the size: after the lamports, after a base and a seed, or at once. */
function sizeOf({ kind, data }: SystemCall): bigint {
  if (kind !== 3 && kind !== 9) return u64At(data, kind === 8 ? 4 : 12);
  return u64At(data, 44 + Number(u64At(data, 36)) + (kind === 3 ? 8 : 0));
}

/** Returns the positions of the accounts that got data, with their sizes. */
export function openedSizes(transaction: ChainTransaction): ReadonlyMap<number, bigint> {
  const sizes = new Map<number, bigint>();
  for (const call of systemCalls(transaction)) {
    const at = call.accounts[GIVES_DATA[call.kind] ?? call.accounts.length];
    if (at === undefined) continue;
    const size = sizeOf(call);
    if (size >= (sizes.get(at) ?? 0n)) sizes.set(at, size);
  }
  return sizes;
}

/**
 * Splits what an account got when it was opened: no more is rent than it lacked to the minimum of its size. The rest is a
 * price, for example fees that a buy pays into an account that it has opened; it may also be rent of bytes that were
 * added later.
 */
export function rentWithin(
  minimum: bigint,
  size: bigint,
  [before, after]: readonly [bigint, bigint],
): { readonly rent: bigint; readonly rest: bigint } {
  const needed = (minimum / ACCOUNT_OVERHEAD) * (ACCOUNT_OVERHEAD + size) - before;
  const missing = needed > 0n ? needed : 0n;
  const got = after - before;
  return got > missing ? { rent: missing, rest: got - missing } : { rent: got, rest: 0n };
}

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
): bigint[] {
  const keys = keysOf(transaction);
  const opened = openedSizes(transaction);
  const { preBalances } = transaction.meta;
  return systemCalls(transaction).flatMap(({ kind, accounts: [from, to], data, isInner }) => {
    if (!isInner || kind !== TRANSFER || data.length < 12 || from === undefined || to === undefined)
      return [];
    const isTopUp = payers.has(keys[from] ?? "") && !theirs.has(to) && !opened.has(to);
    return isTopUp && (preBalances[to] ?? 0n) > 0n ? [data.readBigUInt64LE(4)] : [];
  });
}

/**
 * Returns all amounts that a buy may have cost: what was lost, less some of its top-ups.
 *
 * @param topUps in their order; the first four small ones count
 * @param lost without fee and rents of opened accounts
 */
export function amountsWithout(lost: bigint, topUps: readonly bigint[], minimum: bigint): bigint[] {
  let amounts = [lost];
  const most = TOP_UP_MINIMUMS * minimum;
  const small = topUps.filter((topUp) => topUp > 0n && topUp <= most).slice(0, MOST_TOP_UPS);
  for (const topUp of small) amounts = [...amounts, ...amounts.map((amount) => amount - topUp)];
  return amounts.filter((amount) => lost - amount <= most);
}

/** Where an instruction that creates an account states its lamports and then its size, u64 each; null for all others. */
function paymentAt({ kind, data }: SystemCall): number | null {
  if (kind === CREATE_ACCOUNT || kind === CREATE_PREFUNDED) return 4;
  return kind === CREATE_WITH_SEED ? 44 + Number(u64At(data, 36)) : null;
}

/**
 * Returns the rent rate, lamports per byte, from an account that the transaction opened with exactly its
 * rent; null without one. A higher rate than any cluster's is a payment, and no rent.
 */
function rateOf(transaction: ChainTransaction): bigint | null {
  const { preBalances } = transaction.meta;
  for (const call of systemCalls(transaction)) {
    const { kind, accounts, data } = call;
    const at = paymentAt(call);
    if (at === null || at + 16 > data.length) continue;
    // Into an account that held lamports, the rest of its rent is paid. Whoever sent them could otherwise choose the rate.
    if (kind === CREATE_PREFUNDED && preBalances[accounts[0] ?? preBalances.length] !== 0n) continue;
    const [lamports, bytes] = [u64At(data, at), u64At(data, at + 8) + ACCOUNT_OVERHEAD];
    const isRent = lamports > 0n && lamports % bytes === 0n && lamports / bytes <= MOST_LAMPORTS_PER_BYTE;
    if (isRent) return lamports / bytes;
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
