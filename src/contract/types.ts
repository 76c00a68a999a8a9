/** Defines the input and output of the queue: `CTOJob` of the original interface, our options, statuses and results. */
import { z } from "zod";
import type { TokenLabel } from "../base/token-label.ts";
import type {
  Address,
  DetectedPlatform,
  Failure,
  OperationEvent,
  PriceReference,
  RecoveryState,
  Signature,
  StepStatus,
  VenueCode,
} from "../engine/ports.ts";
import { API_SCOPES, MODES, PLATFORMS } from "../engine/ports.ts";
import { isPathSafe, isPlain, PLAIN_ID, PLAIN_TEXT } from "./text-patterns.ts";

/** One CTO operation, as an external application requests it. */
export type CTOJob = {
  /** The user whose wallets buy. */
  userId: string;
  /** The user's Telegram chat. Default: 0, none. */
  userChatId?: number;
  /** The token's mint, base58. */
  tokenAddress: string;
  /**
   * The total to spend on the token over all wallets, in SOL, as a number or as decimal text ("0.1"); at most nine
   * decimals. Fees and rents are added to it. Answers contain a number.
   */
  buyAmount: number | string;
  /** `standard`: the user's funding wallet pays. `prefunded`: each buyer wallet pays for itself. */
  mode: "standard" | "prefunded";
  /** A venue's code, or `unknown` / `auto`. */
  platform: string;
  /** The Socket.IO room that receives the progress. */
  socketUserId?: string;
};

/**
 * Text whose characters are all visible: no control characters, no half characters (lone surrogates, which not every
 * database can store), no marks that change the direction of writing, no invisible characters.
 */
const visibleText = (max: number) =>
  z
    .string()
    .min(1)
    .max(max)
    .refine(isPlain, "must be text without control characters, and without invisible ones");

export const plainText = (max: number) => visibleText(max).meta({ pattern: PLAIN_TEXT });

/** Ids that callers create or refer to. They are part of URL paths, where `.` and `..` would change the path. */
export const idSchema = visibleText(128)
  .refine(isPathSafe, "must not be . or .., nor have them between slashes")
  .meta({ pattern: PLAIN_ID });

export const newUserSchema = z.strictObject({ id: idSchema, name: plainText(200).optional() });

/** What an amount must be, for the unions that read one. */
export const AMOUNT_WORDS = "must be SOL, as a number or as decimal text like 1.5";

/** The fields of a job, each checked alone. Amounts, modes, platforms and addresses have their own errors. */
export const ctoJobSchema = z.strictObject({
  userId: idSchema,
  userChatId: z.number().int().optional(),
  tokenAddress: z.string().max(64),
  buyAmount: z.union(
    [
      z.number(),
      z.nan(),
      z.literal(Number.POSITIVE_INFINITY),
      z.literal(Number.NEGATIVE_INFINITY),
      z.string().max(40),
    ],
    AMOUNT_WORDS,
  ),
  mode: z.string(`must be one of ${MODES.join(", ")}`).max(64),
  platform: z.string(`must be one of ${PLATFORMS.join(", ")}`).max(64),
  socketUserId: idSchema.optional(),
});

/** Not every database can store a later time. */
const LAST_MOMENT = Date.UTC(2100, 0, 1);
/** A `Date` made of seconds lies in 1970. As the earliest start, it would mean "at once". */
const FIRST_DATE = Date.UTC(2020, 0, 1);

const dateSchema = z
  .date()
  .refine(
    (date) => date.getTime() >= FIRST_DATE,
    "is before 2020: `new Date` takes milliseconds, not seconds",
  );

const momentSchema = z
  .union([dateSchema, z.iso.datetime({ offset: true }).transform((text) => new Date(text))])
  .refine((date) => date.getTime() < LAST_MOMENT, "must be earlier than the year 2100");

export const enqueueOptionsSchema = z.strictObject({
  idempotencyKey: plainText(255).optional(),
  slippageBps: z.number().int().min(0).max(10_000).optional(),
  maxPriceImpactBps: z.number().int().min(0).max(10_000).optional(),
  maxPrice: z
    .string('must be SOL per whole token, as decimal text, in quotes: "0.00000005"')
    .regex(/^\d{1,12}(\.\d{1,30})?$/, {
      message: "must be SOL per whole token, as decimal text like 0.00000005",
      abort: true,
    })
    .regex(/[1-9]/, "must be more than zero")
    .optional(),
  maxPriceDeviationBps: z.number().int().min(0).max(1_000_000).optional(),
  maxTransferFeeBps: z.number().int().min(0).max(10_000).optional(),
  weights: z.array(z.number().int().min(1).max(1_000_000_000)).min(1).max(1_000).optional(),
  walletIds: z.array(idSchema).min(1).max(1_000).optional(),
  skipUnfit: z.boolean().optional(),
  parallelism: z.number().int().min(1).max(256).optional(),
  notBefore: momentSchema.optional(),
  expiresAt: momentSchema.optional(),
  tags: z.array(plainText(50)).min(1).max(10).optional(),
  reference: plainText(128).optional(),
});

