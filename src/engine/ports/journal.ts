/** The durable record as the engine sees it: users and wallets, the journal, and a cache that nothing rests on. */
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

/** A wallet, and the text that its private key is sealed in. */
export type WalletWithKey = { readonly wallet: Wallet; readonly sealedKey: string };

/** A part of the users. What is not given matches all. */
export type UserFilter = {
  /** The beginning of an id, or a part of a name; the case of letters does not matter. */
  readonly search?: string;
  /** The id of a user: only those that were added after it. Unknown: none. */
  readonly after?: string;
  readonly limit: number;
};

/** How many legs an operation's plan has, and how many of them landed: a sweep's are its returns. */
export type Tally = {
  readonly legs: number;
  readonly landed: number;
  /** What those that landed were to spend, or to return. */
  readonly landedLamports: bigint;
};

/** Users, their wallets, and the keys that applications call for them with. */
export interface Directory extends ApiKeys, Webhooks, Notes {
  /** @throws `CTO_E_USER_EXISTS` */
  addUser(user: { id: string; name?: string }): Promise<User>;
  readUser(id: string): Promise<User | null>;
  /** In the order in which they were added; all of them, unless `filter` asks for a part. */
  listUsers(filter?: UserFilter): Promise<User[]>;
  /** @throws `CTO_E_USER_UNKNOWN`, `CTO_E_WALLET_EXISTS` (the address is taken, by anyone), `CTO_E_WALLET_FUNDING_EXISTS` (one funding wallet per user) */
  addWallet(wallet: NewWallet): Promise<Wallet>;
  /** The wallet of an address, whoever has it. */
  findWallet(address: Address): Promise<Wallet | null>;
  /** Ordered by position. */
  listWallets(userId: string): Promise<Wallet[]>;
  readWallet(id: string): Promise<Wallet | null>;
  /** Of two that disable it the first one's time stays. Null when there is no such wallet. */
  setWalletDisabled(id: string, disabled: boolean): Promise<Wallet | null>;
  /** The sealed key of one wallet. @throws `CTO_E_WALLET_UNKNOWN` */
  readSealedKey(walletId: string): Promise<WalletWithKey>;
  /** Those of several wallets by their ids, in one trip; what is unknown is left out. */
  readSealedKeys(walletIds: readonly string[]): Promise<ReadonlyMap<string, WalletWithKey>>;
  /** All users' wallets with `id > after`, in the order of their ids, byte by byte. */
  listSealedKeys(after: string, limit: number): Promise<WalletWithKey[]>;
  /** Compare-and-set on the sealed key itself. False when it is another one by now, or there is no such wallet. */
  replaceSealedKey(walletId: string, expected: string, sealedKey: string): Promise<boolean>;
}

export type NewOperation = {
  readonly id: string;
  readonly request: OperationRequest;
  readonly idempotencyKey?: string;
  /** How many operations of the user may be open with this one; absent: any number. */
  readonly maxOpen?: number;
};

/** What is due now: reviews that were last looked at before `reviewedBefore`, too. */
export type Due = { readonly now: Date; readonly reviewedBefore: Date };

/** What an outage leaves behind. */
export type Postponement = { readonly tries: number; readonly notBefore: Date };

/** What one leg of a plan begins with. */
export type NewLeg = Pick<Leg, "index" | "walletId" | "address" | "lamports" | "tokensBefore">;

/** The least that a leg's buys accept from now on, token base units. */
export type Anchor = { readonly leg: number; readonly tokens: bigint };

/** Which old events go, and how many are missing before each that stays. */
export type Compaction = {
  readonly dropped: readonly number[];
  readonly marks: readonly { readonly seq: number; readonly compacted: number }[];
};

/** A change of a step, checked against `engine/step/step.ts`'s table by the engine before it is asked for. */
export type StepChange = {
  readonly status: StepStatus;
  readonly failure?: Failure;
  /** What became of one of its attempts. */
  readonly attempt?: {
    readonly number: number;
    readonly status: Attempt["status"];
    readonly slot?: bigint;
    readonly reason?: string;
  };
};

/** R5's answer: see `insertAttempt`. */
export type Insertion =
  | { readonly outcome: "inserted"; readonly step: Step }
  | { readonly outcome: "stale" }
  | { readonly outcome: "cancelled" };

/** One step's part in a wave of attempts, or of changes. */
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

