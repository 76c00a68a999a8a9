/** What may be spent, what has been, and the switch that stops new signatures, as the journal keeps them. */
import type { Address, Lamports } from "@solana/kit";

/**
 * A rule set. `null` says that there is no limit, and says so on purpose; an absent field says nothing, so that a
 * user's set leaves it to the set for everyone.
 */
export type LimitSet = {
  /** The most that one operation may spend on its token. */
  readonly maxOperationLamports?: Lamports | null;
  /** The most that one user's operations may spend within 24 hours, whenever these begin. */
  readonly maxUserDayLamports?: Lamports | null;
  /** The most that one buyer wallet may ever spend. */
  readonly maxWalletLifetimeLamports?: Lamports | null;
  /** Buyer wallets of one operation. */
  readonly maxWallets?: number | null;
  readonly maxSlippageBps?: number | null;
  readonly maxPriceImpactBps?: number | null;
  /** Only these tokens may be bought. */
  readonly allowedMints?: readonly Address[] | null;
  readonly deniedMints?: readonly Address[] | null;
  /** Only these programs may be called, beside those that every transaction needs. */
  readonly allowedPrograms?: readonly Address[] | null;
};

/** The set for everyone, and the user's own. Null: never set. */
export type StoredLimits = { readonly everyone: LimitSet | null; readonly own: LimitSet | null };

/** What one step is about to spend. */
export type Reservation = {
  readonly stepId: string;
  readonly walletId: string;
  readonly lamports: Lamports;
};

/** Null: no limit. */
export type SpendingCaps = {
  readonly userDayLamports: Lamports | null;
  readonly walletLifetimeLamports: Lamports | null;
};

/** The limit that a reservation would have broken, in lamports; `spent` is without what was asked for. */
export type Overspending = {
  readonly limit: "userDay" | "walletLifetime";
  readonly walletId?: string;
  readonly allowed: bigint;
  readonly spent: bigint;
  readonly asked: bigint;
};

export type Spending = {
  /** Within the last 24 hours. */
  readonly dayLamports: bigint;
  /** Ever, by wallet id. */
  readonly wallets: ReadonlyMap<string, bigint>;
};

/** Someone has stopped all new signatures. */
export type Halt = { readonly by: string; readonly reason: string; readonly at: Date };

export interface LimitStore {
  readLimits(userId: string): Promise<StoredLimits>;
  /** Replaces the user's set, or with null as user the set for everyone. */
  writeLimits(userId: string | null, limits: LimitSet): Promise<void>;
  /**
   * R7: reserves all of it, or nothing. A step that has a reservation already is counted once: what it asks for anew
   * replaces that, and is checked only where it is more.
   * @returns null when it is reserved
   */
  reserveSpending(
    userId: string,
    reservations: readonly Reservation[],
    caps: SpendingCaps,
  ): Promise<Overspending | null>;
  /** Gives back what these steps had reserved: they are provably dead, or were never signed. Others are passed over. */
  releaseSpending(userId: string, stepIds: readonly string[]): Promise<void>;
  readSpending(userId: string): Promise<Spending>;
  /** Null: nobody has halted. */
  readHalt(): Promise<Halt | null>;
  /** Halts, or with null lifts the halt. A second halt leaves the first one as it is. Answers the state thereafter. */
  writeHalt(halt: Omit<Halt, "at"> | null): Promise<Halt | null>;
}
