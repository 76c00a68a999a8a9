/** Solana and the keys as the engine sees them. */
import type {
  Address,
  Base64EncodedWireTransaction,
  Blockhash,
  Instruction,
  Lamports,
  Signature,
} from "@solana/kit";
import type { TransactionVersion } from "../../base/transaction-limits.ts";
import type { FinalTransaction, WalletHistory } from "./history.ts";

export type RawAccount = {
  readonly owner: Address;
  readonly lamports: Lamports;
  readonly data: Uint8Array;
};

/** The answer of one `getMultipleAccounts`: every asked address is a key; null means that there is no such account. */
export type Fetched = { readonly slot: bigint; readonly accounts: ReadonlyMap<Address, RawAccount | null> };

/** What one endpoint says the accounts are. */
export type Witness = Fetched & {
  /** Its host, for people to read; no two endpoints have the same. */
  readonly endpoint: string;
};

/**
 * The accounts as several distinct endpoints have them, as many as must agree (`RESIGN_QUORUM`). Where they differ, all were
 * asked once more, none from behind the newest of them: what differs still is a disagreement, or the market of the moment.
 *
 * @throws `CTO_E_RPC_UNAVAILABLE` when too few of them answer
 */
export type WitnessReader = (addresses: readonly Address[]) => Promise<readonly Witness[]>;

/** Which of a program's accounts are meant: those with these 32 bytes at an offset, of this size in bytes. */
export type AccountFilters = {
  readonly memcmp: readonly { readonly offset: number; readonly bytes: Address }[];
  readonly dataSize?: number;
};

/** A token account as it is now. */
export type TokenAccount = {
  readonly address: Address;
  readonly program: Address;
  readonly owner: Address;
  /** Lamports that the account itself holds; of a wrapped-SOL account all that closing it frees. */
  readonly lamports: Lamports;
  /** Its owner may close it: it is empty, or wraps SOL, and nobody else has that right. */
  readonly closable: boolean;
  readonly wrapsSol: boolean;
};

/** What a transaction did to one account. */
export type AccountChange = {
  readonly address: Address;
  readonly before: Lamports;
  readonly after: Lamports;
  /** Of a token account, whose it is. */
  readonly tokenOwner?: Address;
};

/** What a transaction did to what an owner holds of a token, over all token accounts that it names. Token base units. */
export type TokenChange = {
  readonly owner: Address;
  readonly mint: Address;
  readonly before: bigint;
  readonly after: bigint;
};

/** A final transaction, as the chain shows it. */
export type ChainTransaction = {
  readonly slot: bigint;
  /** It landed with an error: nothing happened but that its fee was spent, if its payer could pay one (SIMD-0290). */
  readonly failed: boolean;
  readonly changes: readonly AccountChange[];
  readonly tokens: readonly TokenChange[];
};

/** Which version a transaction has, and what only that version says. */
export type MessageFormat =
  | { readonly version: 0 }
  | {
      readonly version: 1;
      /** Bytes of accounts that it may load: without a limit it could load none. */
      readonly loadedAccountsDataLimit: number;
    };

/** Everything that a transaction is made of. There is no draft without a memo. */
export type TransactionDraft = {
  readonly feePayer: Address;
  /** Token accounts that are closed to their owners, before anything else. */
  readonly closes?: readonly Pick<TokenAccount, "address" | "owner" | "program">[];
  /** The funding wallet pays the buyer, in this same transaction (atomic fund-and-buy), or several buyers at once; or a buyer returns what is left. */
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
  /** Default: version 0. */
  readonly format?: MessageFormat;
  /** Of version 0 alone. */
  readonly lookupTables: Readonly<Record<Address, readonly Address[]>>;
};

export type UnsignedTransaction = {
  readonly messageBytes: Uint8Array;
  /** In the order of the signatures in the wire format; the first pays the fee. */
  readonly signers: readonly Address[];
  /** Bytes on the wire once signed. */
  readonly size: number;
};

export type SignedTransaction = {
  readonly signature: Signature;
  readonly wire: Base64EncodedWireTransaction;
  /** Read from the bytes that were signed. */
  readonly messageVersion: TransactionVersion;
};

/** An on-chain or preflight error, as the node's JSON gives it, and in words. */
export type TransactionFailure = {
  readonly error: unknown;
  readonly message: string;
  readonly logs?: readonly string[];
};

/** What a transaction would do to an account that it may write. */
export type AccountEffect = {
  readonly address: Address;
  readonly before: {
    readonly lamports: Lamports;
    readonly token: Pick<TokenState, "mint" | "owner" | "amount"> | null;
  };
  readonly after: {
    readonly lamports: Lamports;
    readonly token: TokenState | null;
    /** The program that owns the account. */
    readonly program: Address;
  };
};

export type TokenState = {
  readonly mint: Address;
  readonly owner: Address;
  /** Token base units. */
  readonly amount: bigint;
  readonly delegate: Address | null;
  readonly closeAuthority: Address | null;
};

export type SimulationRequest = {
  /** Token accounts whose content is wanted. */
  readonly watch?: readonly Address[];
  /** The facts that the answer is judged with are of this slot: an older answer is none. */
  readonly notBefore?: bigint;
  /** The transaction's lookup tables: with them the effects on its accounts are told. */
  readonly lookupTables?: TransactionDraft["lookupTables"];
  /** Just as it will be signed, with its own blockhash. */
  readonly asSigned?: boolean;
};

