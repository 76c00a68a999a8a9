/** Defines an operation's data: its request, legs, steps and attempts, and the wallets that they use. */
import type { Address, Base64EncodedWireTransaction, Blockhash, Lamports, Signature } from "@solana/kit";
import type { TokenLabel } from "../../base/token-label.ts";
import type { TransactionVersion } from "../../base/transaction-limits.ts";

// ---------------------------------------------------------------- operations

export const MODES = ["standard", "prefunded"] as const;
export type Mode = (typeof MODES)[number];

export const VENUES = ["pumpfun", "bonk", "pumpswap", "cpmm", "meteora", "heaven", "jupiter"] as const;
export type VenueCode = (typeof VENUES)[number];

/** The platforms that a caller may request: a venue, or `unknown` / `auto` to let detection decide. */
export const PLATFORMS = [...VENUES, "unknown", "auto"] as const;
export type Platform = (typeof PLATFORMS)[number];

/** The results of detection: a venue, a move between two venues, or no venue that we read. */
export const DETECTED = [...VENUES, "migrating", "unknown"] as const;
export type DetectedPlatform = (typeof DETECTED)[number];

/**
 * The statuses of an operation.
 *
 * - `waiting`: accepted and durable; no worker has begun it.
 * - `active`: a worker has begun it, or will resume it.
 * - `completed`: every leg that could land has landed (`partial` is true if some did not).
 * - `failed`: nothing landed, and provably nothing will.
 * - `cancelled`: the caller stopped it; legs that had landed by then stay landed.
 * - `needs_review`: some step's outcome cannot be proved; a person must decide.
 */
export const OPERATION_STATUSES = [
  "waiting",
  "active",
  "completed",
  "failed",
  "cancelled",
  "needs_review",
] as const;
export type OperationStatus = (typeof OPERATION_STATUSES)[number];

/** The caller's request, parsed and exact. Amounts are lamports, ratios are basis points. */
export type OperationRequest = {
  readonly userId: string;
  readonly userChatId: number;
  readonly tokenAddress: Address;
  /** The total spent on the token over all legs. Fees and rents are added. */
  readonly buyLamports: Lamports;
  readonly mode: Mode;
  readonly platform: Platform;
  readonly socketUserId?: string;
  /** Orders the operations of one user: the lowest number comes first. */
  readonly priority: number;
  readonly slippageBps: number;
  readonly maxPriceImpactBps?: number;
  /**
   * The highest price that a leg pays for a whole token, including venue fees and the mint's transfer fee: SOL as
   * decimal text.
   */
  readonly maxPrice?: string;
  /** How far the price of a pool that anyone can open may be above the aggregator's quote, bps. */
  readonly maxPriceDeviationBps?: number;
  /** The highest fee that the mint may take of every transfer, bps. */
  readonly maxTransferFeeBps?: number;
  /** One positive integer per buyer wallet, in the wallets' order; absent means equal shares. */
  readonly weights?: readonly number[];
  /** The buyer wallets, in the order of the legs; absent means all of the user's buyer wallets. */
  readonly walletIds?: readonly string[];
  /**
   * Present: wallets that cannot buy are left out, and the others share the whole amount (in a retry, they keep their
   * own amounts). Absent: such wallets refuse the operation.
   */
  readonly skipUnfit?: true;
  /** How many legs may be in flight at once. */
  readonly parallelism: number;
  /** The operation does not begin earlier. Absent: it begins at once. */
  readonly notBefore?: Date;
  /**
   * From this time on nothing of the operation is signed; steps in flight are followed to their end. Absent: never.
   */
  readonly expiresAt?: Date;
  /** The caller's own labels, for searching. */
  readonly tags?: readonly string[];
  /** The operation's name in the caller's own system. Several operations may have the same. */
  readonly reference?: string;
  /** Present: this operation buys again for legs of another operation that provably did not land. */
  readonly retry?: Retry;
  /**
   * Absent: the operation buys. `sweep`: the buyer wallets return all their SOL to the funding wallet. `buyLamports`
   * is then the most that may be returned, and `tokenAddress` is wrapped SOL's.
   */
  readonly purpose?: "sweep";
};

