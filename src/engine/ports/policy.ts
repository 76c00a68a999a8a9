/**
 * Defines what a signature is meant for, and the port that compares the final bytes with it.
 *
 * The planner of a step fills in this description. No part of it comes from the draft, because the policy must refuse
 * a draft that differs from what was meant.
 */
import type { Address, Lamports } from "@solana/kit";
import type { VenueCode } from "../operation/model.ts";
import type { UnsignedTransaction } from "./chain.ts";

type Fees = {
  readonly computeUnitLimit: number;
  /** Micro-lamports per compute unit. */
  readonly computeUnitPrice: bigint;
};

/** Identifies the step of an operation. Its memo follows from these fields. */
type OfOperation = {
  readonly operationId: string;
  /** The leg, or the batch of a funding; from 1 to `legs`. */
  readonly leg: number;
  readonly legs: number;
};

/** What a venue read about its market: named addresses, and the kind of market. */
export type MarketFacts = Readonly<Record<string, string | boolean>>;

/** The localnet's desk sells out of its own escrow: tokens come from the escrow, lamports go to the desk's wallet. */
export type FirmQuote = { readonly escrow: Address; readonly payee: Address };

/** What the buyer held of a token on an aggregator's route before its buy, base units. */
export type Kept = {
  readonly mint: Address;
  readonly tokenProgram: Address;
  readonly decimals: number;
  readonly tokens: bigint;
};

export type MeantBuy = OfOperation &
  Fees & {
    readonly kind: "buy";
    readonly buyer: Address;
    /** Pays the fees and the rents: the funding wallet, or the buyer itself. */
    readonly payer: Address;
    readonly mint: Address;
    readonly tokenProgram: Address;
    readonly decimals: number;
    /**
     * The buyer's balance of the token before the buy, base units; null: it has no account for it, and the buy opens
     * one.
     */
    readonly tokensBefore: bigint | null;
    /** The lamports that the leg spends. */
    readonly lamports: Lamports;
    /** What the funding wallet adds for rents that the buyer pays; null if it transfers nothing. */
    readonly transferRents: Lamports | null;
    readonly venue: VenueCode;
    /** The fewest tokens, base units; the venue's program enforces it. */
    readonly leastTokens: bigint;
    readonly market: MarketFacts;
    /** Mints of other token accounts that an aggregator's route opens for the buyer. Each of them costs a rent. */
    readonly alsoOpens: readonly Address[];
    /** The buyer's accounts on that route that it had before. The swap may name them, and must leave what they held. */
    readonly keeps: readonly Kept[];
    readonly firmQuote: FirmQuote | null;
    /** The buyer already had a wrapped-SOL account, which stays open with its content. */
    readonly keepsWrapped: boolean;
    /** All of our wallets that take part in the operation. */
    readonly wallets: readonly Address[];
    readonly lookupTables: Readonly<Record<Address, readonly Address[]>>;
  };

export type MeantFund = OfOperation &
  Fees & {
    readonly kind: "fund";
    readonly payer: Address;
    readonly transfers: readonly { readonly to: Address; readonly lamports: Lamports }[];
  };

/** A return by a recovery or a sweep: one wallet closes some of its accounts and returns lamports. */
export type MeantReturn = OfOperation &
  Fees & {
    readonly kind: "recover" | "sweep";
    readonly wallet: Address;
    /** The wallet that gets the lamports and pays the fee; null if the wallet only closes accounts. */
    readonly to: Address | null;
    readonly lamports: Lamports;
    /** The accounts that may be closed. */
    readonly closes: readonly Address[];
  };

export type MeantTable = Fees & {
  readonly kind: "lookup-table";
  readonly payer: Address;
  readonly table: Address;
  /** The addresses that the table may contain. */
  readonly entries: readonly Address[];
};

export type Meant = MeantBuy | MeantFund | MeantReturn | MeantTable;

declare const approved: unique symbol;

/** A transaction with a policy's verdict over exactly its bytes. Only a policy creates one. */
export type ApprovedTransaction = { readonly [approved]: true };

export interface Policy {
  /**
   * Decodes every instruction, and approves only what was meant.
   *
   * @throws `CTO_E_POLICY_REFUSED` with the reason
   */
  approve(transaction: UnsignedTransaction, meant: Meant): Promise<ApprovedTransaction>;
}
