/**
 * Defines the ports to the durable record: users and wallets, the journal, and a cache that no correctness depends
 * on.
 */
import type { Address } from "@solana/kit";
import type { TokenLabel } from "../../base/token-label.ts";
import type { Decision, StoredDecision } from "../operation/decisions.ts";
import type { OperationEvent, StoredEvent } from "../operation/events.ts";
import type {
  Attempt,
  DetectedPlatform,
  Failure,
  Incident,
  Lease,
  LeftOut,
  Leg,
  NewAttempt,
  NewWallet,
  Operation,
  OperationRequest,
  OperationStatus,
  PriceCheck,
  Recovery,
  RecoveryLeg,
  RecoveryState,
  Step,
  StepStatus,
  User,
  VenueCode,
  Wallet,
} from "../operation/model.ts";
import type { ApiKeys } from "./api-keys.ts";
import type { AuditLog } from "./audit.ts";
import type { RestoreStore } from "./history.ts";
import type { LimitStore } from "./limits.ts";
import type { Notes } from "./notes.ts";
import type { Webhooks } from "./webhooks.ts";

/** A wallet, and its sealed private key as text. */
export type WalletWithKey = { readonly wallet: Wallet; readonly sealedKey: string };

/** Selects users. An absent field matches all of them. */
export type UserFilter = {
  /** The beginning of an id, or a part of a name; case-insensitive. */
  readonly search?: string;
  /** A user's id: only users that were added after it. An unknown id matches none. */
  readonly after?: string;
  readonly limit: number;
};

/** How many legs an operation's plan has, and how many of them landed. For a sweep, its returns are counted. */
export type Tally = {
  readonly legs: number;
  readonly landed: number;
  /** The lamports that the landed legs were to spend or to return. */
  readonly landedLamports: bigint;
};

/** The store of users, their wallets, API keys, webhooks and notes. */
export interface Directory extends ApiKeys, Webhooks, Notes {
  /** @throws `CTO_E_USER_EXISTS` */
  addUser(user: { id: string; name?: string }): Promise<User>;
  readUser(id: string): Promise<User | null>;
  /** Returns users in the order in which they were added; all of them, unless there is a `filter`. */
  listUsers(filter?: UserFilter): Promise<User[]>;
  /**
   * @throws `CTO_E_USER_UNKNOWN`, `CTO_E_WALLET_EXISTS` (some user already has the address),
   * `CTO_E_WALLET_FUNDING_EXISTS` (one funding wallet per user)
   */
  addWallet(wallet: NewWallet): Promise<Wallet>;
  /** Returns the wallet of an address, whichever user it belongs to. */
  findWallet(address: Address): Promise<Wallet | null>;
  /** Ordered by position. */
  listWallets(userId: string): Promise<Wallet[]>;
  readWallet(id: string): Promise<Wallet | null>;
  /**
   * Disables or enables a wallet. If it is disabled twice, the first time stays. Returns null if there is no such
   * wallet.
   */
  setWalletDisabled(id: string, disabled: boolean): Promise<Wallet | null>;
  /** Returns one wallet with its sealed key. @throws `CTO_E_WALLET_UNKNOWN` */
  readSealedKey(walletId: string): Promise<WalletWithKey>;
  /** Returns several wallets with their sealed keys by id, in one round trip. Unknown ids are left out. */
  readSealedKeys(walletIds: readonly string[]): Promise<ReadonlyMap<string, WalletWithKey>>;
  /** Returns wallets of all users with `id > after`, ordered by id, byte by byte. */
  listSealedKeys(after: string, limit: number): Promise<WalletWithKey[]>;
  /**
   * Compare-and-set on the sealed key itself. Returns false if the key has changed, or if there is no such wallet.
   */
  replaceSealedKey(walletId: string, expected: string, sealedKey: string): Promise<boolean>;
}

export type NewOperation = {
  readonly id: string;
  readonly request: OperationRequest;
  readonly idempotencyKey?: string;
  /** How many open operations the user may have, including this one; absent: any number. */
  readonly maxOpen?: number;
  /** It counts as restored from the beginning: it may have been accepted and carried out after the backup. */
  readonly restored?: true;
};

