/**
 * The words of the CTO queue and the ports through which the engine touches the world.
 *
 * | word | meaning |
 * |---|---|
 * | operation | one enqueued CTO: token, amount, mode, platform; its id is also the job id |
 * | leg | one wallet's part of an operation: this wallet, this many lamports |
 * | step | one thing that must land on chain at most once: a `buy`, a `fund` transfer, a `recover` transfer |
 * | attempt | one signed transaction for a step: its bytes, signature, blockhash, last valid block height |
 * | journal | the durable record of operations, legs, steps, attempts and events. It is the truth; the queue only wakes workers |
 * | venue | a place where a token trades |
 *
 * The engine imports nothing that does I/O. `chain/`, `venues/`, `wallets/` and `journal/` implement these
 * interfaces and know of each other only through this file.
 */
import type {
  Address,
  Base64EncodedWireTransaction,
  Blockhash,
  Instruction,
  Lamports,
  Signature,
} from "@solana/kit";
import type {
  Attempt,
  DetectedPlatform,
  Failure,
  Lease,
  Leg,
  NewAttempt,
  NewWallet,
  Operation,
  OperationEvent,
  OperationRequest,
  OperationStatus,
  Platform,
  Step,
  StepStatus,
  StoredEvent,
  User,
  VenueCode,
  Wallet,
} from "./model.ts";

export * from "./model.ts";
export type { Address, Base64EncodedWireTransaction, Blockhash, Instruction, Lamports, Signature };

// ---------------------------------------------------------------- users and wallets

/** Users and their wallets. */
export interface Directory {
  /** @throws `CTO_E_USER_EXISTS` */
  addUser(user: { id: string; name?: string }): Promise<User>;
  readUser(id: string): Promise<User | null>;
  listUsers(): Promise<User[]>;
  /** @throws `CTO_E_USER_UNKNOWN`, `CTO_E_WALLET_EXISTS` (the address is taken, by anyone), `CTO_E_WALLET_FUNDING_EXISTS` (one funding wallet per user) */
  addWallet(wallet: NewWallet): Promise<Wallet>;
  /** Ordered by position. */
  listWallets(userId: string): Promise<Wallet[]>;
  /** The sealed key of one wallet. @throws `CTO_E_WALLET_UNKNOWN` */
  readSealedKey(walletId: string): Promise<{ wallet: Wallet; sealedKey: string }>;
}

// ---------------------------------------------------------------- the journal

export type NewOperation = {
  readonly id: string;
  readonly request: OperationRequest;
  readonly idempotencyKey?: string;
};

/** What one leg of a plan begins with. */
export type NewLeg = Pick<Leg, "index" | "walletId" | "address" | "lamports" | "tokensBefore">;

/** A change of a step, checked against `engine/step.ts`'s table by the engine before it is asked for. */
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

export type OperationChange = {
  readonly status?: OperationStatus;
  readonly progress?: number;
  readonly venue?: VenueCode;
  readonly detected?: DetectedPlatform;
  readonly partial?: boolean;
  readonly failure?: Failure;
};

/**
 * The durable record. Every method is atomic; a method that returns has been made durable (R1).
 * Any method may throw `CTO_E_JOURNAL_UNAVAILABLE`, after which the write may or may not have happened.
 */
export interface Journal {
  /**
   * Accepts an operation. With an idempotency key that this user has used before: answers the first
   * operation (`created: false`) when the request is the same.
   * @throws `CTO_E_IDEMPOTENCY_KEY_REUSED` when the request differs.
   */
  createOperation(operation: NewOperation): Promise<{ operation: Operation; created: boolean }>;
  readOperation(id: string): Promise<Operation | null>;
  /** Newest first. */
  listOperations(filter: {
    userId?: string;
    statuses?: readonly OperationStatus[];
    limit: number;
  }): Promise<Operation[]>;
  /**
   * Operations that are `completed`, `failed` or `cancelled` but not `settled`, and those in `needs_review` with a
   * step that is only `confirmed`; oldest first.
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
  /** Marks a finished operation's landed steps as settled for good. */
  markSettled(id: string): Promise<void>;

