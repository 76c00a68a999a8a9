/**
 * Defines the port to a call's journal: the muster, the messages that are handed out, and what wallets return. Every
 * method is atomic. When it returns, its write is durable (R1).
 */
import type { Blockhash } from "@solana/kit";
import type {
  Address,
  Base64EncodedWireTransaction,
  Platform,
  TransactionVersion,
  VenueCode,
} from "../ports.ts";
import type { Muster } from "./muster.ts";

/** What the call buys. It follows from the terms. */
export type CallToBuy = {
  readonly callId: string;
  readonly mint: Address;
  readonly platform: Platform;
  /** SOL per whole token. */
  readonly maxPrice: string;
};

/** A member's transaction as it is handed out, and what its simulation must show. */
export type Handed = {
  /** The number of its muster. A member may have another leg and another amount in another one. */
  readonly muster: number;
  readonly wallet: Address;
  /** The member's number, from 1, and the number of members: its memo. */
  readonly leg: number;
  readonly legs: number;
  readonly blockhash: Blockhash;
  readonly blockhashSlot: bigint;
  readonly messageBytes: Uint8Array;
  readonly messageVersion: TransactionVersion;
  readonly lookupTables: Readonly<Record<Address, readonly Address[]>>;
  readonly venue: VenueCode;
  /** The least that it accepts, token base units, into this account. */
  readonly leastTokens: bigint;
  readonly tokenAccount: Address;
  /** The most lamports that may leave the wallet and its token accounts together: the buy, fees, and a venue's rents. */
  readonly mayLeave: bigint;
  /** Rents of token accounts that it opens for the member: they leave the wallet, and stay the member's. Lamports. */
  readonly ownRents: bigint;
  /** The token accounts of the member that the buy may write, and the mints on an aggregator's way. */
  readonly ownAccounts: readonly Address[];
  readonly onTheWay: readonly Address[];
};

export interface CallBook {
  /** Returns the muster of the call. It exists. */
  read(): Promise<Muster>;
  /**
   * Makes a move, by compare-and-set (R5). If another process has moved, the move is made again on what that one left.
   *
   * @returns the muster after the move
   * @throws what the move throws; nothing is stored then
   */
  move(change: (muster: Muster) => Muster): Promise<Muster>;
  /** Stores a message. In a muster, a blockhash has one message for each wallet, and a second one changes nothing. */
  writeHanded(handed: Handed): Promise<void>;
  readHanded(round: Pick<Handed, "muster" | "blockhash">, wallet: Address): Promise<Handed | null>;
  /** Stores what a wallet returned, signed. The first counts. Returns the one that is stored. */
  writeReturned(
    blockhash: Blockhash,
    wallet: Address,
    wire: Base64EncodedWireTransaction,
  ): Promise<Base64EncodedWireTransaction>;
  readReturned(blockhash: Blockhash, wallet: Address): Promise<Base64EncodedWireTransaction | null>;
}