/**
 * The limits of what is due now. Operations in `needs_review` are due if they were last examined before
 * `reviewedBefore`.
 */
export type Due = { readonly now: Date; readonly reviewedBefore: Date };

/** What we store of an operation after an outage. */
export type Postponement = { readonly tries: number; readonly notBefore: Date };

/** The fields of a leg when its plan is written. */
export type NewLeg = Pick<Leg, "index" | "walletId" | "address" | "lamports" | "tokensBefore">;

/** The fewest tokens that a leg's buys accept from now on, base units. */
export type Anchor = { readonly leg: number; readonly tokens: bigint };

/** The events to delete, and how many deleted events precede each kept one. */
export type Compaction = {
  readonly dropped: readonly number[];
  readonly marks: readonly { readonly seq: number; readonly compacted: number }[];
};

/**
 * A change of a step. The engine checks it against the table in `engine/step/step.ts` before it calls the journal.
 */
export type StepChange = {
  readonly status: StepStatus;
  readonly failure?: Failure;
  /** The new state of one of its attempts. */
  readonly attempt?: {
    readonly number: number;
    readonly status: Attempt["status"];
    readonly slot?: bigint;
    readonly reason?: string;
  };
};

/** The result of R5's compare-and-set: see `insertAttempt`. */
export type Insertion =
  | { readonly outcome: "inserted"; readonly step: Step }
  | { readonly outcome: "stale" }
  | { readonly outcome: "cancelled" };

/** One step's part of a wave of attempts, or of a wave of changes. */
export type AttemptOfStep = {
  readonly stepId: string;
  readonly expectedVersion: number;
  readonly attempt: NewAttempt;
};
export type ChangeOfStep = {
  readonly stepId: string;
  readonly expectedVersion: number;
  readonly change: StepChange;
};

/** Selects operations. An absent field matches all of them. */
export type OperationFilter = {
  readonly userId?: string;
  readonly statuses?: readonly OperationStatus[];
  readonly tokenAddress?: string;
  /** The address or the id of a buyer wallet in the operation's plan. */
  readonly wallet?: string;
  /** At this time or later. */
  readonly createdAfter?: Date;
  /** Earlier than this. */
  readonly createdBefore?: Date;
  /** The beginning of an operation's id; or a whole token address, tag or reference. */
  readonly search?: string;
  /** Only operations with an incident. */
  readonly incidents?: true;
  /** Only operations whose recovery is in this state. */
  readonly recovery?: RecoveryState;
  /** One of its tags. */
  readonly tag?: string;
  readonly reference?: string;
  /** An operation's id: only operations that were accepted before it. An unknown id matches none. */
  readonly before?: string;
  readonly limit: number;
};

export type OperationChange = {
  readonly status?: OperationStatus;
  readonly progress?: number;
  readonly venue?: VenueCode;
  readonly detected?: DetectedPlatform;
  readonly leftOut?: readonly LeftOut[];
  readonly tokenLabel?: TokenLabel;
  readonly price?: PriceCheck;
  readonly partial?: boolean;
  readonly failure?: Failure;
};

/**
 * The durable record. Every method is atomic. When a method returns, its write is durable (R1).
 *
 * Any method may throw `CTO_E_JOURNAL_UNAVAILABLE`. The write may or may not have happened then.
 */