  /** Writes the plan once: later calls change nothing. One `buy` step, `ready`, comes with each leg. False when the lease is stale. */
  writePlan(id: string, lease: Lease, legs: readonly NewLeg[]): Promise<boolean>;
  /**
   * Writes one `fund` step, `ready`, for each batch, numbered from 1 in its `leg`; later calls change nothing. Only
   * where a buy does not fit into one transaction with its funding. False when the lease is stale.
   */
  writeFunding(id: string, lease: Lease, batches: number): Promise<boolean>;
  readLegs(id: string): Promise<Leg[]>;
  /** With their attempts, in the order of legs; a `fund` step's `leg` is its batch. */
  readSteps(id: string): Promise<Step[]>;
  readStep(stepId: string): Promise<Step | null>;
  writeTokensReceived(id: string, received: readonly { leg: number; tokens: bigint }[]): Promise<void>;

  /**
   * R5: inserts the next attempt and moves the step to `in_flight`, if and only if the step is `ready` at this
   * version, no attempt with this number exists, the lease is current and the operation is not being cancelled.
   */
  insertAttempt(
    stepId: string,
    expectedVersion: number,
    lease: Lease,
    attempt: NewAttempt,
  ): Promise<{ outcome: "inserted"; step: Step } | { outcome: "stale" } | { outcome: "cancelled" }>;
  /** Compare-and-set on version; with a lease, fenced by it too. Null when refused. */
  changeStep(
    stepId: string,
    expectedVersion: number,
    lease: Lease | null,
    change: StepChange,
  ): Promise<Step | null>;
  /**
   * R6: a fork has taken back what was confirmed. The step goes from `confirmed` to `in_flight` and its landed attempt
   * becomes live again, together with its operation, which is `active` and unsettled whatever it had ended as
   * (`cancelRequested` stays). Null when the step is not `confirmed` at this version, has no landed attempt, or has a
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
  /** Events with `seq > after`, in order. */
  readEvents(id: string, after: number, limit: number): Promise<StoredEvent[]>;
}

// ---------------------------------------------------------------- the chain

export type RawAccount = {
  readonly owner: Address;
  readonly lamports: Lamports;
  readonly data: Uint8Array;
};

/** The answer of one `getMultipleAccounts`: every asked address is a key; null means that there is no such account. */
export type Fetched = { readonly slot: bigint; readonly accounts: ReadonlyMap<Address, RawAccount | null> };

/** Which of a program's accounts are meant: those with these 32 bytes at an offset, of this size in bytes. */
export type AccountFilters = {
  readonly memcmp: readonly { readonly offset: number; readonly bytes: Address }[];
  readonly dataSize?: number;
};

/** Everything that a transaction is made of. There is no draft without a memo. */
export type TransactionDraft = {
  readonly feePayer: Address;
  /** The funding wallet pays the buyer, in this same transaction (atomic fund-and-buy), or several buyers at once. */
  readonly transfers: readonly {
    readonly from: Address;
    readonly to: Address;
    readonly lamports: Lamports;
  }[];
  readonly setup: readonly Instruction[];
  readonly swap: readonly Instruction[];
  readonly memo: { readonly text: string; readonly signer: Address };
  readonly cleanup: readonly Instruction[];
  readonly computeUnitLimit: number;
  /** Micro-lamports per compute unit. */
  readonly computeUnitPrice: bigint;
  readonly lifetime: { readonly blockhash: Blockhash; readonly lastValidBlockHeight: bigint };
  readonly lookupTables: Readonly<Record<Address, readonly Address[]>>;
};

export type UnsignedTransaction = {
  readonly messageBytes: Uint8Array;
  /** In the order of the signatures in the wire format; the first pays the fee. */
  readonly signers: readonly Address[];
  /** Bytes on the wire once signed; at most 1232. */
  readonly size: number;
};

export type SignedTransaction = {
  readonly signature: Signature;
  readonly wire: Base64EncodedWireTransaction;
};

/** An on-chain or preflight error, as the node's JSON gives it, and in words. */
export type TransactionFailure = {
  readonly error: unknown;
  readonly message: string;
  readonly logs?: readonly string[];
};

export type Simulation = {
  readonly unitsConsumed: number;
  readonly failure: TransactionFailure | null;
  /** Lamports after the transaction, for the addresses that were asked for. */
  readonly balancesAfter: ReadonlyMap<Address, Lamports>;
};

/** What one look at a signature says. `unseen` is not absence: it only says that nothing was seen yet (R4). */
export type SignatureView =
  | { readonly state: "unseen" }
  | {
      readonly state: "confirmed" | "finalized";
      readonly slot: bigint;
      readonly failure: TransactionFailure | null;
    };

