/** Defines the port to Solana: transactions, simulations, statuses and evidence. */
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

/**
 * The answer of one `getMultipleAccounts`. Every requested address is a key; null means that the account does not
 * exist.
 */
export type Fetched = { readonly slot: bigint; readonly accounts: ReadonlyMap<Address, RawAccount | null> };

/** The accounts according to one endpoint. */
export type Witness = Fetched & {
  /** The endpoint's host, for people. */
  readonly endpoint: string;
};

/** The accounts that one endpoint has found. */
export type Found = Witness & { readonly accounts: ReadonlyMap<Address, RawAccount> };

/**
 * Reads the accounts from several distinct endpoints, as many as must agree (`RESIGN_QUORUM`). If their answers
 * differ, we request all of them once more, at the newest slot of the first answers or later. A difference that
 * remains is a disagreement, or a market that moves at this moment.
 *
 * @throws `CTO_E_RPC_UNAVAILABLE` if too few of them answer
 */
export type WitnessReader = (addresses: readonly Address[]) => Promise<readonly Witness[]>;

/** Selects a program's accounts: those with these 32 bytes at an offset, and with this size in bytes. */
export type AccountFilters = {
  readonly memcmp: readonly { readonly offset: number; readonly bytes: Address }[];
  readonly dataSize?: number;
};

/** A token account as it is now. */
export type TokenAccount = {
  readonly address: Address;
  readonly program: Address;
  readonly owner: Address;
  /** The lamports of the account itself. For a wrapped-SOL account, closing it frees all of them. */
  readonly lamports: Lamports;
  /**
   * Whether its owner may close it by its bytes: it is empty or wraps SOL, no extension of it holds anything, and
   * nobody else has the right to close it.
   */
  readonly closable: boolean;
  readonly wrapsSol: boolean;
};

/** What a transaction did to one account. */
export type AccountChange = {
  readonly address: Address;
  readonly before: Lamports;
  readonly after: Lamports;
  /** The owner of the tokens, if the account is a token account. */
  readonly tokenOwner?: Address;
  /** It is a token account since this transaction. Its address may have held a stranger's lamports before. */
  readonly opened?: true;
};

/**
 * How a transaction changed an owner's balance of a token, over all token accounts that the transaction names. Token
 * base units.
 */
export type TokenChange = {
  readonly owner: Address;
  readonly mint: Address;
  readonly before: bigint;
  readonly after: bigint;
};

/** A final transaction, as the chain reports it. */
export type ChainTransaction = {
  readonly slot: bigint;
  /** It landed with an error. It then had no effect except its fee, if its payer could pay one (SIMD-0290). */
  readonly failed: boolean;
  readonly changes: readonly AccountChange[];
  readonly tokens: readonly TokenChange[];
};

/** A transaction's version, and the field that only this version has. */
export type MessageFormat =
  | { readonly version: 0 }
  | {
      readonly version: 1;
      /** The bytes of accounts that it may load. Without a limit it could load none. */
      readonly loadedAccountsDataLimit: number;
    };

/** All parts of a transaction. Every draft has a memo. */
export type TransactionDraft = {
  readonly feePayer: Address;
  /** Token accounts that are closed first; their lamports go to their owners. */
  readonly closes?: readonly Pick<TokenAccount, "address" | "owner" | "program">[];
  /**
   * The funding wallet pays the buyer in this same transaction (atomic fund-and-buy), or pays several buyers at once;
   * or a buyer returns what is left.
   */
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
  /** Only version 0 has lookup tables. */
  readonly lookupTables: Readonly<Record<Address, readonly Address[]>>;
};

export type UnsignedTransaction = {
  readonly messageBytes: Uint8Array;
  /** In the order of the signatures in the wire format. The first signer pays the fee. */
  readonly signers: readonly Address[];
  /** The size on the wire after signing, bytes. */
  readonly size: number;
};

export type SignedTransaction = {
  readonly signature: Signature;
  readonly wire: Base64EncodedWireTransaction;
  /** Read from the signed bytes. */
  readonly messageVersion: TransactionVersion;
};

/** An on-chain or preflight error, as the node's JSON and as text. */
export type TransactionFailure = {
  readonly error: unknown;
  readonly message: string;
  readonly logs?: readonly string[];
};

/** The effect of a transaction on an account that it may write. */
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
    /** The signers whose addresses are in the account's data; absent: none. */
    readonly names?: readonly Address[];
    /** The account has data, as a nonce account has, and a wallet has not. Absent: it has none. */
    readonly hasData?: true;
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
  /** Token accounts whose balances after the transaction are returned. */
  readonly watch?: readonly Address[];
  /** The slot of the facts that the simulation is compared with. We do not accept an answer from an older slot. */
  readonly notBefore?: bigint;
  /** The transaction's lookup tables. If set, the simulation returns the effects on the transaction's accounts. */
  readonly lookupTables?: TransactionDraft["lookupTables"];
  /** Simulates the transaction exactly as it will be signed, with its own blockhash. */
  readonly asSigned?: boolean;
};