/** The options that we add to the job of the original interface. */
export type EnqueueOptions = {
  /**
   * If the key and the data are those of an earlier job, `enqueue` returns that job. The same key with other data is
   * an error.
   */
  idempotencyKey?: string;
  /** How far below its quote a wallet's least amount may be, in bps. Default: CTO_SLIPPAGE_BPS. */
  slippageBps?: number;
  /** The most that the whole operation may move the price, in bps. Default: no limit. */
  maxPriceImpactBps?: number;
  /**
   * The most that each wallet pays for a whole token, in SOL as decimal text, including the venue's fees and the
   * mint's transfer fee. No transaction accepts fewer tokens than this price gives. Default: no cap.
   */
  maxPrice?: string;
  /**
   * How much more expensive than the aggregator's quote a pool may be, in bps, if anyone could have opened that pool;
   * and the aggregator than its own quote before, and than the token's own market that was left for it.
   * Default: the limit that is set for it, or 300.
   */
  maxPriceDeviationBps?: number;
  /** The most that the token's mint may take of every transfer, in bps. Default: 1,000. */
  maxTransferFeeBps?: number;
  /** One positive integer per buyer wallet, in the wallets' order. Default: equal shares. */
  weights?: number[];
  /** The buyer wallets that take part, in the order of the legs. Default: all. */
  walletIds?: string[];
  /**
   * Leaves out wallets that cannot buy: for example, their token account is frozen, belongs to another owner, or
   * requires memos. The other wallets share the whole amount; in a retry, each keeps its own amount. Default: such a
   * wallet makes us refuse the operation, and the error names it.
   */
  skipUnfit?: boolean;
  /** The most legs in flight at the same time. Default: CTO_PARALLELISM. */
  parallelism?: number;
  /**
   * The operation does not begin earlier: a date, or ISO 8601 text. A time in the past means at once. Default: at
   * once.
   */
  notBefore?: Date | string;
  /**
   * From this time on, we sign nothing more for the operation. Transactions in flight are followed to their end.
   * Default: never.
   */
  expiresAt?: Date | string;
  /**
   * The caller's own words to find the operation by; at most ten, each of at most 50 characters. They are not public.
   */
  tags?: string[];
  /** The operation's name in the caller's system. Several operations may have the same reference. It is not public. */
  reference?: string;
};

/** The order of one user's operations: 0 is first, then 1, 2 and so on. The range is BullMQ's. */
export const prioritySchema = z.number().int().min(0).max(2_097_152);

export const modeSchema = z.enum(MODES);
export const platformSchema = z.enum(PLATFORMS);

export type CTOJobState = "waiting" | "active" | "completed" | "failed" | "cancelled" | "not_found";

/** One wallet's outcome. Lamports and token base units are decimal strings, so that JSON keeps them exact. */
export type CTOLegResult = {
  leg: number;
  walletId: string;
  address: Address;
  lamports: string;
  status: StepStatus;
  attempts: number;
  venue?: VenueCode;
  /** The least that any buy of this leg accepts. It is fixed when the operation's first market opens. */
  leastTokens?: string;
  /**
   * Only for a retry: the least that this wallet's leg accepted in the earlier operation. It has no effect any more.
   */
  previousLeastTokens?: string;
  tokensReceived?: string;
  signature?: Signature;
  slot?: string;
  failure?: Failure;
};

/** What one wallet returned. Lamports are decimal strings. */
export type CTOLegRecovery = {
  leg: number;
  walletId: string;
  address: Address;
  /** `none`: there was nothing to return, or nothing could be returned. */
  status: StepStatus | "none";
  /** Includes the rents of closed token accounts; "0" until the transaction has landed. */
  returnedLamports: string;
  /** What belongs to the funding wallet and is still in this wallet. */
  leftLamports: string;
  signature?: Signature;
  slot?: string;
  /** Why something is left, or why there was nothing to return. */
  why?: string;
};

