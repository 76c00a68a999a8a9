/** What an operation consists of: its request, legs, steps and attempts, and whose wallets they concern. */
import type { Address, Base64EncodedWireTransaction, Blockhash, Lamports, Signature } from "@solana/kit";
import type { TokenLabel } from "../../base/token-label.ts";
import type { TransactionVersion } from "../../base/transaction-limits.ts";

// ---------------------------------------------------------------- operations

export const MODES = ["standard", "prefunded"] as const;
export type Mode = (typeof MODES)[number];

export const VENUES = ["pumpfun", "bonk", "pumpswap", "cpmm", "meteora", "heaven", "jupiter"] as const;
export type VenueCode = (typeof VENUES)[number];

/** What a caller may ask for: a venue, or `unknown` / `auto` to let detection decide. */
export const PLATFORMS = [...VENUES, "unknown", "auto"] as const;
export type Platform = (typeof PLATFORMS)[number];

/** What detection said about a token: a venue, on its way between two, or none that we read. */
export const DETECTED = [...VENUES, "migrating", "unknown"] as const;
export type DetectedPlatform = (typeof DETECTED)[number];

/**
 * - `waiting`: accepted and durable, no worker has begun it.
 * - `active`: a worker has begun it, or will resume it.
 * - `completed`: every leg that could land has landed (`partial` tells whether some did not).
 * - `failed`: nothing landed, and provably nothing will.
 * - `cancelled`: the caller stopped it; what had landed by then stays landed.
 * - `needs_review`: some step's fate cannot be proved; a person must look.
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

/** What the caller asked for, parsed and exact. Amounts are lamports, ratios are basis points. */
export type OperationRequest = {
  readonly userId: string;
  readonly userChatId: number;
  readonly tokenAddress: Address;
  /** The total spent on the token over all legs. Fees and rents come on top. */
  readonly buyLamports: Lamports;
  readonly mode: Mode;
  readonly platform: Platform;
  readonly socketUserId?: string;
  /** Orders the operations of one user: the least number comes first. */
  readonly priority: number;
  readonly slippageBps: number;
  readonly maxPriceImpactBps?: number;
  /** The most that a leg pays for a whole token, venue fees and the mint's transfer fee included: SOL as decimal text. */
  readonly maxPrice?: string;
  /** How much dearer than the aggregator's quote a pool may be that anyone could have opened. */
  readonly maxPriceDeviationBps?: number;
  /** The most that the mint may take of every transfer. */
  readonly maxTransferFeeBps?: number;
  /** One positive integer per buyer wallet, in the wallets' order; absent means equal shares. */
  readonly weights?: readonly number[];
  /** The buyer wallets, in the order of the legs; absent means all of the user's buyer wallets. */
  readonly walletIds?: readonly string[];
  /** Present: wallets that cannot buy are left out, and the others share the whole amount; absent: they refuse the operation. */
  readonly skipUnfit?: true;
  /** How many legs may be in flight at once. */
  readonly parallelism: number;
  /** Nothing of it begins earlier. Absent: at once. */
  readonly notBefore?: Date;
  /** From then on nothing of it is signed; what is in flight is followed to its end. Absent: never. */
  readonly expiresAt?: Date;
  /** The caller's own words, to find it by. */
  readonly tags?: readonly string[];
  /** What the caller's own system calls it. Several operations may have the same. */
  readonly reference?: string;
  /** Present: it buys what legs of another operation provably did not. */
  readonly retry?: Retry;
  /**
   * Absent: it buys. `sweep`: the buyer wallets return all their SOL to the funding wallet; `buyLamports` is then the most
   * that may go, and `tokenAddress` wrapped SOL's.
   */
  readonly purpose?: "sweep";
};

export type Retry = {
  /** The operation whose legs did not land. */
  readonly of: string;
  /** The anchors that these legs had there, in the order of `walletIds`; null: none yet. Shown beside the new ones, and binding nothing. */
  readonly leastTokens: readonly (bigint | null)[];
};

/** A failure in the words of the error registry, as it is stored and shown. */
export type Failure = { readonly code: string; readonly message: string };

/**
 * - `requested`: a worker has it, or will: what is the funding wallet's goes back to it.
 * - `needs_review`: the fate of some `recover` step cannot be proved.
 * - `done`: nothing more happens, unless it is asked for again.
 */