/** What is not given matches all. */
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
  /** The beginning of an operation's id, a whole token address, a whole tag, or a whole reference. */
  readonly search?: string;
  /** Only those with an incident. */
  readonly incidents?: true;
  /** One of its tags. */
  readonly tag?: string;
  readonly reference?: string;
  /** The id of an operation: only those that were accepted before it. Unknown: none. */
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
 * The durable record. Every method is atomic; a method that returns has been made durable (R1).
 * Any method may throw `CTO_E_JOURNAL_UNAVAILABLE`, after which the write may or may not have happened.
 */
export interface Journal extends LimitStore, AuditLog, RestoreStore {
  /**
   * Accepts an operation. With an idempotency key that this user has used before: answers the first
   * operation (`created: false`) when the request is the same.
   * @throws `CTO_E_IDEMPOTENCY_KEY_REUSED` when the request differs; `CTO_E_OPERATIONS_TOO_MANY` when the user has
   * `maxOpen` open ones. Calls at the same moment may exceed it by as many as they are.
   */
  createOperation(operation: NewOperation): Promise<{ operation: Operation; created: boolean }>;
  readOperation(id: string): Promise<Operation | null>;
  /** Newest first. */
  listOperations(filter: OperationFilter): Promise<Operation[]>;
  /**
   * What the user's next operation may be, in the order of acceptance: those that have begun (`active`, with a recovery that is
   * `requested`, under review and last looked at before then), at most 100, those that rest longest left out; and of those that
   * wait the one with the least priority number, of these the first accepted. However many wait, it costs the same.
   */
  listNext(userId: string, due: Due): Promise<Operation[]>;
  /** Users with something that is due now, with `id > after`, in the order of their ids, byte by byte. */
  listDueUsers(due: Due, after: string, limit: number): Promise<string[]>;
  /** An outage has stopped it. A change of its status or of its recovery forgets it. False when the lease is stale. */
  postponeOperation(id: string, lease: Lease, postponement: Postponement): Promise<boolean>;
  /**
   * Operations that are `completed`, `failed` or `cancelled` but not `settled`; those in `needs_review`, themselves or
   * in their recovery, only with a step that is `confirmed`; oldest first.
   */
  listUnsettled(limit: number): Promise<Operation[]>;
  /**
   * A waiting operation becomes `cancelled` at once; an active one is marked, so that no new attempt
   * of it can be inserted. Answers the status after the call, or null when there is no such operation.
   */
  requestCancel(id: string): Promise<OperationStatus | null>;
  /** Marks `waiting` as `active`; keeps any other status. Refused (`null`) when the lease is stale. */
  beginOperation(id: string, lease: Lease): Promise<Operation | null>;
  /** False when the lease is stale or the operation is already terminal. Sets `finishedAt` when the new status is terminal. */
  changeOperation(id: string, lease: Lease, change: OperationChange): Promise<boolean>;
  /** Marks a finished operation's landed steps as settled for good, unless its recovery still is to add some. */
  markSettled(id: string): Promise<void>;

  /**
   * Asks for the recovery of a settled operation, which is unsettled thereby; asks again for one that needs a review or
   * has ended. Null when no step of the operation may be recovered yet, or there is no such operation.
   */
  requestRecovery(id: string): Promise<Operation | null>;
  /**
   * Writes what each leg's wallet has of the operation, and a `recover` step, `ready`, for each of these legs that has
   * none. False when the lease is stale or no recovery is asked for.
   */
  writeRecovery(
    id: string,
    lease: Lease,
    legs: readonly RecoveryLeg[],
    steps: readonly number[],
  ): Promise<boolean>;
  /** False when the lease is stale or no recovery was ever asked for. */
  changeRecovery(id: string, lease: Lease, change: Pick<Recovery, "state" | "failure">): Promise<boolean>;

  /** Writes the plan once: later calls change nothing. One step, `ready`, comes with each leg, a `buy` unless said otherwise. False when the lease is stale. */
  writePlan(id: string, lease: Lease, legs: readonly NewLeg[], kind?: "buy" | "recover"): Promise<boolean>;
  /**
   * Writes one `fund` step, `ready`, for each batch, numbered from 1 in its `leg`; later calls change nothing. Only
   * where a buy does not fit into one transaction with its funding. False when the lease is stale.
   */
  writeFunding(id: string, lease: Lease, batches: number): Promise<boolean>;
  /** Writes the anchors of those legs that have none: an anchor that stands is never changed. False when the lease is stale. */
  anchorLegs(id: string, lease: Lease, anchors: readonly Anchor[]): Promise<boolean>;
  readLegs(id: string): Promise<Leg[]>;
  /** Of several operations, in few trips, without reading what was signed. One without a plan is left out. */
  tallyLegs(ids: readonly string[]): Promise<ReadonlyMap<string, Tally>>;
  /** With their attempts, in the order of legs; a `fund` step's `leg` is its batch. */
  readSteps(id: string): Promise<Step[]>;
  readStep(stepId: string): Promise<Step | null>;
  writeTokensReceived(id: string, received: readonly { leg: number; tokens: bigint }[]): Promise<void>;