export interface Journal extends LimitStore, AuditLog, RestoreStore {
  /**
   * Accepts an operation. If this user has used the idempotency key before, and the request is the same, returns the
   * first operation (`created: false`).
   *
   * @throws `CTO_E_IDEMPOTENCY_KEY_REUSED` if the request differs; `CTO_E_OPERATIONS_TOO_MANY` if the user has
   * `maxOpen` open operations. Concurrent calls may exceed this limit by their number.
   */
  createOperation(operation: NewOperation): Promise<{ operation: Operation; created: boolean }>;
  /**
   * Returns the operation that `createOperation` would find; null if it would create a new one.
   *
   * @throws `CTO_E_IDEMPOTENCY_KEY_REUSED`
   */
  findAccepted(operation: NewOperation): Promise<Operation | null>;
  readOperation(id: string): Promise<Operation | null>;
  /** Newest first. */
  listOperations(filter: OperationFilter): Promise<Operation[]>;
  /**
   * Returns the candidates for the user's next operation, in the order of acceptance:
   *
   * - at most 100 begun operations: `active`, or with a `requested` recovery, or under review and last examined
   *   before `reviewedBefore`. If there are more, those with the longest remaining rest are left out;
   * - of the waiting operations that may begin now, the first accepted one with the lowest priority number;
   * - of the waiting operations that may begin only later, the one that may begin first.
   *
   * The cost does not depend on the number of waiting operations.
   */
  listNext(userId: string, due: Due): Promise<Operation[]>;
  /** Returns users with something that is due now and with `id > after`, ordered by id, byte by byte. */
  listDueUsers(due: Due, after: string, limit: number): Promise<string[]>;
  /**
   * Stores that an outage has stopped the operation. A change of its status or of its recovery clears this. Returns
   * false if the lease is stale.
   */
  postponeOperation(id: string, lease: Lease, postponement: Postponement): Promise<boolean>;
  /**
   * Returns operations that are `completed`, `failed` or `cancelled` but not `settled`, oldest first. An operation
   * that is in `needs_review`, or whose recovery is, is included only if one of its steps is `confirmed`.
   */
  listUnsettled(limit: number): Promise<Operation[]>;
  /**
   * Cancels a waiting operation at once. Marks an active one, so that no new attempt of it can be inserted. Returns
   * the status after the call, or null if there is no such operation.
   */
  requestCancel(id: string): Promise<OperationStatus | null>;
  /** Changes `waiting` to `active`; keeps any other status. Returns null if the lease is stale. */
  beginOperation(id: string, lease: Lease): Promise<Operation | null>;
  /**
   * Returns false if the lease is stale or the operation is already terminal. Sets `finishedAt` if the new status is
   * terminal.
   */
  changeOperation(id: string, lease: Lease, change: OperationChange): Promise<boolean>;
  /** Marks a finished operation as settled, unless its recovery may still add landed steps. */
  markSettled(id: string): Promise<void>;

  /**
   * Requests the recovery of a settled operation, which is then not settled any more. Requests it again if the
   * recovery needs a review or has ended. Returns null if no step of the operation may be recovered yet, or if there
   * is no such operation.
   */
  requestRecovery(id: string): Promise<Operation | null>;
  /**
   * Stores what each leg's wallet has of the operation, and creates a `ready` `recover` step for each leg in `steps`
   * that has none. Returns false if the lease is stale or no recovery was requested.
   */
  writeRecovery(
    id: string,
    lease: Lease,
    legs: readonly RecoveryLeg[],
    steps: readonly number[],
  ): Promise<boolean>;
  /** Returns false if the lease is stale or no recovery was ever requested. */
  changeRecovery(id: string, lease: Lease, change: Pick<Recovery, "state" | "failure">): Promise<boolean>;

  /**
   * Stores the plan once; later calls change nothing. Also creates one `ready` step for each leg, a `buy` by default.
   * Returns false if the lease is stale.
   */
  writePlan(id: string, lease: Lease, legs: readonly NewLeg[], kind?: "buy" | "recover"): Promise<boolean>;
  /**
   * Creates one `ready` `fund` step for each batch, with the batch's number, from 1. Later calls change
   * nothing. Called only if a buy does not fit into one transaction with its funding. Returns false if the lease is
   * stale.
   */
  writeFunding(id: string, lease: Lease, batches: number): Promise<boolean>;
  /**
   * Stores the anchors of the legs that have none. An existing anchor never changes. Returns false if the lease is
   * stale.
   */
  anchorLegs(id: string, lease: Lease, anchors: readonly Anchor[]): Promise<boolean>;
  readLegs(id: string): Promise<Leg[]>;
  /**
   * Returns the tallies of several operations in few round trips, without reading attempts. An operation without a
   * plan is left out.
   */
  tallyLegs(ids: readonly string[]): Promise<ReadonlyMap<string, Tally>>;
  /** Returns the steps with their attempts, in the order of their numbers. */
  readSteps(id: string): Promise<Step[]>;
  readStep(stepId: string): Promise<Step | null>;
  writeTokensReceived(id: string, received: readonly { leg: number; tokens: bigint }[]): Promise<void>;