export type Simulation = {
  readonly unitsConsumed: number;
  /** The bytes of accounts that it loaded; null if the node does not return them. */
  readonly loadedAccountsDataSize: number | null;
  /** The number of executed instructions, including inner ones; null if the node does not return it. */
  readonly instructions: number | null;
  readonly failure: TransactionFailure | null;
  /** The accounts of the instruction that failed, if the failure is one of an instruction. */
  readonly failedOn?: readonly Address[];
  /** Token base units after the transaction, for each watched address that is a token account then. */
  readonly tokensAfter: ReadonlyMap<Address, bigint>;
  /** The effects on all writable accounts, if the request has lookup tables; empty if the simulation failed. */
  readonly effects: readonly AccountEffect[];
};

/**
 * The result of one poll for a signature. `unseen` does not mean absent: it only means that no poll has seen it yet
 * (R4).
 */
export type SignatureView =
  | {
      readonly state: "unseen";
      /** The slot of the poll that did not see it; absent if no poll was answered. */
      readonly asOf?: bigint;
    }
  | {
      readonly state: "confirmed" | "finalized";
      readonly slot: bigint;
      readonly failure: TransactionFailure | null;
    };

/** The evidence of one endpoint, gathered height first, then statuses (R3). */
export type Evidence = {
  /** The endpoint's host, for people. */
  readonly endpoint: string;
  readonly finalizedBlockHeight: bigint;
  /** The slot of the height reading. */
  readonly heightSlot: bigint;
  /** The `context.slot` of the status answer. */
  readonly statusSlot: bigint;
  /**
   * The slot where this endpoint's records begin, read after the statuses. The endpoint prunes older records, so a
   * null status proves nothing about them.
   */
  readonly firstAvailableSlot: bigint;
  /** One status per requested signature, with history search; null means "not found". */
  readonly statuses: ReadonlyMap<
    Signature,
    { slot: bigint; finalized: boolean; failure: TransactionFailure | null } | null
  >;
};

/**
 * A cluster's consensus. On Alpenglow, a confirmed block is final. On Tower, a fork may still drop a confirmed block
 * (R6).
 */
export type Consensus = "alpenglow" | "tower";

/** A commitment that is settled on some cluster. `processed` is settled on no cluster. */
export type Settled = "confirmed" | "finalized";

/**
 * Returns the commitment at which a transaction counts as landed, which is also the commitment of settled reads. Only
 * this function decides it. On Alpenglow a confirmed block is already final, and `confirmed` exists only for old
 * clients.
 */
export const landedAt = (consensus: Consensus): Settled =>
  consensus === "alpenglow" ? "finalized" : "confirmed";

/**
 * The port to Solana. Any method may throw `CTO_E_RPC_UNAVAILABLE` or `CTO_E_RPC_INVALID_ANSWER`. Both mean
 * *unknown*, not *absent*.
 */