export const RECOVERY_STATES = ["requested", "needs_review", "done"] as const;
export type RecoveryState = (typeof RECOVERY_STATES)[number];

/** What a leg's wallet has of the operation, by conservation: see `engine/recovery/conservation.ts`. */
export type RecoveryLeg = {
  readonly leg: number;
  /** What is to go back by right, the accounts' lamports included. Lamports. */
  readonly owed: Lamports;
  /** What the wallet held before the operation, which is left alone. Lamports. */
  readonly before: Lamports;
  /** Token accounts that the operation opened, empty by now, and the lamports that it left in them. */
  readonly accounts: readonly { readonly address: Address; readonly lamports: Lamports }[];
  /** Why less than `owed` goes back, or nothing. */
  readonly why?: string;
};

/** The return of what an operation has left in its wallets. */
export type Recovery = {
  readonly state: RecoveryState;
  /** When the state was written. */
  readonly at: Date;
  /** Empty until the chain has been looked at. */
  readonly legs: readonly RecoveryLeg[];
  /** Why it was refused as a whole. */
  readonly failure?: Failure;
};

/** A wallet that was asked for and has no leg, because its accounts would have made its buy fail. */
export type LeftOut = {
  /** From 1, among the wallets that were asked for. */
  readonly place: number;
  readonly walletId: string;
  readonly address: Address;
  /** In words. */
  readonly reason: string;
};

/**
 * - `ownMarket`: the market is the token's own (a launch's curve, its canonical pool): no stranger can open one like it.
 * - `aggregator`: the aggregator's quote for the same lamports.
 * - `maxPrice`: the caller's cap.
 * - `singleSource`: it is the aggregator's own quote, and nothing else was at hand.
 */
export const PRICE_REFERENCES = ["ownMarket", "aggregator", "maxPrice", "singleSource"] as const;
export type PriceReference = (typeof PRICE_REFERENCES)[number];

/** What a market's price was held against when it was taken. */
export type PriceCheck = {
  readonly reference: PriceReference;
  /** How much dearer than the reference it was, in basis points; negative: cheaper. Absent: nothing was compared. */
  readonly deviationBps?: number;
  /** What the mint takes of every transfer, and so of every buy. */
  readonly transferFeeBps: number;
};

/** A leg landed, and its wallet received less than the transaction was signed for. The final transaction itself says so. */
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
  /** 0 to 100, as the original interface's phases have it. Never goes back. */
  readonly progress: number;
  /** The venue that was used, known from the platform-detection phase on. */
  readonly venue?: VenueCode;
  /** Where the token traded when the market was opened; `request.platform` is what the caller preferred. */
  readonly detected?: DetectedPlatform;
  /** The wallets that were asked for and cannot buy; absent: none. See `OperationRequest.skipUnfit`. */
  readonly leftOut?: readonly LeftOut[];
  /** What the token called itself when the operation began; absent: nothing, or nobody has looked. Nothing is decided by it. */
  readonly tokenLabel?: TokenLabel;
  /** Of the market that was opened last. */
  readonly price?: PriceCheck;
  /** Legs that landed and received too little, one each at most; absent: none. They stay landed. */
  readonly incidents?: readonly Incident[];
  /** Some legs landed and some did not. */
  readonly partial: boolean;
  /** Every landed step has been seen at `finalized`, and no step is open. */
  readonly settled: boolean;
  readonly failure?: Failure;
  /** Absent: nobody has asked for it. It leaves the status as it is. */
  readonly recovery?: Recovery;
  /** How often an outage has stopped it since its status last changed. */
  readonly tries: number;
  /** It rests until then, after an outage. */
  readonly notBefore?: Date;
  readonly createdAt: Date;
  readonly startedAt?: Date;
  readonly finishedAt?: Date;
  /** It came from a backup: what was signed for it after the backup is not in the journal. See `engine/restore/`. */
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
   * The leg's anchor: the least that any buy of it accepts, token base units. Written once, when the operation's first
   * market opens, and never lowered.
   */
  readonly leastTokens?: bigint;
  /** Token base units that the wallet received, known once the leg has landed. */
  readonly tokensReceived?: bigint;
};

// ---------------------------------------------------------------- steps and attempts

export const STEP_KINDS = ["buy", "fund", "recover"] as const;
export type StepKind = (typeof STEP_KINDS)[number];

