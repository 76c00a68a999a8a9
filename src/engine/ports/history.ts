/** A wallet's history on chain, and the state of a journal that was restored from a backup. */
import type { Address, Base64EncodedWireTransaction, Blockhash, Signature } from "@solana/kit";
import type { TransactionVersion } from "../../base/transaction-limits.ts";

/** One line of a wallet's history. */
export type HistoryLine = {
  readonly signature: Signature;
  readonly slot: bigint;
  /** It is on chain with an error. */
  readonly failed: boolean;
  /** Null where the endpoint tells none, though there may be some. */
  readonly memos: readonly string[] | null;
};

/** What one endpoint says of a wallet's history: the finalized height first, then the history, and its beginning last. */
export type WalletHistory = {
  /** The endpoint's host, for people to read. */
  readonly endpoint: string;
  readonly finalizedBlockHeight: bigint;
  /** Newest first, final ones only. */
  readonly lines: readonly HistoryLine[];
  /** It was read to its end, or to below the slot that was asked for. */
  readonly complete: boolean;
  /** Where this endpoint's records begin. */
  readonly firstAvailableSlot: bigint;
};

/** A memo, and the wallets that signed it. */
export type ChainMemo = { readonly text: string; readonly signers: readonly Address[] };

/** A final transaction, whole. Its signatures have been checked. */
export type FinalTransaction = {
  readonly signature: Signature;
  readonly slot: bigint;
  readonly failed: boolean;
  readonly wire: Base64EncodedWireTransaction;
  readonly messageVersion: TransactionVersion;
  readonly blockhash: Blockhash;
  /** Lamports. */
  readonly fee: bigint;
  readonly memos: readonly ChainMemo[];
};

/** How far the journal is known to have come on this cluster, and the first slot that was ever written. */
export type Reached = { readonly slot: bigint; readonly first: bigint; readonly at: Date };

/** A declared restore. Operations that were in the journal then are marked: see `Operation.restored`. */
export type Restore = {
  readonly by: string;
  readonly reason: string;
  readonly at: Date;
  /** What is not in the backup has not landed before this slot. */
  readonly since: bigint;
  /** The last block height at which a blockhash of before the declaration is valid. */
  readonly lastValidBlockHeight: bigint;
};

export interface RestoreStore {
  /** Null: no worker has written it yet. */
  readReached(): Promise<Reached | null>;
  /** A smaller slot than the present one changes nothing. */
  writeReached(slot: bigint): Promise<void>;
  readRestore(): Promise<Restore | null>;
  /**
   * Marks every operation that the journal has, writes the declaration, and takes `reached` away, which was of the backup. Of two
   * declarations the later one counts, with the smaller `since` of both: steps of the first backup may still be unproved.
   */
  declareRestore(restore: Omit<Restore, "at">): Promise<Restore>;
}
