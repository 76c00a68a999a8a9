/** What a transaction has opened, and what accounts cost when it landed: rents move, and the chain alone tells them. */
import { getBase58Encoder } from "@solana/kit";
import type { ChainReader, ChainTransaction } from "./chain-reader.ts";

const SYSTEM_PROGRAM = "11111111111111111111111111111111";
/** Every account costs as much as if it had so many bytes more. */
const ACCOUNT_OVERHEAD = 128n;
const CREATE_ACCOUNT = 0;
/** System instructions that give an account data, by their number, and where the account stands in them. */
const GIVES_DATA: Readonly<Record<number, number>> = { [CREATE_ACCOUNT]: 1, 3: 1, 8: 0, 9: 0 };

type SystemCall = { readonly kind: number; readonly accounts: readonly number[]; readonly data: Buffer };

/** The System program's instructions, those that other programs have asked for among them. */
function systemCalls({ meta, transaction }: ChainTransaction): SystemCall[] {
  const { accountKeys, instructions } = transaction.message;
  const inner = (meta.innerInstructions ?? []).flatMap((each) => each.instructions);
  return [...instructions, ...inner].flatMap(({ programIdIndex, accounts, data: text }) => {
    if (accountKeys[programIdIndex] !== SYSTEM_PROGRAM) return [];
    const data = Buffer.from(getBase58Encoder().encode(text));
    return data.length < 4 ? [] : [{ kind: data.readUInt32LE(0), accounts, data }];
  });
}

/** The accounts that got data: all that they hold at their opening is rent. */
export const accountsWithData = (transaction: ChainTransaction): ReadonlySet<number> =>
  new Set(
    systemCalls(transaction).flatMap(({ kind, accounts }) => {
      const at = accounts[GIVES_DATA[kind] ?? accounts.length];
      return at === undefined ? [] : [at];
    }),
  );

/** The rent rate, lamports per byte, by an account that the transaction has opened with exactly its rent; null without one. */
function rateOf(transaction: ChainTransaction): bigint | null {
  for (const { kind, data } of systemCalls(transaction)) {
    // Its lamports (u64) and its size (u64).
    if (kind !== CREATE_ACCOUNT || data.length < 20) continue;
    const [lamports, bytes] = [data.readBigUInt64LE(4), data.readBigUInt64LE(12) + ACCOUNT_OVERHEAD];
    if (lamports > 0n && lamports % bytes === 0n) return lamports / bytes;
  }
  return null;
}

/** The least that an account without data had to hold when a transaction landed. */
export type MinimumOf = (transaction: ChainTransaction) => bigint;

/**
 * A transaction tells it by what it has opened; one that has opened nothing with data is taken for the nearest of the others.
 * Only where none tells is the cluster asked, for what it is now.
 */
export async function walletMinimums(
  reader: Pick<ChainReader, "walletMinimum">,
  transactions: readonly ChainTransaction[],
): Promise<MinimumOf> {
  const told = transactions.flatMap((transaction) => {
    const rate = rateOf(transaction);
    return rate === null ? [] : [{ slot: transaction.slot, minimum: rate * ACCOUNT_OVERHEAD }];
  });
  const now = transactions.length > told.length && told.length === 0 ? await reader.walletMinimum() : 0n;
  const distance = (a: bigint, b: bigint): bigint => (a > b ? a - b : b - a);
  return (transaction) => {
    const own = rateOf(transaction);
    if (own !== null) return own * ACCOUNT_OVERHEAD;
    const { slot } = transaction;
    const [nearest] = told.toSorted((a, b) => (distance(a.slot, slot) < distance(b.slot, slot) ? -1 : 1));
    return nearest?.minimum ?? now;
  };
}