  /** Stores an incident for good. Returns false if its leg already has one, or if there is no such operation. */
  recordIncident(id: string, incident: Incident): Promise<boolean>;

  /**
   * R5: inserts the next attempt and changes the step to `in_flight`, if and only if the step is `ready` at this
   * version, no attempt has this number, the lease is current and the operation is not being cancelled.
   *
   * Two cases ignore a cancellation: a `recover` step, because a cancelled operation is still recovered; and an
   * attempt that was `found` on chain.
   */
  insertAttempt(
    stepId: string,
    expectedVersion: number,
    lease: Lease,
    attempt: NewAttempt,
  ): Promise<Insertion>;
  /**
   * A wave: `insertAttempt` for several steps of one operation. The results are in the same order. Each attempt is
   * inserted or refused independently. After an error, the outcome of all of them is unknown.
   */
  insertAttempts(lease: Lease, attempts: readonly AttemptOfStep[]): Promise<Insertion[]>;
  /** Compare-and-set on the version, and on the lease if there is one. Returns null if it is refused. */
  changeStep(
    stepId: string,
    expectedVersion: number,
    lease: Lease | null,
    change: StepChange,
  ): Promise<Step | null>;
  /**
   * A wave: `changeStep` for several steps of one operation. The results are in the same order. Each change is made
   * or refused independently.
   */
  changeSteps(lease: Lease, changes: readonly ChangeOfStep[]): Promise<(Step | null)[]>;
  /**
   * R6: a fork has dropped the block of a confirmed step. The step goes from `confirmed` to `in_flight`, and its
   * landed attempt is live again. The operation becomes `active` and unsettled, also if it was over
   * (`cancelRequested` stays). For a `recover` step, only the recovery is open again.
   *
   * Returns null if the step is not `confirmed` at this version, has no landed attempt, or also has a live one. The
   * caller holds the user's lease, so that no run concludes the operation meanwhile.
   */
  reopenStep(stepId: string, expectedVersion: number): Promise<Step | null>;

  /**
   * Returns null while another owner's lease has not expired. The same owner gets its lease again, with a greater
   * token.
   */
  acquireLease(userId: string, owner: string, ttlMs: number): Promise<Lease | null>;
  /**
   * Renews several leases, each independently. The results are in the same order: false if another owner has taken the
   * lease over.
   */
  renewLeases(leases: readonly Lease[], ttlMs: number): Promise<boolean[]>;
  releaseLease(lease: Lease): Promise<void>;
  /** Returns the journal's time. Leases, attempts and deadlines go by it, because workers' own clocks may differ. */
  readTime(): Promise<Date>;

  /** Numbers an event and stores it. */
  appendEvent(id: string, event: OperationEvent): Promise<StoredEvent>;
  /**
   * Numbers several events and stores them in their order. With `progress`, also raises the operation's progress, as
   * `changeOperation` does: not if the lease is stale or the operation is terminal.
   */
  appendEvents(
    id: string,
    events: readonly OperationEvent[],
    progress?: { readonly lease: Lease; readonly progress: number },
  ): Promise<StoredEvent[]>;
  /** Returns events with `seq > after`, in order. */
  readEvents(id: string, after: number, limit: number): Promise<StoredEvent[]>;
  /**
   * Stores a decision. Returns false and stores nothing if it repeats the last decision about the same step, if there
   * are already `MOST_DECISIONS`, or if there is no such operation.
   */
  appendDecision(id: string, decision: Decision): Promise<boolean>;
  /** Returns the decisions in order. */
  readDecisions(id: string): Promise<StoredDecision[]>;
  /**
   * Returns settled operations that ended before this time and were not compacted since, with `id > after`, ordered
   * by id.
   */
  listCompactable(before: Date, after: string, limit: number): Promise<Operation[]>;
  /**
   * Deletes events and marks those that follow. Then the operation counts as compacted, until its recovery is
   * requested.
   */
  compactEvents(id: string, compaction: Compaction): Promise<void>;
}

/**
 * A store of short texts that all processes share. Its content may be lost or old, so no correctness depends on it.
 */
export interface SharedCache {
  /** Returns null if the key was never written or has expired. */
  readCached(key: string): Promise<string | null>;
  writeCached(key: string, value: string, ttlMs: number): Promise<void>;
}