  /** Keeps an incident for good. False when its leg has one already, or there is no such operation. */
  recordIncident(id: string, incident: Incident): Promise<boolean>;

  /**
   * R5: inserts the next attempt and moves the step to `in_flight`, if and only if the step is `ready` at this
   * version, no attempt with this number exists, the lease is current and the operation is not being cancelled. What
   * was cancelled is still recovered: a `recover` step is signed all the same, and what is `found` on chain is written all
   * the same.
   */
  insertAttempt(
    stepId: string,
    expectedVersion: number,
    lease: Lease,
    attempt: NewAttempt,
  ): Promise<Insertion>;
  /**
   * A wave: `insertAttempt` for several steps of one operation, answered in their order. Each is inserted or refused by itself; an error
   * leaves the fate of all of them open.
   */
  insertAttempts(lease: Lease, attempts: readonly AttemptOfStep[]): Promise<Insertion[]>;
  /** Compare-and-set on version; with a lease, fenced by it too. Null when refused. */
  changeStep(
    stepId: string,
    expectedVersion: number,
    lease: Lease | null,
    change: StepChange,
  ): Promise<Step | null>;
  /** A wave: `changeStep` for several steps of one operation, answered in their order; each is changed or refused by itself. */
  changeSteps(lease: Lease, changes: readonly ChangeOfStep[]): Promise<(Step | null)[]>;
  /**
   * R6: a fork has taken back what was confirmed. The step goes from `confirmed` to `in_flight` and its landed attempt
   * becomes live again, together with its operation, which is `active` and unsettled whatever it had ended as
   * (`cancelRequested` stays); of a `recover` step only the recovery is open again. Null when the step is not `confirmed` at this version, has no landed attempt, or has a
   * live one besides. Whoever calls it holds the user's lease, so that no run concludes the operation meanwhile.
   */
  reopenStep(stepId: string, expectedVersion: number): Promise<Step | null>;

  /** Null while another owner's lease has not expired. The same owner gets its lease again, with a greater token. */
  acquireLease(userId: string, owner: string, ttlMs: number): Promise<Lease | null>;
  /** False when the lease has been taken over. */
  renewLease(lease: Lease, ttlMs: number): Promise<boolean>;
  releaseLease(lease: Lease): Promise<void>;

  /** Numbers and stores an event. */
  appendEvent(id: string, event: OperationEvent): Promise<StoredEvent>;
  /**
   * Numbers and stores several events, in their order. With a progress, the operation's rises to it as by `changeOperation`:
   * not when the lease is stale or the operation is terminal.
   */
  appendEvents(
    id: string,
    events: readonly OperationEvent[],
    progress?: { readonly lease: Lease; readonly progress: number },
  ): Promise<StoredEvent[]>;
  /** Events with `seq > after`, in order. */
  readEvents(id: string, after: number, limit: number): Promise<StoredEvent[]>;
  /**
   * Keeps why the operation does what it does. False, and nothing is kept: it repeats the last one about the same step, there
   * are `MOST_DECISIONS` already, or there is no such operation.
   */
  appendDecision(id: string, decision: Decision): Promise<boolean>;
  /** In order. */
  readDecisions(id: string): Promise<StoredDecision[]>;
  /** Settled operations that ended before this time and were not compacted since, in the order of ids, those after `after`. */
  listCompactable(before: Date, after: string, limit: number): Promise<Operation[]>;
  /** Takes events away and marks those that follow; then the operation is compacted, until its recovery is asked for. */
  compactEvents(id: string, compaction: Compaction): Promise<void>;
}

/** A store of short texts that all processes share. What is in it may be lost or old: nothing rests on it. */
export interface SharedCache {
  /** Null when it was never written, or has expired. */
  readCached(key: string): Promise<string | null>;
  writeCached(key: string, value: string, ttlMs: number): Promise<void>;
}
