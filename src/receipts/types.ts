/** Defines the public receipt of an operation, as JSON. It names wallets and amounts, and no person. */
import type { TokenLabel } from "../base/token-label.ts";
import type { Terms } from "../calls/terms.ts";
import type {
  Failure,
  Mode,
  OperationStatus,
  Platform,
  PriceCheck,
  StepStatus,
  VenueCode,
} from "../engine/ports.ts";

/** One wallet's part. Lamports and token base units are decimal strings, so that JSON keeps them exact. */
export type ReceiptLeg = {
  readonly leg: number;
  readonly address: string;
  /** The wallet that paid the fee. In `standard` mode this is the funding wallet, which also paid for the buy. */
  readonly payer?: string;
  readonly lamports: string;
  readonly status: StepStatus;
  /** Token base units. No transaction of this leg accepts fewer. Absent before the first market is opened. */
  readonly leastTokens?: string;
  /** Token base units. Absent until they are known. */
  readonly tokens?: string;
  /** SOL per whole token. Absent while the token's decimals or the amount are unknown. */
  readonly price?: string;
  readonly signature?: string;
  readonly slot?: string;
  /** The memo of the transaction on chain, signed by the wallet. */
  readonly memo: string;
  readonly failure?: Failure;
  /** Of a call: one of the caller's own wallets. */
  readonly caller?: true;
  /** Of a call: who paid for the wallet's first incoming transaction, or `unknown`. Absent before the look. */
  readonly funder?: string;
  /** Of a call: the member returned a signed transaction and did not withdraw before the release, so it counted towards the least. */
  readonly signed?: true;
};

/** What the receipt of an open call says beside that of an operation. Amounts are decimal strings. */
export type ReceiptCall = {
  /** The terms, the hash of their canonical JSON, and the transaction whose memo publishes it. */
  readonly terms: Terms;
  readonly termsHash: string;
  readonly announcement?: string;
  readonly pledged: { readonly wallets: number; readonly lamports: string };
  readonly signed: { readonly wallets: number; readonly lamports: string };
  /** Members who signed, and whose transaction did not land. */
  readonly dropped: number;
  /** In one of the rounds, signatures for the least total were in hand, so what was signed was sent. Otherwise only members may have sent. */
  readonly released: boolean;
  /** What landed reaches the least total and the least number of wallets. */
  readonly leastLanded: boolean;
  /** Distinct funders of the wallets, and wallets whose funder is unknown. Absent before the look. */
  readonly funders?: { readonly distinct: number; readonly unknown: number };
  /** Transactions since the announcement in which the token left the caller's wallets. */
  readonly sales: readonly {
    readonly wallet: string;
    readonly signature: string;
    readonly slot: string;
    readonly tokens: string;
  }[];
  /** More were found than the 200 that are listed; in none of them more tokens left. */
  readonly salesLeftOff?: true;
  /** The caller's wallets whose history since the announcement was not read to its end: there may be more. */
  readonly salesUnread: readonly string[];
};

/** The amount that one wallet returned of the operation's funding and rents. Lamports are decimal strings. */
export type ReceiptRecovery = {
  readonly leg: number;
  readonly address: string;
  readonly lamports: string;
  readonly status: StepStatus;
  readonly signature: string;
  readonly slot?: string;
  /** The memo of the transaction on chain, signed by the wallet. */
  readonly memo: string;
};

/**
 * A wallet that paid, but received less than the least amount of its signed transaction, as the chain shows.
 * Token base units.
 */
export type ReceiptIncident = {
  readonly leg: number;
  readonly address: string;
  readonly signature: string;
  readonly slot: string;
  readonly received: string;
  readonly least: string;
};

export type Receipt = {
  readonly receipt: 1;
  readonly operationId: string;
  /** A sweep buys nothing: it returns the wallets' SOL to the funding wallet. Absent for an operation that buys. */
  readonly purpose?: "sweep";
  /** The genesis hash of the cluster that it ran on. Absent if it is not known. */
  readonly genesisHash?: string;
  /** The operation that this one retries: it buys what the other one did not. */
  readonly retryOf?: string;
  /** The operation that retries this one. */
  readonly retriedBy?: string;
  readonly status: OperationStatus;
  /** All landed transactions are final. */
  readonly settled: boolean;
  /** Some legs landed and some did not. */
  readonly partial: boolean;
  readonly asked: {
    readonly token: string;
    /**
     * The token's own name and symbol when the operation began, cleaned. Absent if the token has none. They prove nothing.
     */
    readonly tokenLabel?: TokenLabel;
    readonly lamports: string;
    readonly mode: Mode;
    readonly platform: Platform;
    readonly at: string;
  };
  /** How the amount was divided among the wallets, in words. */
  readonly split: string;
  readonly venue?: VenueCode;
  /** What we compared the market's price with. */
  readonly price?: PriceCheck;
  readonly decimals?: number;
  /** Of an open call. */
  readonly call?: ReceiptCall;
  readonly legs: readonly ReceiptLeg[];
  readonly totals: {
    readonly legs: number;
    readonly landed: number;
    readonly lamports: string;
    readonly tokens?: string;
    readonly price?: string;
  };
  /**
   * Wallets that received less than the least amount of their signed transaction. Absent if there are none.
   * Their legs stay landed.
   */
  readonly incidents?: readonly ReceiptIncident[];
  /** The amounts that went back to the wallet that had paid them. Absent if no return was signed. */
  readonly recovered?: readonly ReceiptRecovery[];
  /** The costs of the landed transactions, in addition to the buys. */
  readonly costs: {
    readonly networkLamports: string;
    readonly priorityLamports: string;
    readonly rentLamports: string;
  };
  /** Why nothing landed. */
  readonly failure?: Failure;
  readonly finishedAt?: string;
  /** How anyone can check this receipt without us. */
  readonly verify: string;
};