export type CTORecovery = {
  /** `requested`: a worker is handling it, or will. `needs_review`: we cannot prove whether some transaction landed, or a return could not be signed. */
  state: RecoveryState;
  returnedLamports: string;
  legs: CTOLegRecovery[];
  /** Why we refused the whole recovery. */
  failure?: Failure;
};

/** What the return of an operation's funds would bring back now. Amounts are lamports, as decimal strings. */
export type CTORecoveryPreview = {
  /**
   * The address that would receive the funds; null if the buyers paid for themselves, because each of them keeps its
   * own funds.
   */
  fundingAddress: string | null;
  returnLamports: string;
  /** The approximate cost of the transactions. The receiver of the funds pays it. */
  feeLamports: string;
  /** The legs for which no return has begun. */
  legs: {
    leg: number;
    walletId: string;
    address: string;
    /** The part of the wallet's balance that is not its own, calculated from what came in and went out. */
    owedLamports: string;
    /** How much of the owed amount would be returned. */
    returnLamports: string;
    /** The number of token accounts that the operation opened, that are empty, and that would be closed. */
    emptyAccounts: number;
    /** Why only a part of it would be returned, or nothing. */
    why?: string;
  }[];
};

/** A requested wallet that takes no part, because its accounts would have made its buy fail. */
export type CTOLeftOut = {
  /** The position among the requested wallets, from 1. */
  place: number;
  walletId: string;
  address: Address;
  reason: string;
};

/** What we compared the price with before anything was signed. */
export type CTOPriceCheck = {
  /**
   * `ownMarket`: no other party can have opened the market. `aggregator`: the aggregator's quote for the same
   * lamports. `maxPrice`: the caller's cap. `singleSource`: the price is the aggregator's own quote, and no second
   * source was available.
   */
  reference: PriceReference;
  /**
   * How much more expensive than the reference the price was, in bps; a negative number means cheaper. Absent if
   * nothing was compared.
   */
  deviationBps?: number;
  /** The fee that the token's mint takes of every transfer, in bps. */
  transferFeeBps: number;
  /**
   * Wallets show other amounts of this token than we do. `scaled`: multiplied by a figure of its issuer. `interest`:
   * with interest. Our amounts, prices and `maxPrice` have neither. Absent: wallets show the same amounts.
   */
  shownAs?: "scaled" | "interest";
};

/** A leg that landed and received less than its transaction required. It stays landed. */
export type CTOIncident = {
  leg: number;
  address: Address;
  signature: Signature;
  slot: string;
  /** Token base units. */
  received: string;
  least: string;
  failure: Failure;
};

export type CTOResult = {
  /** The venue that was used. The caller's `platform` is only a preference. */
  venue?: VenueCode;
  /** Where the token traded when the operation began. */
  detected?: DetectedPlatform;
  price?: CTOPriceCheck;
  legs: CTOLegResult[];
  /** Absent if every requested wallet has a leg. */
  leftOut?: CTOLeftOut[];
  landed: number;
  /** Legs that received too little, according to their final transactions. Absent if there are none. */
  incidents?: CTOIncident[];
  /** Some legs landed and some did not. */
  partial: boolean;
  /** We cannot prove whether some leg landed; a person must check. */
  needsReview: boolean;
  spentLamports: string;
  tokensReceived?: string;
  /** The return of funds that were left in the wallets. Present once it has been requested. */
  recovery?: CTORecovery;
  costs: { networkLamports: string; priorityLamports: string; rentLamports: string };
};

export type CTOJobStatus =
  | { jobId: string; status: "not_found"; progress: 0 }
  | {
      jobId: string;
      status: Exclude<CTOJobState, "not_found">;
      /** 0 to 100. */
      progress: number;
      data: CTOJob;
      /**
       * The token's own name, cleaned. Absent if it has none, or if the operation has not begun. Anyone may give a
       * token any name.
       */
      tokenLabel?: TokenLabel;
      /** When it ended, in ms since 1970. */
      finishedOn?: number;
      /** When a worker first began it, in ms since 1970. */
      processedOn?: number;
      failedReason?: string;
      failure?: Failure;
      result: CTOResult;
      /** Everything that landed is final. */
      settled: boolean;
      /** The operation whose legs this one buys again. */
      retryOf?: string;
      /** The operation that buys again the legs that did not land in this one. */
      retriedBy?: string;
      tags?: string[];
      reference?: string;
      /** The earliest start, and the time from which nothing is signed, in ms since 1970. */
      notBefore?: number;
      expiresAt?: number;
      /** Someone has halted all signing. The operation waits, unless it is cancelled. */
      halted?: { reason: string };
      receiptUrl?: string;
    };