export type Retry = {
  /** The operation whose legs did not land. */
  readonly of: string;
  /**
   * The anchors of these legs in that operation, in the order of `walletIds`; null: none yet. They are shown beside
   * the new anchors, and do not bind them.
   */
  readonly leastTokens: readonly (bigint | null)[];
};

/** A failure of the error registry, as it is stored and shown. */
export type Failure = { readonly code: string; readonly message: string };

/**
 * The states of a recovery.
 *
 * - `requested`: a worker returns what belongs to the funding wallet, now or later.
 * - `needs_review`: the outcome of some `recover` step cannot be proved, or some return was refused before it was signed.
 * - `done`: nothing more happens, unless the recovery is requested again.
 */
export const RECOVERY_STATES = ["requested", "needs_review", "done"] as const;
export type RecoveryState = (typeof RECOVERY_STATES)[number];

/**
 * What a leg's wallet holds from the operation, calculated by conservation: see `engine/recovery/conservation.ts`.
 */
export type RecoveryLeg = {
  readonly leg: number;
  /** What belongs to the funding wallet, including the accounts' lamports. Lamports. */
  readonly owed: Lamports;
  /** The wallet's balance before the operation, which is not returned. Lamports. */
  readonly before: Lamports;
  /** Token accounts that the operation opened and that are empty now, with the lamports that it left in them. */
  readonly accounts: readonly { readonly address: Address; readonly lamports: Lamports }[];
  /** Why less than `owed`, or nothing, goes back. */
  readonly why?: string;
};

/** The return of the lamports that an operation has left in its wallets. */
export type Recovery = {
  readonly state: RecoveryState;
  /** The time of the last write of `state`. */
  readonly at: Date;
  /** Empty until we have read the chain. */
  readonly legs: readonly RecoveryLeg[];
  /** Why the whole recovery was refused. */
  readonly failure?: Failure;
};

/** A requested wallet without a leg, because its accounts would have made its buy fail. */
export type LeftOut = {
  /** Its position among the requested wallets, from 1. */
  readonly place: number;
  readonly walletId: string;
  readonly address: Address;
  /** As text. */
  readonly reason: string;
};

/**
 * The references for a market's price.
 *
 * - `ownMarket`: the market is the token's own (a launch's curve, its canonical pool); no stranger can open one like
 *   it.
 * - `aggregator`: the aggregator's quote for the same lamports.
 * - `maxPrice`: the caller's cap.
 * - `singleSource`: the price is the aggregator's own quote, and there was no other source.
 */
export const PRICE_REFERENCES = ["ownMarket", "aggregator", "maxPrice", "singleSource"] as const;
export type PriceReference = (typeof PRICE_REFERENCES)[number];

/**
 * How wallets show a token's amounts, if not by its decimals alone: `scaled`, multiplied by a figure of its issuer;
 * `interest`, with interest that no token account holds. We count neither: our amounts and prices are the chain's.
 */
export const SHOWN_AS = ["scaled", "interest"] as const;
export type ShownAs = (typeof SHOWN_AS)[number];

/** The comparison of a market's price when it was chosen. */
export type PriceCheck = {
  readonly reference: PriceReference;
  /** How far the price was above the reference, basis points; negative: below it. Absent: nothing was compared. */
  readonly deviationBps?: number;
  /** The mint's fee on every transfer, and so on every buy, bps. */
  readonly transferFeeBps: number;
  /** Absent: wallets show the token's amounts by its decimals alone. */
  readonly shownAs?: ShownAs;
};

/**
 * A leg landed, and its wallet received fewer tokens than the transaction was signed for. The final transaction is
 * the proof.
 */
