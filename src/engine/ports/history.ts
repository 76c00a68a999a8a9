/** Defines a wallet's history on chain, and the state of a journal that was restored from a backup. */
import type { Address, Base64EncodedWireTransaction, Blockhash, Signature } from "@solana/kit";
import type { TransactionVersion } from "../../base/transaction-limits.ts";

/** One entry of a wallet's history. */
export type HistoryLine = {
  readonly signature: Signature;
  readonly slot: bigint;
  /** It landed with an error. */
  readonly failed: boolean;
  /** Null if the endpoint does not return memos; the transaction may still have some. */
  readonly memos: readonly string[] | null;
};

/**
 * A wallet's history according to one endpoint. We read the finalized height first, then the history, and last the
 * slot where the records begin.
 */
export type WalletHistory = {
  /** The endpoint's host, for people. */
  readonly endpoint: string;
  readonly finalizedBlockHeight: bigint;
  /** The finalized slot, by the same answer as the height. */
  readonly finalizedSlot?: bigint;
  /** Newest first; final transactions only. */
  readonly lines: readonly HistoryLine[];
  /** Whether it was read to its end, or past the requested slot. */
  readonly complete: boolean;
  /** The slot where this endpoint's records begin. */
  readonly firstAvailableSlot: bigint;
};

/** A memo, and the wallets that signed it. */
export type ChainMemo = { readonly text: string; readonly signers: readonly Address[] };

/** A whole final transaction, whose signatures were checked. */
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

/**
 * The newest slot that the journal is known to have reached on this cluster, and the first slot that was ever
 * written.
 */
export type Reached = { readonly slot: bigint; readonly first: bigint; readonly at: Date };

/** A declared restore. It marks all operations that were in the journal at that time: see `Operation.restored`. */
export type Restore = {
  readonly by: string;
  readonly reason: string;
  readonly at: Date;
  /** A transaction that is not in the backup cannot have landed before this slot. */
  readonly since: bigint;
  /** The last block height at which a blockhash from before the declaration is valid. */
  readonly lastValidBlockHeight: bigint;
};

export interface RestoreStore {
  /** Returns null if no worker has written it yet. */
  readReached(): Promise<Reached | null>;
  /** Stores the slot. A slot smaller than the stored one changes nothing, and neither does one on another copy. */
  writeReached(slot: bigint): Promise<void>;
  readRestore(): Promise<Restore | null>;
  /**
   * Returns why this database is another copy than the one that the workers used, such as a restored dump or a promoted
   * standby; null if it is that one. On another copy nobody gets a lease.
   */
  whyCopied(): Promise<string | null>;
  /** Whether the server says enough that `whyCopied` would notice a promoted standby. */
  tellsCopies(): Promise<boolean>;
  /**
   * Marks every operation of the journal, revokes all leases, adopts this copy, stores the declaration, and deletes `reached`, which came
   * from the backup. A worker that still runs writes nothing more under its lease.
   * A later declaration replaces an earlier one, but keeps the smaller `since` and the greater `lastValidBlockHeight`
   * of both, because steps of the first backup may still be unproved.
   */
  declareRestore(restore: Omit<Restore, "at">): Promise<Restore>;
}