/** What one endpoint says, gathered height first, then statuses (R3). */
export type Evidence = {
  /** The endpoint's host, for people to read. */
  readonly endpoint: string;
  readonly finalizedBlockHeight: bigint;
  /** The slot of the height reading. */
  readonly heightSlot: bigint;
  /** The `context.slot` of the status answer. */
  readonly statusSlot: bigint;
  /** Where this endpoint's records begin, asked after the statuses: it prunes old ones, and null says nothing of those. */
  readonly firstAvailableSlot: bigint;
  /** One per asked signature, with history searched; null is "not found". */
  readonly statuses: ReadonlyMap<
    Signature,
    { slot: bigint; finalized: boolean; failure: TransactionFailure | null } | null
  >;
};

/** Solana. Any method may throw `CTO_E_RPC_UNAVAILABLE` or `CTO_E_RPC_INVALID_ANSWER`; both mean *unknown*, never *absent*. */
export interface Chain {
  fetchAccounts(addresses: readonly Address[]): Promise<Fetched>;
  /** The accounts of a program that hold these bytes at these offsets (`getProgramAccounts`). Slow on many endpoints. */
  findAccounts(
    program: Address,
    filters: AccountFilters,
  ): Promise<{ slot: bigint; accounts: ReadonlyMap<Address, RawAccount> }>;
  /**
   * A recent blockhash, and the slot it was read at. Never one from behind what this process has already seen:
   * an endpoint that lags that far is passed over.
   */
  latestBlockhash(): Promise<{ blockhash: Blockhash; lastValidBlockHeight: bigint; slot: bigint }>;
  /** A capped price from recent fees on these writable accounts, micro-lamports per compute unit. */
  computeUnitPrice(writable: readonly Address[]): Promise<bigint>;
  /** The most that a transaction may offer, micro-lamports per compute unit. */
  readonly maxComputeUnitPrice: bigint;
  /** Pure. @throws `CTO_E_TRANSACTION_TOO_LARGE` when it does not fit 1232 bytes with its memo. */
  compose(draft: TransactionDraft): UnsignedTransaction;
  simulate(transaction: UnsignedTransaction, watch: readonly Address[]): Promise<Simulation>;
  /** Sends bytes. `refused` is a preflight error: this node did not forward it, which proves nothing about other nodes. */
  broadcast(
    wire: Base64EncodedWireTransaction,
    options: { preflight: boolean },
  ): Promise<"sent" | { refused: TransactionFailure }>;
  /** Waits until the signature is seen at `confirmed` or better, or until `timeoutMs` have passed. */
  watch(
    signature: Signature,
    options: { timeoutMs: number; until: "confirmed" | "finalized" },
  ): Promise<SignatureView>;
  /**
   * R3's evidence for a step's attempts, from as many distinct endpoints as must agree.
   * @throws `CTO_E_RPC_UNAVAILABLE` when fewer of them could be heard
   */
  gatherEvidence(signatures: readonly Signature[]): Promise<readonly Evidence[]>;
}

// ---------------------------------------------------------------- keys

/** Signs; private keys exist in clear only behind this port. */
export interface Keyring {
  /**
   * Signs with every wallet whose address the transaction asks for.
   * @throws `CTO_E_WALLET_KEY_MISSING`, `CTO_E_WALLET_KEY_UNREADABLE`
   */
  sign(transaction: UnsignedTransaction, walletIds: readonly string[]): Promise<SignedTransaction>;
}

// ---------------------------------------------------------------- venues

/** What one batch of accounts says about a token and the wallets concerned. */
export type Survey = {
  readonly slot: bigint;
  readonly mint: Address;
  readonly tokenProgram: Address;
  readonly decimals: number;
  /** Per owner: lamports, and the token account of the mint (`tokens` is null when it does not exist yet). */
  readonly owners: ReadonlyMap<Address, { readonly lamports: Lamports; readonly tokens: bigint | null }>;
  readonly fetched: Fetched;
};

/** Where a token trades, as far as the accounts tell. */
export type Detection = {
  /** `migrating`: it has left one venue and not reached the next; `unknown`: no venue that we read trades it. */
  readonly platform: DetectedPlatform;
  /** Every venue with a live market, best first. */
  readonly trading: readonly VenueCode[];
  /** Why it is migrating, and why markets that exist are not bought from; phrases for people. */
  readonly notes: readonly string[];
};