export type Incident = {
  readonly leg: number;
  readonly address: Address;
  readonly signature: Signature;
  readonly slot: bigint;
  /** Token base units. */
  readonly received: bigint;
  readonly least: bigint;
};

export type Operation = {
  readonly id: string;
  readonly request: OperationRequest;
  readonly idempotencyKey?: string;
  readonly status: OperationStatus;
  readonly cancelRequested: boolean;
  /** 0 to 100, by the original interface's phases. It never decreases. */
  readonly progress: number;
  /** The venue of the operation, known from the platform-detection phase on. */
  readonly venue?: VenueCode;
  /** Where the token traded when the market was opened. The caller's preference is `request.platform`. */
  readonly detected?: DetectedPlatform;
  /** The requested wallets that cannot buy; absent: none. See `OperationRequest.skipUnfit`. */
  readonly leftOut?: readonly LeftOut[];
  /**
   * The token's own label when the operation began; absent: it had none, or it was not read. No decision depends on
   * it.
   */
  readonly tokenLabel?: TokenLabel;
  /** The price check of the market that was opened last. */
  readonly price?: PriceCheck;
  /** Legs that landed and received too little, at most one incident per leg; absent: none. The legs stay landed. */
  readonly incidents?: readonly Incident[];
  /** Some legs landed and some did not. */
  readonly partial: boolean;
  /** Every landed step was seen at `finalized`, and no step is open. */
  readonly settled: boolean;
  readonly failure?: Failure;
  /** Absent: nobody has requested a recovery. A recovery does not change the status. */
  readonly recovery?: Recovery;
  /** How many times an outage has stopped it since its status last changed. */
  readonly tries: number;
  /** The operation does not run before this time: the requested start, or the end of its rest after an outage. */
  readonly notBefore?: Date;
  readonly createdAt: Date;
  readonly startedAt?: Date;
  readonly finishedAt?: Date;
  /**
   * The operation came from a backup, or is the retry of one that did: the journal lacks what was signed for it after
   * the backup. See `engine/restore/`.
   */
  readonly restored?: true;
};

/** One wallet's part of the plan. Legs are numbered from 1 in the wallets' order. */
export type Leg = {
  readonly index: number;
  readonly walletId: string;
  readonly address: Address;
  readonly lamports: Lamports;
  /** Token base units that the wallet held before the operation's first attempt. */
  readonly tokensBefore: bigint;
  /**
   * The leg's anchor: the fewest tokens that any buy of the leg accepts, base units. Written once, when the
   * operation's first market opens, and never lowered.
   */
  readonly leastTokens?: bigint;
  /** Token base units that the wallet received, known once the leg has landed. */
  readonly tokensReceived?: bigint;
};

// ---------------------------------------------------------------- steps and attempts

export const STEP_KINDS = ["buy", "fund", "recover"] as const;
export type StepKind = (typeof STEP_KINDS)[number];

/**
 * The statuses of a step.
 *
 * - `ready`: no attempt of it can land; it may be signed.
 * - `in_flight`: an attempt is journaled and may land, even if it was never sent.
 * - `confirmed`: seen on chain at `confirmed` without an error; a fork may still reopen it.
 * - `finalized`: landed for good.
 * - `failed`: provably did not land, and is not tried again.
 * - `cancelled`: nothing of it landed, and it is never signed (again).
 * - `needs_review`: its outcome was not proved within the deadline.
 */
export const STEP_STATUSES = [
  "ready",
  "in_flight",
  "confirmed",
  "finalized",
  "failed",
  "cancelled",
  "needs_review",
] as const;
export type StepStatus = (typeof STEP_STATUSES)[number];

export type Step = {
  /** `<operationId>.<kind>.<number>` */
  readonly id: string;
  readonly operationId: string;
  readonly kind: StepKind;
  /**
   * The number of the leg that it buys for or recovers from; for a `fund` step, the number of its batch. The journals
   * store it as `leg`. See `engine/step/of-leg.ts`.
   */
  readonly number: number;
  readonly status: StepStatus;
  /** Grows by one with every change. Rule R5's compare-and-set depends on it. */
  readonly version: number;
  readonly attempts: readonly Attempt[];
  readonly failure?: Failure;
};

