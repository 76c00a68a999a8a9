/**
 * Checks a localnet's whole history: every transaction that one of our wallets has signed must carry its leg's memo.
 */
import { parseMemo } from "../../engine/transaction/memo-text.ts";
import type { ExecutedTransaction } from "../../localnet/index.ts";
import { MEMO_PROGRAM } from "../../localnet/programs.ts";
import { decodeWire, type WireTransaction } from "../../localnet/wire.ts";
import type { Receipt } from "../../receipts/index.ts";

export type MemoCheck = {
  /** The number of transactions that at least one of the wallets has signed. */
  readonly signed: number;
  /**
   * The number of these that carry exactly one memo, which names a leg of a receipt and is signed by that leg's wallet.
   */
  readonly withMemo: number;
};

const signersOf = ({ staticKeys, header }: WireTransaction): string[] =>
  staticKeys.slice(0, header.numSignerAccounts);

/**
 * Returns whether the transaction has exactly one memo, which names a leg whose wallet signed both the memo and the
 * transaction.
 */
function hasOwnMemo(transaction: WireTransaction, receipts: readonly Receipt[]): boolean {
  const memos = transaction.instructions.filter(
    ({ programIndex }) => transaction.staticKeys[programIndex] === MEMO_PROGRAM,
  );
  const [only] = memos;
  if (only === undefined || memos.length > 1) return false;
  const memo = parseMemo(new TextDecoder().decode(Uint8Array.from(only.data)));
  const receipt = receipts.find(({ operationId }) => operationId === memo?.operationId);
  const leg = receipt?.legs.find((each) => each.leg === memo?.leg);
  const memoSigners = only.accountIndices.map((index) => transaction.staticKeys[index]);
  return (
    leg !== undefined &&
    memo?.legs === receipt?.legs.length &&
    memoSigners.some((signer) => signer === leg.address) &&
    signersOf(transaction).includes(leg.address)
  );
}

/** @param wallets addresses of all the user's wallets, including the funding wallet */
export function checkMemos(
  history: readonly ExecutedTransaction[],
  wallets: readonly string[],
  receipts: readonly Receipt[],
): MemoCheck {
  const ours = history
    .map(({ wire }) => decodeWire(wire))
    .filter((transaction) => signersOf(transaction).some((signer) => wallets.includes(signer)));
  const withMemo = ours.filter((transaction) => hasOwnMemo(transaction, receipts));
  return { signed: ours.length, withMemo: withMemo.length };
}
