/** Defines the store of spend limits, of what was spent, and of the switch that stops all new signatures. */
import type { Address, Lamports } from "@solana/kit";

/**
 * A set of limits. `null` means explicitly no limit. An absent field means that this set does not define it; a user's
 * set then inherits it from the set for everyone.
 */
export type LimitSet = {
  /**
   * The most that may leave a user's wallets by one operation. This limit and the next two count spending and costs.
   */
  readonly maxOperationLamports?: Lamports | null;
  /** The most that may leave one user's wallets within any 24 hours. */
  readonly maxUserDayLamports?: Lamports | null;
  /** The most that may ever leave one wallet. What a funding wallet pays for others counts for the funding wallet. */
  readonly maxWalletLifetimeLamports?: Lamports | null;
  /** The most buyer wallets of one operation. */
  readonly maxWallets?: number | null;
  readonly maxSlippageBps?: number | null;
  readonly maxPriceImpactBps?: number | null;
  /** How far the price of a pool that anyone can open may be above the aggregator's quote, bps. */
  readonly maxPriceDeviationBps?: number | null;
  /** Only these tokens may be bought. */
  readonly allowedMints?: readonly Address[] | null;
  readonly deniedMints?: readonly Address[] | null;
  /** Only these programs may be called, besides those that every transaction needs. */
  readonly allowedPrograms?: readonly Address[] | null;
};

/** The set for everyone, and the user's own set. Null: never set. */
export type StoredLimits = { readonly everyone: LimitSet | null; readonly own: LimitSet | null };

/**
 * The two kinds of lamports that limits count.
 *
 * - `spending`: SOL spent on tokens, counted on the wallet that buys.
 * - `costs`: fees, priority fees, rents and rent-exempt minimums, counted on the wallet that pays them.
 */
export const RESERVED_KINDS = ["spending", "costs"] as const;
export type ReservedKind = (typeof RESERVED_KINDS)[number];

/** Lamports that one step may take out of one wallet. A step has at most one reservation of each kind. */
export type Reservation = {
  /** `<operationId>.<kind>.<leg>`; for a lookup table, `<table>.alt.1`. */
  readonly stepId: string;
  readonly kind: ReservedKind;
  /** The wallet that the lamports leave. */
  readonly walletId: string;
  readonly lamports: Lamports;
};

/** Lamports that a step at rest has actually taken. Null: as much as it has reserved. */
export type Taken = Pick<Reservation, "stepId" | "kind"> & { readonly lamports: bigint | null };

/** The limits for a reservation. Null: no limit. */
export type SpendingCaps = {
  readonly operationLamports: Lamports | null;
  readonly userDayLamports: Lamports | null;
  readonly walletLifetimeLamports: Lamports | null;
};

/** Lamports of each kind. */
export type Parts = { readonly [Kind in ReservedKind]: bigint };

/** The limit that a reservation would break, lamports. `spent` does not include what this call requests. */
export type Overspending = {
  readonly limit: "operation" | "userDay" | "walletLifetime";
  readonly walletId?: string;
  readonly allowed: bigint;
  readonly spent: bigint;
  readonly requested: Parts;
};

export type Spending = {
  /** What has left within the last 24 hours, and everything that is reserved and may still leave. */
  readonly day: Parts;
  /** Ever, by wallet id. */
  readonly wallets: ReadonlyMap<string, Parts>;
};

/** A halt: someone has stopped all new signatures. */
export type Halt = { readonly by: string; readonly reason: string; readonly at: Date };

export interface LimitStore {
  readLimits(userId: string): Promise<StoredLimits>;
  /**
   * Replaces the user's set, or the set for everyone if the user is null. With `before`, it is a compare-and-set.
   *
   * @param before the set that must be stored now; null: none may be stored
   * @returns false if another set than `before` is stored; then nothing changes
   */
  writeLimits(userId: string | null, limits: LimitSet, before?: LimitSet | null): Promise<boolean>;
  /**
   * R7: reserves everything, or nothing. If a step already has a reservation of this kind, the new one replaces it,
   * and the limits are checked only if it is larger. A settled step cannot reserve anything more.
   *
   * @returns null if everything is reserved
   */
  reserveSpending(
    userId: string,
    reservations: readonly Reservation[],
    caps: SpendingCaps,
  ): Promise<Overspending | null>;
  /**
   * Replaces the reservations of steps that are at rest for good by what they have actually taken. It counts for 24 hours
   * from now on; a reservation that is not settled counts until it is. These steps cannot reserve anything more. Zero releases a reservation completely. A step without a reservation counts nothing, and
   * cannot get one any more.
   */
  settleSpending(userId: string, taken: readonly Taken[]): Promise<void>;
  readSpending(userId: string): Promise<Spending>;
  /** Returns null if nobody has halted. */
  readHalt(): Promise<Halt | null>;
  /**
   * Halts, or lifts the halt if the argument is null. A second halt does not change the first one. Returns the state
   * after the call.
   */
  writeHalt(halt: Omit<Halt, "at"> | null): Promise<Halt | null>;
}
