/** The public receipt of an operation, as JSON. It names wallets and amounts, and no person. */
import type { TokenLabel } from "../base/token-label.ts";
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
  /** Who paid the fee; in `standard` mode the funding wallet, which paid for the buy, too. */
  readonly payer?: string;
  readonly lamports: string;
  readonly status: StepStatus;
  /** Token base units: no transaction of this leg accepts less. Absent before the first market has opened. */
  readonly leastTokens?: string;
  /** Token base units, once known. */
  readonly tokens?: string;
  /** SOL per whole token; absent while the token's decimals or the amount are not known. */
  readonly price?: string;
  readonly signature?: string;
  readonly slot?: string;
  /** What the transaction says on chain, signed by the wallet. */
  readonly memo: string;
  readonly failure?: Failure;
};

/** What one wallet gave back of the operation's funding and rents. Lamports are decimal strings. */
export type ReceiptRecovery = {
  readonly leg: number;
  readonly address: string;
  readonly lamports: string;
  readonly status: StepStatus;
  readonly signature: string;
  readonly slot?: string;
  /** What the transaction says on chain, signed by the wallet. */
  readonly memo: string;
};

/** A wallet that paid and received less than its transaction was signed for, as the chain shows. Token base units. */
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
  /** A sweep buys nothing: it returns what the wallets hold to their funding wallet. Absent: it buys. */
  readonly purpose?: "sweep";
  readonly status: OperationStatus;
  /** Everything that landed is final. */
  readonly settled: boolean;
  /** Some legs landed and some did not. */
  readonly partial: boolean;
  readonly asked: {
    readonly token: string;
    /** What the token called itself when the operation began, cleaned; absent: nothing. It proves nothing. */
    readonly tokenLabel?: TokenLabel;
    readonly lamports: string;
    readonly mode: Mode;
    readonly platform: Platform;
    readonly at: string;
  };
  /** How the amount was shared over the wallets, in words. */
  readonly split: string;
  readonly venue?: VenueCode;
  /** What the market's price was held against. */
  readonly price?: PriceCheck;
  readonly decimals?: number;
  readonly legs: readonly ReceiptLeg[];
  readonly totals: {
    readonly legs: number;
    readonly landed: number;
    readonly lamports: string;
    readonly tokens?: string;
    readonly price?: string;
  };
  /** Wallets that received less than they signed for; absent when there are none. They stay landed. */
  readonly incidents?: readonly ReceiptIncident[];
  /** What went back to whoever had paid it; absent when nothing was to. */
  readonly recovered?: readonly ReceiptRecovery[];
  /** Beside the buys, of the transactions that landed. */
  readonly costs: {
    readonly networkLamports: string;
    readonly priorityLamports: string;
    readonly rentLamports: string;
  };
  /** Why nothing landed. */
  readonly failure?: Failure;
  readonly finishedAt?: string;
  /** How anyone can check this receipt, without us. */
  readonly verify: string;
};
