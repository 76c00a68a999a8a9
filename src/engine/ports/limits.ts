/** What may be spent, what has been, and the switch that stops new signatures, as the journal keeps them. */
import type { Address, Lamports } from "@solana/kit";

/**
 * A rule set. `null` says that there is no limit, and says so on purpose; an absent field says nothing, so that a
 * user's set leaves it to the set for everyone.
 */
export type LimitSet = {
  /** The most that may leave a user's wallets by one operation. This and the two that follow count spending and costs. */
  readonly maxOperationLamports?: Lamports | null;
  /** The most that may leave one user's wallets within 24 hours, whenever these begin. */
  readonly maxUserDayLamports?: Lamports | null;
  /** The most that may ever leave one wallet; what a funding wallet pays for others is the funding wallet's. */
  readonly maxWalletLifetimeLamports?: Lamports | null;
  /** Buyer wallets of one operation. */
  readonly maxWallets?: number | null;
  readonly maxSlippageBps?: number | null;
  readonly maxPriceImpactBps?: number | null;
  /** How much dearer than the aggregator's quote a pool may be that anyone could have opened. */
  readonly maxPriceDeviationBps?: number | null;
  /** Only these tokens may be bought. */
  readonly allowedMints?: readonly Address[] | null;
  readonly deniedMints?: readonly Address[] | null;
  /** Only these programs may be called, beside those that every transaction needs. */
  readonly allowedPrograms?: readonly Address[] | null;
};

/** The set for everyone, and the user's own. Null: never set. */
export type StoredLimits = { readonly everyone: LimitSet | null; readonly own: LimitSet | null };

/**
 * What limits count, two figures side by side.
 * - `spending`: SOL spent on tokens, counted on the wallet that buys.
 * - `costs`: fees, priority fees, rents and rent-exempt minimums, counted on the wallet that pays them.
 */
export const RESERVED_KINDS = ["spending", "costs"] as const;
export type ReservedKind = (typeof RESERVED_KINDS)[number];

/** What one step is about to take out of one wallet. A step has one of each kind at most. */
export type Reservation = {
  /** `<operationId>.<kind>.<leg>`; of a lookup table `<table>.alt.1`. */
  readonly stepId: string;
  readonly kind: ReservedKind;
  /** The wallet that the lamports leave. */
  readonly walletId: string;
  readonly lamports: Lamports;
};

/** What a step that is at rest has really taken, lamports. */
export type Taken = Pick<Reservation, "stepId" | "kind"> & { readonly lamports: bigint };

/** Null: no limit. */
export type SpendingCaps = {
  readonly operationLamports: Lamports | null;
  readonly userDayLamports: Lamports | null;
  readonly walletLifetimeLamports: Lamports | null;
};

/** Lamports of each kind. */
export type Parts = { readonly [Kind in ReservedKind]: bigint };

/** The limit that a reservation would have broken, in lamports; `spent` is without what was asked for. */
export type Overspending = {
  readonly limit: "operation" | "userDay" | "walletLifetime";
  readonly walletId?: string;
  readonly allowed: bigint;
  readonly spent: bigint;
  readonly asked: Parts;
};

export type Spending = {
  /** Within the last 24 hours. */
  readonly day: Parts;
  /** Ever, by wallet id. */
  readonly wallets: ReadonlyMap<string, Parts>;
};

/** Someone has stopped all new signatures. */
export type Halt = { readonly by: string; readonly reason: string; readonly at: Date };

export interface LimitStore {
  readLimits(userId: string): Promise<StoredLimits>;
  /** Replaces the user's set, or with null as user the set for everyone. */
  writeLimits(userId: string | null, limits: LimitSet): Promise<void>;
  /**
   * R7: reserves all of it, or nothing. A step that has a reservation of that kind already is counted once: what it asks
   * for anew replaces that, and is checked only where it is more. A step that has been settled reserves nothing more.
   * @returns null when it is reserved
   */
  reserveSpending(
    userId: string,
    reservations: readonly Reservation[],
    caps: SpendingCaps,
  ): Promise<Overspending | null>;
  /**
   * Replaces what steps had reserved by what they have really taken: they are at rest for good, and reserve nothing more.
   * Zero gives it all back. A step without a reservation counts nothing, and gets none any more.
   */
  settleSpending(userId: string, taken: readonly Taken[]): Promise<void>;
  readSpending(userId: string): Promise<Spending>;
  /** Null: nobody has halted. */
  readHalt(): Promise<Halt | null>;
  /** Halts, or with null lifts the halt. A second halt leaves the first one as it is. Answers the state thereafter. */
  writeHalt(halt: Omit<Halt, "at"> | null): Promise<Halt | null>;
}
