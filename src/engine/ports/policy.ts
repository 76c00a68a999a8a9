/**
 * What a signature is meant for, in the words of whoever plans the step, and the port that holds the final bytes against
 * it. Nothing here comes out of the draft: a draft that says something else than what was meant is what the policy refuses.
 */
import type { Address, Lamports } from "@solana/kit";
import type { VenueCode } from "../operation/model.ts";
import type { UnsignedTransaction } from "./chain.ts";

type Fees = {
  readonly computeUnitLimit: number;
  /** Micro-lamports per compute unit. */
  readonly computeUnitPrice: bigint;
};

/** Which step of which operation; its memo follows from it. */
type OfOperation = {
  readonly operationId: string;
  /** The leg, or the batch of a funding; from 1 to `legs`. */
  readonly leg: number;
  readonly legs: number;
};

/** What a venue read about its market: addresses by name, and what kind of market it is. */
export type MarketFacts = Readonly<Record<string, string | boolean>>;

/** The localnet's desk sells out of an escrow of its own: tokens from there, lamports to its wallet. */
export type FirmQuote = { readonly escrow: Address; readonly payee: Address };

export type MeantBuy = OfOperation &
  Fees & {
    readonly kind: "buy";
    readonly buyer: Address;
    /** Pays the fees and the rents: the funding wallet, or the buyer itself. */
    readonly payer: Address;
    readonly mint: Address;
    readonly tokenProgram: Address;
    readonly decimals: number;
    /** What the buyer held of it before, token base units; null: it had no account of it, which the buy opens. */
    readonly tokensBefore: bigint | null;
    /** What the leg spends. */
    readonly lamports: Lamports;
    /** What the funding wallet adds to it for rents that the buyer pays; null where it transfers nothing. */
    readonly transferRents: Lamports | null;
    readonly venue: VenueCode;
    /** Token base units, enforced by the venue's program. */
    readonly leastTokens: bigint;
    readonly market: MarketFacts;
    /** Mints of further token accounts that an aggregator's route opens for the buyer, each counted as a rent. */
    readonly alsoOpens: readonly Address[];
    readonly firmQuote: FirmQuote | null;
    /** The buyer had a wrapped-SOL account before, which stays open with what is in it. */
    readonly keepsWrapped: boolean;
    /** All wallets of ours that take part in the operation. */
    readonly wallets: readonly Address[];
    readonly lookupTables: Readonly<Record<Address, readonly Address[]>>;
  };

export type MeantFund = OfOperation &
  Fees & {
    readonly kind: "fund";
    readonly payer: Address;
    readonly transfers: readonly { readonly to: Address; readonly lamports: Lamports }[];
  };

/** A recovery and a sweep: one wallet closes accounts of its own and returns lamports. */
export type MeantReturn = OfOperation &
  Fees & {
    readonly kind: "recover" | "sweep";
    readonly wallet: Address;
    /** Gets the lamports and pays the fee; null where the wallet only closes accounts. */
    readonly to: Address | null;
    readonly lamports: Lamports;
    /** The accounts that may be closed. */
    readonly closes: readonly Address[];
  };

export type MeantTable = Fees & {
  readonly kind: "lookup-table";
  readonly payer: Address;
  readonly table: Address;
  /** What it may hold. */
  readonly entries: readonly Address[];
};

export type Meant = MeantBuy | MeantFund | MeantReturn | MeantTable;

declare const approved: unique symbol;

/** A transaction that carries a policy's verdict over exactly its bytes. Only a policy makes one. */
export type ApprovedTransaction = { readonly [approved]: true };

export interface Policy {
  /**
   * Decodes every instruction and lets through only what was meant.
   *
   * @throws `CTO_E_POLICY_REFUSED` with the reason
   */
  approve(transaction: UnsignedTransaction, meant: Meant): Promise<ApprovedTransaction>;
}
