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
 * The engine imports nothing that does I/O. `chain/`, `venues/`, `wallets/`, `journal/` and `progress/`
 * implement these interfaces and know of each other only through this file.
 */
import type {
  Address,
  Base64EncodedWireTransaction,
  Blockhash,
  Instruction,
  Lamports,
  Signature,
} from "@solana/kit";

export type { Address, Base64EncodedWireTransaction, Blockhash, Instruction, Lamports, Signature };

// ---------------------------------------------------------------- operations

export const MODES = ["standard", "prefunded"] as const;
export type Mode = (typeof MODES)[number];

export const VENUES = ["pumpfun", "bonk", "pumpswap", "cpmm", "meteora", "heaven", "jupiter"] as const;
export type VenueCode = (typeof VENUES)[number];

/** What a caller may ask for: a venue, or `unknown` / `auto` to let detection decide. */
export const PLATFORMS = [...VENUES, "unknown", "auto"] as const;
export type Platform = (typeof PLATFORMS)[number];

/**
 * - `waiting`: accepted and durable, no worker has begun it.
 * - `active`: a worker has begun it, or will resume it.
 * - `completed`: every leg that could land has landed (`partial` tells whether some did not).
 * - `failed`: nothing landed, and provably nothing will.
 * - `cancelled`: the caller stopped it; what had landed by then stays landed.
 * - `needs_review`: some step's fate cannot be proved; a person must look.
 */
export type OperationStatus = "waiting" | "active" | "completed" | "failed" | "cancelled" | "needs_review";

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
  /** BullMQ's priority: 0 none, otherwise 1 is the highest. */
  readonly priority: number;
  readonly slippageBps: number;
  readonly maxPriceImpactBps?: number;
  /** One positive integer per buyer wallet, in the wallets' order; absent means equal shares. */
  readonly weights?: readonly number[];
  /** The buyer wallets, in the order of the legs; absent means all of the user's buyer wallets. */
  readonly walletIds?: readonly string[];
  /** How many legs may be in flight at once. */
  readonly parallelism: number;
};

/** A failure in the words of the error registry, as it is stored and shown. */
export type Failure = { readonly code: string; readonly message: string };

export type Operation = {
  readonly id: string;
  readonly request: OperationRequest;
  readonly idempotencyKey?: string;
  readonly status: OperationStatus;
  readonly cancelRequested: boolean;
  /** 0 to 100, as the seed's phases have it. Never goes back. */
  readonly progress: number;
  /** The venue that was used, known from the platform-detection phase on. */
  readonly venue?: VenueCode;
  /** Some legs landed and some did not. */
  readonly partial: boolean;
  /** Every landed step has been seen at `finalized`, and no step is open. */
  readonly settled: boolean;
  readonly failure?: Failure;
  readonly createdAt: Date;
  readonly startedAt?: Date;
  readonly finishedAt?: Date;
};

/** One wallet's part of the plan. Legs are numbered from 1 in the wallets' order. */
export type Leg = {
  readonly index: number;
  readonly walletId: string;
  readonly address: Address;
  readonly lamports: Lamports;
  /** Token base units that the wallet held before the operation's first attempt. */
  readonly tokensBefore: bigint;
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
export type StepStatus =
  | "ready"
  | "in_flight"
  | "confirmed"
  | "finalized"
  | "failed"
  | "cancelled"
  | "needs_review";

export type Step = {
  /** `<operationId>.<kind>.<leg>` */
  readonly id: string;
  readonly operationId: string;
  readonly kind: StepKind;
  readonly leg: number;
  readonly status: StepStatus;
  /** Grows by one with every change: the compare-and-set of rule R5 rests on it. */
  readonly version: number;
  readonly attempts: readonly Attempt[];
  readonly failure?: Failure;
};

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
  /** The signed bytes, base64. Re-sending exactly these is always safe (R2). */
  readonly wire: Base64EncodedWireTransaction;
  readonly blockhash: Blockhash;
  /** L of the re-sign rule: inclusion is possible up to and including block height L + 1. */
  readonly lastValidBlockHeight: bigint;
  /** The slot that the blockhash was read at. It cannot have landed before: an endpoint whose records begin later cannot know it. */
  readonly blockhashSlot: bigint;
  readonly venue?: VenueCode;
  /** The least the transaction accepts, in token base units. */
  readonly minTokensOut?: bigint;
  readonly costs: Costs;
  readonly status: "live" | "landed" | "dead";
  /** The slot it landed in. */
  readonly slot?: bigint;
  /** Why it is dead: an on-chain error in words, or that its blockhash expired unused. */
  readonly reason?: string;
  readonly createdAt: Date;
};

