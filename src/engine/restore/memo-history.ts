/**
 * Proves that a wallet's history contains no transaction with a certain memo. It does not need the transaction's
 * signature. It finds what was signed and is not in the journal, because the journal is a restored backup (ADR 31).
 */

import type {
  Address,
  Chain,
  ChainMemo,
  FinalTransaction,
  HistoryLine,
  Signature,
  WalletHistory,
} from "../ports.ts";
import { hasExpired } from "../step/step.ts";
import { type MemoText, parseMemo } from "../transaction/memo-text.ts";

export type MemoQuestion = {
  /** The wallet whose history we read, and which must have signed the memo. */
  readonly wallet: Address;
  /** Selects the memos that count. */
  readonly isWanted: (memo: MemoText) => boolean;
  /** No such transaction can have landed before this slot. */
  readonly since: bigint;
  /** The last block height at which a blockhash of such a transaction was valid. */
  readonly lastValidBlockHeight: bigint;
  /**
   * Whether a transaction with the memo is the one in question: whoever has the wallet's key can sign the memo without it.
   * Default: the memo suffices.
   */
  readonly isSought?: (transaction: FinalTransaction) => Promise<boolean>;
};

export type MemoVerdict =
  /** It landed without an error, and the wallet signed its memo. */
  | { readonly verdict: "found"; readonly transaction: FinalTransaction }
  /** It is not on chain and cannot land any more, but the wallet signed its memo in another transaction. */
  | { readonly verdict: "only its memo"; readonly transaction: FinalTransaction }
  /** It is not on chain, and cannot land any more. */
  | { readonly verdict: "absent" }
  /** It may still land, so the search must be repeated later. */
  | { readonly verdict: "too early" }
  /** A retry would not help: records are missing, or the history is too long. */
  | { readonly verdict: "unprovable"; readonly why: string };

/** The most transactions that we read, one call each, where an endpoint returns no memos. */
export const CANDIDATES_AT_MOST = 500;

/**
 * Returns whether the endpoint returns no memos at all, so that each of its transactions may have one. If it returns
 * one memo of a wallet, a transaction without a memo in its history has none.
 */
export const hidesMemos = ({ lines }: WalletHistory): boolean => lines.every(({ memos }) => memos === null);

const isWantedIn = (memos: readonly ChainMemo[], { wallet, isWanted }: MemoQuestion): boolean =>
  memos.some(({ text, signers }) => {
    const memo = parseMemo(text);
    return memo !== null && isWanted(memo) && signers.includes(wallet);
  });

/**
 * Returns the entries that may be the transaction: their memo is wanted (these come first), or the endpoint returns no
 * memos. A transaction that failed on chain has bought nothing.
 */
function candidatesOf(histories: readonly WalletHistory[], { isWanted, since }: MemoQuestion): Signature[] {
  const isPossible = ({ failed, slot }: HistoryLine): boolean => !failed && slot >= since;
  const named = histories
    .flatMap(({ lines }) => lines.filter(isPossible))
    .filter(({ memos }) => memos?.map(parseMemo).some((memo) => memo !== null && isWanted(memo)));
  const hidden = histories.filter(hidesMemos).flatMap(({ lines }) => lines.filter(isPossible));
  return [...new Set([...named, ...hidden].map(({ signature }) => signature))];
}

/** Says why this history does not prove an absence; null if it does. */
export function whyUnproved(history: WalletHistory, { since }: Pick<MemoQuestion, "since">): string | null {
  const { endpoint, firstAvailableSlot, complete } = history;
  if (firstAvailableSlot > since)
    return `the records of ${endpoint} begin at slot ${firstAvailableSlot}, after slot ${since}`;
  if (!complete) return `the history is too long to be read from ${endpoint} back to slot ${since}`;
  return null;
}

/**
 * Reads the history from as many endpoints as must agree. One endpoint that has the transaction suffices for "found":
 * we read the transaction itself and check its signature, so that a stranger's memo does not count. "Absent" requires
 * all endpoints.
 *
 * @throws `CTO_E_RPC_UNAVAILABLE`, `CTO_E_RPC_INVALID_ANSWER`: unknown (R4)
 */
export async function searchMemo(
  chain: Pick<Chain, "readHistory" | "readFinal">,
  question: MemoQuestion,
): Promise<MemoVerdict> {
  const histories = await chain.readHistory(question.wallet, question.since);
  const candidates = candidatesOf(histories, question);
  let unread: Signature | null = null;
  let disputed: Signature | null = null;
  let other: FinalTransaction | null = null;
  for (const signature of candidates.slice(0, CANDIDATES_AT_MOST)) {
    const transaction = await chain.readFinal(signature);
    if (transaction === null) unread = signature;
    else if (isWantedIn(transaction.memos, question)) {
      // One endpoint says so, against a history in which it succeeded. One of them lies, and it may have landed.
      if (transaction.failed) disputed = signature;
      else if ((await question.isSought?.(transaction)) ?? true) return { verdict: "found", transaction };
      else other ??= transaction;
    }
  }
  if (candidates.length > CANDIDATES_AT_MOST)
    return {
      verdict: "unprovable",
      why: `${candidates.length} transactions of ${question.wallet} are in question`,
    };
  if (unread !== null)
    return { verdict: "unprovable", why: `no endpoint has ${unread}, which is in the history` };
  if (disputed !== null)
    return { verdict: "unprovable", why: `endpoints disagree whether ${disputed} has failed` };
  for (const history of histories) {
    const why = whyUnproved(history, question);
    if (why !== null) return { verdict: "unprovable", why };
  }
  // The height was read before the history. A transaction that landed between the two reads is in the history; a
  // later one cannot land any more.
  const isExpired = histories.every(({ finalizedBlockHeight }) =>
    hasExpired(question.lastValidBlockHeight, finalizedBlockHeight),
  );
  if (histories.length === 0 || !isExpired) return { verdict: "too early" };
  return other === null ? { verdict: "absent" } : { verdict: "only its memo", transaction: other };
}