/** The decisions that a person may make about a step in review. */
export const RESOLUTIONS = ["dead", "landed"] as const;
export type Resolution = (typeof RESOLUTIONS)[number];

/** A transaction's costs besides the buy itself, lamports, as known at signing. */
export type Costs = {
  /** 5,000 lamports per signature. */
  readonly network: Lamports;
  /** Compute-unit limit x compute-unit price. */
  readonly priority: Lamports;
  /**
   * Rents of accounts that stay open, and the rent-exempt minimum that stays in a buyer wallet that is new to the
   * chain.
   */
  readonly rent: Lamports;
};

export type Attempt = {
  /** From 1. Unique per step. */
  readonly number: number;
  readonly signature: Signature;
  /** The version of the transaction's message. */
  readonly messageVersion: TransactionVersion;
  /** The signed bytes, base64. It is always safe to send exactly these bytes again (R2). */
  readonly wire: Base64EncodedWireTransaction;
  readonly blockhash: Blockhash;
  /** L of the re-sign rule: inclusion is possible up to and including block height L + 1. */
  readonly lastValidBlockHeight: bigint;
  /**
   * The slot at which the blockhash was read. The attempt cannot have landed earlier, so an endpoint whose records
   * begin later may lack it.
   */
  readonly blockhashSlot: bigint;
  readonly venue?: VenueCode;
  /** The venue's quote at signing, token base units, if all other legs land first. */
  readonly quotedTokensOut?: bigint;
  /** The fewest tokens that the transaction accepts, base units. */
  readonly minTokensOut?: bigint;
  /** Only in a `recover` step: what it returns, including the rents of closed accounts. Lamports. */
  readonly returned?: Lamports;
  /**
   * Only in a `fund` step: the lamports that it brings each leg's wallet. Older attempts, from before this was
   * journaled, have none.
   */
  readonly funded?: readonly { readonly leg: number; readonly lamports: Lamports }[];
  readonly costs: Costs;
  readonly status: "live" | "landed" | "dead";
  /**
   * The slot in which it landed; for a dead attempt, the slot in which it failed and cost its fee. A dead attempt
   * without a slot has cost nothing.
   */
  readonly slot?: bigint;
  /** Why it is dead: an on-chain error as text, or that its blockhash expired. */
  readonly reason?: string;
  readonly createdAt: Date;
};

export type NewAttempt = Omit<Attempt, "status" | "slot" | "reason" | "createdAt"> & {
  /**
   * The attempt is already on chain, and was not in the journal, so a cancellation cannot stop it. This field is not
   * stored.
   */
  readonly found?: true;
};

// ---------------------------------------------------------------- leases

/**
 * The right to act on a user's wallets. A later holder has a greater token; writes with an older token are refused.
 */
export type Lease = { readonly userId: string; readonly owner: string; readonly token: bigint };

// ---------------------------------------------------------------- users and wallets

export type User = { readonly id: string; readonly name?: string; readonly createdAt: Date };

export type WalletRole = "funding" | "buyer";

export type Wallet = {
  readonly id: string;
  readonly userId: string;
  readonly role: WalletRole;
  readonly address: Address;
  /** Wallets, and so legs, are ordered by it. The journal assigns it; it grows per user. */
  readonly position: number;
  readonly label?: string;
  readonly createdAt: Date;
  /** Since this time it is left out of new operations. An operation that already has its plan continues to use it. */
  readonly disabledAt?: Date;
};

export type NewWallet = Omit<Wallet, "position" | "createdAt" | "disabledAt"> & {
  /** The sealed private key (see `wallets/secret-box.ts`). It must not be the key in clear. */
  readonly sealedKey: string;
};