export interface Chain {
  /** Returns the cluster's consensus; Tower if it is not known, or if endpoints disagree. Never throws. */
  consensus(): Promise<Consensus>;
  /** The lifetime of a blockhash, estimated from the slots seen so far, ms. */
  blockhashLifeMs(): number;
  fetchAccounts(addresses: readonly Address[]): Promise<Fetched>;
  /** Absent where there is only one endpoint, and so no other to compare with. */
  readonly witnessAccounts?: WitnessReader;
  /** Like `witnessAccounts`, as of the last final block. On Tower it is older than what `witnessAccounts` reads. */
  readonly witnessFinalAccounts?: WitnessReader;
  /**
   * Returns the accounts of a program that hold these bytes at these offsets (`getProgramAccounts`), as each of the
   * endpoints that must agree has found them. It is slow on many endpoints.
   */
  findAccounts(program: Address, filters: AccountFilters): Promise<readonly Found[]>;
  /** Returns the token accounts among accounts that were read, by their bytes. Absent where `witnessAccounts` is. */
  readonly tokenAccountsIn?: (accounts: Fetched["accounts"]) => ReadonlyMap<Address, TokenAccount>;
  /** Returns the addresses that are token accounts. */
  readTokenAccounts(addresses: readonly Address[]): Promise<ReadonlyMap<Address, TokenAccount>>;
  /**
   * Returns all token accounts of an owner, of both token programs. Returns none of a program that has too many for
   * one answer.
   */
  findTokenAccounts(owner: Address): Promise<readonly TokenAccount[]>;
  /**
   * Returns a final transaction. Null means that the endpoint does not have it, which does not prove that it does not
   * exist.
   */
  readTransaction(signature: Signature): Promise<ChainTransaction | null>;
  /**
   * Returns a final transaction like `readTransaction`, from each of the endpoints that must agree and has it. Absent where there
   * is only one endpoint.
   *
   * @throws `CTO_E_ENDPOINTS_DISAGREE`
   */
  readonly readAgreedTransaction?: (signature: Signature) => Promise<ChainTransaction | null>;
  /**
   * Returns a recent blockhash, and the slot at which it was read. We skip an endpoint that is far behind what this
   * process has already seen.
   *
   * @param how `fresh` asks an endpoint, or waits for a request that is under way, instead of the cache
   */
  latestBlockhash(how?: {
    readonly fresh?: boolean;
  }): Promise<{ blockhash: Blockhash; lastValidBlockHeight: bigint; slot: bigint }>;
  /** Returns a capped price from recent fees on these writable accounts, micro-lamports per compute unit. */
  computeUnitPrice(writable: readonly Address[]): Promise<bigint>;
  /** The highest price that a transaction may offer, micro-lamports per compute unit. */
  readonly maxComputeUnitPrice: bigint;
  /**
   * Compiles a draft. Pure.
   *
   * @throws `CTO_E_TRANSACTION_TOO_LARGE`, or a similar error, if it exceeds what its version may hold, with its memo
   */
  compose(draft: TransactionDraft): UnsignedTransaction;
  /**
   * Returns whether a signed transaction does what a composed message says: the same payer, and the same instructions. It may have
   * another blockhash, other limits, another fee, and guards of the documented list.
   */
  doesSame(
    meant: Pick<UnsignedTransaction, "messageBytes"> & Pick<TransactionDraft, "lookupTables">,
    wire: Base64EncodedWireTransaction,
  ): boolean;
  /**
   * Simulates a transaction. If the answer is older than `notBefore`, it retries for about three seconds, also at
   * other endpoints.
   */
  simulate(transaction: UnsignedTransaction, request: SimulationRequest): Promise<Simulation>;
  /**
   * Simulates a transaction at each of the endpoints that must agree (`RESIGN_QUORUM`). Absent where there is only one endpoint.
   *
   * @throws `CTO_E_RPC_UNAVAILABLE` if too few of them answer
   */
  readonly witnessSimulations?: (
    transaction: UnsignedTransaction,
    request: SimulationRequest,
  ) => Promise<readonly Simulation[]>;
  /**
   * Sends the bytes. `refused` is a preflight error: this node did not forward them, which proves nothing about other
   * nodes.
   *
   * @param options.everywhere sends them to every endpoint, and not only to the first one that answers. It may accept them and
   * not forward them, so from the second send on all of them get the bytes
   */
  broadcast(
    wire: Base64EncodedWireTransaction,
    options: { preflight: boolean; everywhere?: boolean },
  ): Promise<"sent" | { refused: TransactionFailure }>;
  /**
   * Waits until the signature reaches `until`, or until `timeoutMs` have passed. Waits longer, up to four times `timeoutMs`, if
   * no poll finished near the end of that time, or if the transaction is in a block that is not confirmed yet.
   *
   * @param options.isPatient nobody waits for the answer: until `timeoutMs` have passed, its polls delay those of no other watch
   */
  watch(
    signature: Signature,
    options: { timeoutMs: number; until: Settled; isPatient?: boolean },
  ): Promise<SignatureView>;
  /**
   * Gathers R3's evidence for a step's attempts, from as many distinct endpoints as must agree.
   *
   * @throws `CTO_E_RPC_UNAVAILABLE` if fewer of them answer
   */
  gatherEvidence(signatures: readonly Signature[]): Promise<readonly Evidence[]>;
  /**
   * Returns a wallet's final transactions, newest first, back to the slot `since`, from as many distinct endpoints as
   * must agree.
   *
   * @param before goes on behind this transaction, where an earlier reading ended; default: from the newest one
   * @throws `CTO_E_RPC_UNAVAILABLE` if fewer of them answer
   */
  readHistory(wallet: Address, since: bigint, before?: Signature): Promise<readonly WalletHistory[]>;
  /** Like `readHistory` for each of these wallets, with fewer requests. */
  readHistories(
    wallets: readonly Address[],
    since: bigint,
  ): Promise<ReadonlyMap<Address, readonly WalletHistory[]>>;
  /**
   * Returns a whole final transaction, after checking its signatures. Null means that the endpoint does not have it,
   * which proves nothing.
   */
  readFinal(signature: Signature): Promise<FinalTransaction | null>;
}