/** What an operation would get and cost now. Lamports and token base units are decimal strings. */
export type CTOEstimate = {
  /** The venue that would be used. */
  platform: VenueCode;
  /** Where the token trades, independent of the requested platform. */
  detected: DetectedPlatform;
  legs: {
    leg: number;
    walletId: string;
    address: Address;
    lamports: string;
    /** The expected amount if the legs land in order. */
    tokensOut: string;
    /**
     * The least that any of its transactions would accept; what `maxPrice` requires, if the market gives less. A receipt shows
     * it as `leastTokens`.
     */
    minTokensOut: string;
    /** The leg's price is above `maxPrice` now, so it would buy nothing. The totals still count it. */
    aboveMaxPrice?: true;
  }[];
  /** Wallets that cannot buy, and would take no part. */
  leftOut: CTOLeftOut[];
  totalLamports: string;
  totalTokens: string;
  /** The token's own name, cleaned. Absent if it has none. Anyone may give a token any name. */
  tokenLabel?: TokenLabel;
  /** The token's decimals: one whole token is 10^decimals base units. */
  decimals: number;
  /** The cluster's rent rate, which we used to calculate the rents. The rate may change, and the rents with it. */
  lamportsPerByte: string;
  /** SOL per whole token, venue fees included, as decimal text. */
  averagePrice: string;
  priceImpactBps: number;
  price: CTOPriceCheck;
  /**
   * Lamports over all legs. `venue` is part of the amount that is spent on the token; null if the venue does not
   * report it. The other fees are added to that amount.
   */
  fees: { venue: string | null; network: string; priority: string; rent: string };
  /** `count` includes the funding transactions ahead of the buys; `bytes` are the sizes of the buys only. */
  transactions: { count: number; bytes: number[] };
  /**
   * How long the rate limit of Jupiter's plan takes for the builds of all legs, one to three requests each; null if
   * nothing limits it. The legs go out one after the other, each with a blockhash of its own.
   */
  building: {
    requestsPerSecond: number;
    leastSeconds: number;
    mostSeconds: number;
    /** The lifetime of a blockhash, for comparison. */
    blockhashSeconds: number;
  } | null;
  /**
   * `atomic`: one transaction funds a wallet and buys. `two-step`: that transaction would be too large, so funding
   * comes first.
   */
  fundingMode: "atomic" | "two-step";
  /**
   * Lamports over all paying wallets. `leaves`: what leaves them at the fees and rents of now. The operation reads these again, so it is no ceiling: limits are.
   * `stays`: what they must hold beside that. The sum is the `needs` of `shortOfFunds` and of `CTO_E_WALLET_SHORT_OF_FUNDS`.
   */
  funds: { leaves: string; stays: string };
  /** Paying wallets whose balance is lower than the estimate needs now. */
  shortOfFunds: { address: Address; has: string; needs: string }[];
};

/** One numbered progress event. */
export type CTOProgress = OperationEvent & {
  readonly jobId: string;
  readonly seq: number;
  readonly at: Date;
};

/** For the document: no pattern can say which of these texts are addresses. The service does. */
const ADDRESSES = "^[0-9A-Fa-f:.]{2,45}(?:/[0-9]{1,3})?$";

/** The input for a new API key. A key without a user is global; a key with the scope `admin` must be global. */
export const newApiKeySchema = z
  .strictObject({
    name: plainText(100),
    scopes: z.array(z.enum(API_SCOPES)).min(1).max(API_SCOPES.length),
    userId: idSchema.optional(),
    expiresInDays: z
      .number()
      .int()
      .min(1)
      .max(3_650)
      .optional()
      .describe("After so many days it is refused; absent: never"),
    addresses: z
      .array(plainText(64).meta({ pattern: ADDRESSES, format: "ip-or-network" }))
      .min(1)
      .max(100)
      .optional()
      .describe("Addresses and networks (10.0.0.0/8) that it may be used from; absent: anywhere"),
  })
  // The service refuses a key that is bound to a user and has the scope admin. The document says so.
  .meta({ not: { required: ["userId"], properties: { scopes: { contains: { const: "admin" } } } } });

/** How long the replaced key stays valid beside the new one. */
export const rollApiKeySchema = z.strictObject({
  overlapHours: z.number().int().min(0).max(720).default(24),
});
export type ApiKeyRequest = z.infer<typeof newApiKeySchema>;
