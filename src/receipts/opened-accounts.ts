/**
 * Finds the accounts that a transaction opened, and what an account cost when it landed. Rents change, and
 * only the chain has their earlier values.
 */
import { getBase58Encoder } from "@solana/kit";
import type { ChainReader, ChainTransaction } from "./chain-reader.ts";

const SYSTEM_PROGRAM = "11111111111111111111111111111111";
/** Every account's rent includes this many bytes on top of its data. */
const ACCOUNT_OVERHEAD = 128n;
const CREATE_ACCOUNT = 0;
/** The System instructions that give an account data: their number, and the account's position. */
const GIVES_DATA: Readonly<Record<number, number>> = { [CREATE_ACCOUNT]: 1, 3: 1, 8: 0, 9: 0 };

type SystemCall = { readonly kind: number; readonly accounts: readonly number[]; readonly data: Buffer };

/** Returns the System program's instructions, including those that other programs call. */
function systemCalls({ meta, transaction }: ChainTransaction): SystemCall[] {
  const { accountKeys, instructions } = transaction.message;
  const inner = (meta.innerInstructions ?? []).flatMap((each) => each.instructions);
  return [...instructions, ...inner].flatMap(({ programIdIndex, accounts, data: text }) => {
    if (accountKeys[programIdIndex] !== SYSTEM_PROGRAM) return [];
    const data = Buffer.from(getBase58Encoder().encode(text));
    return data.length < 4 ? [] : [{ kind: data.readUInt32LE(0), accounts, data }];
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