export type NewAttempt = Omit<Attempt, "status" | "slot" | "reason" | "createdAt">;

// ---------------------------------------------------------------- events

/** Progress phases of the seed, with their percentages. */
export const PHASES = {
  started: { label: "CTO Operation Started", progress: 10 },
  validating: { label: "Validating Parameters", progress: 25 },
  detecting: { label: "Platform Detection", progress: 45 },
  executing: { label: "Executing Operation", progress: 70 },
  completed: { label: "CTO Operation Completed", progress: 100 },
} as const;
export type Phase = keyof typeof PHASES;

/** What a person may decide about a step that needs review. */
export const RESOLUTIONS = ["dead", "landed"] as const;
export type Resolution = (typeof RESOLUTIONS)[number];

export type OperationEvent =
  | { readonly type: "phase"; readonly phase: Phase; readonly label: string; readonly progress: number }
  | {
      readonly type: "leg";
      readonly leg: number;
      readonly address: Address;
      readonly lamports: Lamports;
      readonly status: StepStatus;
      readonly progress: number;
      readonly signature?: Signature;
      readonly slot?: bigint;
      readonly failure?: Failure;
    }
  | {
      readonly type: "result";
      readonly status: OperationStatus;
      readonly progress: number;
      readonly failure?: Failure;
    }
  | {
      /** A person has decided what no evidence could: the audit record of it. */
      readonly type: "review";
      readonly leg: number;
      readonly resolution: Resolution;
      /** Decided although the evidence does not bear it out. */
      readonly forced: boolean;
      readonly reviewer: string;
      readonly reason: string;
      /** What the evidence said at that moment, in words. */
      readonly evidence: string;
      readonly progress: number;
      readonly signature?: Signature;
    };

/** An event as the journal keeps it: numbered from 1 without gaps, per operation. */
export type StoredEvent = OperationEvent & { readonly seq: number; readonly at: Date };

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
};

export type NewWallet = Omit<Wallet, "position" | "createdAt"> & {
  /** The sealed private key (see `wallets/secret-box.ts`). Never the key in clear. */
  readonly sealedKey: string;
};

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
  readLegs(id: string): Promise<Leg[]>;
  /** With their attempts, in the order of legs. */
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

/** Everything that a transaction is made of. There is no draft without a memo. */
export type TransactionDraft = {
  readonly feePayer: Address;
  /** Atomic fund-and-buy: the funding wallet pays the buyer, in this same transaction. */
  readonly transfer?: { readonly from: Address; readonly to: Address; readonly lamports: Lamports };
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

export type Quote = {
  readonly lamports: Lamports;
  /** Token base units. */
  readonly tokensOut: bigint;
  readonly priceImpactBps: number;
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
  buy(request: BuyRequest): Promise<Buy>;
}

export interface Venues {
  /**
   * One `getMultipleAccounts`: the mint, its markets, and what the owners hold.
   * @throws `CTO_E_MINT_NOT_FOUND`, `CTO_E_MINT_INVALID`
   */
  survey(mint: Address, owners: readonly Address[]): Promise<Survey>;
  /** The venues to try, in order, for what the caller asked. Never empty. */
  route(platform: Platform, survey: Survey): readonly VenueCode[];
  /** @throws `CTO_E_NO_ROUTE`, `CTO_E_VENUE_UNAVAILABLE` */
  open(
    venue: VenueCode,
    survey: Survey,
    request: { legs: readonly Lamports[]; slippageBps: number; taker: Address },
  ): Promise<OpenVenue>;
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