export type Simulation = {
  readonly unitsConsumed: number;
  /** Bytes of accounts that it loaded; null where the node does not tell. */
  readonly loadedAccountsDataSize: number | null;
  /** Instructions that ran, those included that programs called; null where the node does not tell. */
  readonly instructions: number | null;
  readonly failure: TransactionFailure | null;
  /** Token base units after the transaction, for those of the addresses at which there then is a token account. */
  readonly tokensAfter: ReadonlyMap<Address, bigint>;
  /** Of every account that may be written, where the request named the lookup tables; empty when it failed. */
  readonly effects: readonly AccountEffect[];
};

/** What one look at a signature says. `unseen` is not absence: it only says that nothing was seen yet (R4). */
export type SignatureView =
  | {
      readonly state: "unseen";
      /** The slot of the look that says so; absent where none was answered. */
      readonly asOf?: bigint;
    }
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

/** How a cluster agrees on blocks. Alpenglow: what is confirmed is final. Tower: a confirmed block may still be dropped (R6). */
export type Consensus = "alpenglow" | "tower";

/** A commitment that is settled on some cluster. `processed` is on none. */
export type Settled = "confirmed" | "finalized";

/**
 * At which commitment a transaction counts as landed and what is read as settled, on such a cluster: the one place that
 * decides. On Alpenglow what is confirmed is final, and `confirmed` is kept for old clients only.
 */
export const landedAt = (consensus: Consensus): Settled =>
  consensus === "alpenglow" ? "finalized" : "confirmed";

/** Solana. Any method may throw `CTO_E_RPC_UNAVAILABLE` or `CTO_E_RPC_INVALID_ANSWER`; both mean *unknown*, never *absent*. */
export interface Chain {
  /** How the cluster agrees on blocks; Tower where that is not known, or endpoints disagree. Never throws. */
  consensus(): Promise<Consensus>;
  /** How long a blockhash lives by the slots that were seen so far, ms. */
  blockhashLifeMs(): number;
  fetchAccounts(addresses: readonly Address[]): Promise<Fetched>;
  /** The accounts of a program that hold these bytes at these offsets (`getProgramAccounts`). Slow on many endpoints. */
  findAccounts(
    program: Address,
    filters: AccountFilters,
  ): Promise<{ slot: bigint; accounts: ReadonlyMap<Address, RawAccount> }>;
  /** Those of the addresses at which there is a token account. */
  readTokenAccounts(addresses: readonly Address[]): Promise<ReadonlyMap<Address, TokenAccount>>;
  /** All token accounts of an owner, of both programs. */
  findTokenAccounts(owner: Address): Promise<readonly TokenAccount[]>;
  /** A transaction that is final. Null when the endpoint does not have it, which is no proof that there is none. */
  readTransaction(signature: Signature): Promise<ChainTransaction | null>;
  /**
   * A recent blockhash, and the slot it was read at. Never one from behind what this process has already seen:
   * an endpoint that lags that far is passed over.
   */
  latestBlockhash(): Promise<{ blockhash: Blockhash; lastValidBlockHeight: bigint; slot: bigint }>;
  /** A capped price from recent fees on these writable accounts, micro-lamports per compute unit. */
  computeUnitPrice(writable: readonly Address[]): Promise<bigint>;
  /** The most that a transaction may offer, micro-lamports per compute unit. */
  readonly maxComputeUnitPrice: bigint;
  /** Pure. @throws `CTO_E_TRANSACTION_TOO_LARGE` and its kin when it exceeds what its version may hold, with its memo. */
  compose(draft: TransactionDraft): UnsignedTransaction;
  /** Asks again, and elsewhere, for about three seconds where the answer is older than `notBefore`. */
  simulate(transaction: UnsignedTransaction, request: SimulationRequest): Promise<Simulation>;
  /** Sends bytes. `refused` is a preflight error: this node did not forward it, which proves nothing about other nodes. */
  broadcast(
    wire: Base64EncodedWireTransaction,
    options: { preflight: boolean },
  ): Promise<"sent" | { refused: TransactionFailure }>;
  /**
   * Waits until the signature reaches `until`, or until `timeoutMs` have passed. Waits longer, up to four times `timeoutMs`, if
   * no poll finished near the end of that time, or if the transaction is in a block that is not confirmed yet.
   */
  watch(signature: Signature, options: { timeoutMs: number; until: Settled }): Promise<SignatureView>;
  /**
   * R3's evidence for a step's attempts, from as many distinct endpoints as must agree.
   * @throws `CTO_E_RPC_UNAVAILABLE` when fewer of them could be heard
   */
  gatherEvidence(signatures: readonly Signature[]): Promise<readonly Evidence[]>;
  /**
   * A wallet's final transactions, newest first, to below the slot `since`, from as many distinct endpoints as must agree.
   * @throws `CTO_E_RPC_UNAVAILABLE` when fewer of them could be heard
   */
  readHistory(wallet: Address, since: bigint): Promise<readonly WalletHistory[]>;
  /** A final transaction, whole, its signatures checked. Null when the endpoint does not have it, which proves nothing. */
  readFinal(signature: Signature): Promise<FinalTransaction | null>;
}