export type Quote = {
  readonly lamports: Lamports;
  /** Token base units that all legs get together, in order. */
  readonly tokensOut: bigint;
  readonly priceImpactBps: number;
  /** What the venue keeps of the lamports; null where it does not tell. */
  readonly feeLamports: Lamports | null;
  /** What each leg is expected to get when they land in order; an aggregator's total is shared out by lamports. */
  readonly legs: readonly bigint[];
};

export type BuyRequest = {
  readonly buyer: Address;
  /** Who pays rents: the funding wallet in `standard` mode, the buyer itself in `prefunded`. */
  readonly payer: Address;
  readonly lamports: Lamports;
};

/** One wallet's buy, ready to be put into a transaction. */
export type Buy = {
  readonly venue: VenueCode;
  readonly tokensOut: bigint;
  readonly minTokensOut: bigint;
  /** Rents that the payer pays for accounts that stay open. */
  readonly rentLamports: Lamports;
  /** Rents that the venue's program takes from the buyer, beside the buy. */
  readonly buyerRentLamports: Lamports;
  /** Lamports that must be there during the transaction and come back within it (a wrapped-SOL account's rent). */
  readonly transientLamports: Lamports;
  readonly setup: readonly Instruction[];
  readonly swap: readonly Instruction[];
  readonly cleanup: readonly Instruction[];
  readonly lookupTables: Readonly<Record<Address, readonly Address[]>>;
};

/** A venue opened for one operation: its quote, and buys whose minimum out assumes that all other legs landed first. */
export interface OpenVenue {
  readonly venue: VenueCode;
  /** For the whole operation. */
  readonly quote: Quote;
  /** `buy` asks nobody: it is arithmetic on what was fetched. */
  readonly offline: boolean;
  buy(request: BuyRequest): Promise<Buy>;
  /** The same market by an older instruction of its program, where the deployed program may not know the newer one. */
  readonly older?: OpenVenue;
  /** Told when a buy of it has passed a simulation: it is tried first from then on. */
  accepted?(): void;
}

export interface Venues {
  /**
   * One `getMultipleAccounts`: the mint, its markets, and what the owners hold.
   * @throws `CTO_E_MINT_NOT_FOUND`, `CTO_E_MINT_INVALID`
   */
  survey(mint: Address, owners: readonly Address[]): Promise<Survey>;
  /**
   * Where the token trades. Asks the chain at most once more, and only when the survey does not tell and the answer
   * matters for the platform that was asked for (default `auto`).
   */
  detect(survey: Survey, asked?: Platform): Promise<Detection>;
  /**
   * The venues to try, in order, for what the caller asked. Never empty.
   * @throws `CTO_E_TOKEN_MIGRATING`
   */
  route(platform: Platform, mint: Address, detection: Detection): readonly VenueCode[];
  /** @throws `CTO_E_NO_ROUTE`, `CTO_E_VENUE_UNAVAILABLE` */
  open(
    venue: VenueCode,
    survey: Survey,
    request: { legs: readonly Lamports[]; slippageBps: number; taker: Address },
  ): Promise<OpenVenue>;
  /** What this on-chain error of a buy means at the venue; null where its program's codes do not tell. */
  explain(venue: VenueCode, failure: TransactionFailure): string | null;
  /** Whether this on-chain error says that the venue's market has ended: what is left of an operation moves on. */
  hasEnded(venue: VenueCode, failure: TransactionFailure): boolean;
}

/** A store of short texts that all processes share. What is in it may be lost or old: nothing rests on it. */
export interface SharedCache {
  /** Null when it was never written, or has expired. */
  readCached(key: string): Promise<string | null>;
  writeCached(key: string, value: string, ttlMs: number): Promise<void>;
}

// ---------------------------------------------------------------- clock and events

export interface Clock {
  now(): Date;
  /** Ends early, without an error, when the signal aborts. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
}

/** Tells listeners that an operation's journal has a new event. Losing one is harmless: listeners read the journal. */
export interface Events {
  notify(operationId: string, event: StoredEvent): void;
}

export type Ports = {
  readonly journal: Journal;
  readonly chain: Chain;
  readonly keyring: Keyring;
  readonly venues: Venues;
  readonly clock: Clock;
  readonly events: Events;
};