/**
 * - `ready`: no attempt of it can land; it may be signed.
 * - `in_flight`: an attempt is journaled and may land, whether or not it was ever sent.
 * - `confirmed`: seen on chain at `confirmed` without an error; a fork may still re-open it.
 * - `finalized`: landed for good.
 * - `failed`: provably did not land, and will not be tried again.
 * - `cancelled`: never to be signed (again); nothing of it landed.
 * - `needs_review`: its fate cannot be proved within the deadline.
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
  /** `<operationId>.<kind>.<leg>` */
  readonly id: string;
  readonly operationId: string;
  readonly kind: StepKind;
  /** The leg's number; of a `fund` step the batch's. */
  readonly leg: number;
  readonly status: StepStatus;
  /** Grows by one with every change: the compare-and-set of rule R5 rests on it. */
  readonly version: number;
  readonly attempts: readonly Attempt[];
  readonly failure?: Failure;
};

/** What a person may decide about a step that needs review. */
export const RESOLUTIONS = ["dead", "landed"] as const;
export type Resolution = (typeof RESOLUTIONS)[number];

/** What a transaction costs beside the buy itself, in lamports, as known when it was signed. */
export type Costs = {
  /** 5,000 lamports per signature. */
  readonly network: Lamports;
  /** Compute-unit limit x compute-unit price. */
  readonly priority: Lamports;
  /** Rents of accounts that stay open, and the rent-exempt minimum left in a buyer wallet that is new to the chain. */
  readonly rent: Lamports;
};

export type Attempt = {
  /** From 1. Unique per step. */
  readonly number: number;
  readonly signature: Signature;
  /** Of the transaction's message. */
  readonly messageVersion: TransactionVersion;
  /** The signed bytes, base64. Re-sending exactly these is always safe (R2). */
  readonly wire: Base64EncodedWireTransaction;
  readonly blockhash: Blockhash;
  /** L of the re-sign rule: inclusion is possible up to and including block height L + 1. */
  readonly lastValidBlockHeight: bigint;
  /** The slot that the blockhash was read at. It cannot have landed before: an endpoint whose records begin later cannot know it. */
  readonly blockhashSlot: bigint;
  readonly venue?: VenueCode;
  /** What the venue quoted when it was signed, in token base units: directly, with all other legs landed before it. */
  readonly quotedTokensOut?: bigint;
  /** The least the transaction accepts, in token base units. */
  readonly minTokensOut?: bigint;
  /** Of a `recover` step: what it takes back, rents of closed accounts included. Lamports. */
  readonly returned?: Lamports;
  /** Of a `fund` step: what it brings each leg's wallet. Attempts of before this was journaled have none. */
  readonly funded?: readonly { readonly leg: number; readonly lamports: Lamports }[];
  readonly costs: Costs;
  readonly status: "live" | "landed" | "dead";
  /** The slot that has it: where it landed; of a dead one, where it failed and cost its fee. A dead one without has cost nothing. */
  readonly slot?: bigint;
  /** Why it is dead: an on-chain error in words, or that its blockhash expired unused. */
  readonly reason?: string;
  readonly createdAt: Date;
};

export type NewAttempt = Omit<Attempt, "status" | "slot" | "reason" | "createdAt"> & {
  /** It is on chain already, and was not in the journal: whoever cancels comes too late. Not stored. */
  readonly found?: true;
};

// ---------------------------------------------------------------- leases

/** The right to act on a user's wallets. A later holder has a greater token; writes with an older token are refused. */
export type Lease = { readonly userId: string; readonly owner: string; readonly token: bigint };

// ---------------------------------------------------------------- users and wallets

export type User = { readonly id: string; readonly name?: string; readonly createdAt: Date };

export type WalletRole = "funding" | "buyer";

export type Wallet = {
  readonly id: string;
  readonly userId: string;
  readonly role: WalletRole;
  readonly address: Address;
  /** The order of legs: wallets are ordered by it. Given by the journal, growing per user. */
  readonly position: number;
  readonly label?: string;
  readonly createdAt: Date;
  /** Since when it is left out of new operations; one that has its plan goes on. */
  readonly disabledAt?: Date;
};

export type NewWallet = Omit<Wallet, "position" | "createdAt" | "disabledAt"> & {
  /** The sealed private key (see `wallets/secret-box.ts`). Never the key in clear. */
  readonly sealedKey: string;
};
