/** What goes into and comes out of the queue: `CTOJob` of the original interface, our options, statuses and results. */
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

/** One CTO operation as an external application asks for it. */
export type CTOJob = {
  /** The user whose wallets buy. */
  userId: string;
  /** Telegram chat of the user. Default: 0, none. */
  userChatId?: number;
  /** The token's mint, base58. */
  tokenAddress: string;
  /**
   * The total to spend on the token over all wallets, in SOL, as a number or as decimal text ("0.1"); at most nine decimals.
   * Fees and rents come on top. Answers have a number.
   */
  buyAmount: number | string;
  /** `standard`: the user's funding wallet pays. `prefunded`: each buyer wallet pays for itself. */
  mode: "standard" | "prefunded";
  /** A venue's code, or `unknown` / `auto`. */
  platform: string;
  /** Names the Socket.IO room that hears the progress. */
  socketUserId?: string;
};

/**
 * Text that is seen as it is: no control characters, no halves of characters (not every database can keep those), no marks
 * that turn the direction of writing, no invisible characters.
 */
export const plainText = (max: number) =>
  z
    .string()
    .min(1)
    .max(max)
    .regex(
      /^[^\p{Cc}\p{Cs}\u061C\u200B\u200E\u200F\u2028-\u202E\u2060\u2066-\u2069\uFEFF]*$/u,
      "must be text without control characters, and without invisible ones",
    );

/** Ids that callers give or name. They stand in paths of URLs, where `.` and `..` would name something else. */
export const idSchema = plainText(128).regex(
  /^(?!\.{1,2}$)(?!\.{1,2}[/\\])(?!.*[/\\]\.{1,2}([/\\]|$)).*$/u,
  "must not be . or .., nor have them between slashes",
);

export const newUserSchema = z.strictObject({ id: idSchema, name: plainText(200).optional() });

/** The fields of a job, each by itself; amounts, modes, platforms and addresses have errors of their own. */
export const ctoJobSchema = z.strictObject({
  userId: idSchema,
  userChatId: z.number().int().optional(),
  tokenAddress: z.string().max(64),
  buyAmount: z.union([
    z.number(),
    z.nan(),
    z.literal(Number.POSITIVE_INFINITY),
    z.literal(Number.NEGATIVE_INFINITY),
    z.string().max(40),
  ]),
  mode: z.string().max(64),
  platform: z.string().max(64),
  socketUserId: idSchema.optional(),
});

/** Beyond it, not every database can tell the time. */
const LAST_MOMENT = Date.UTC(2100, 0, 1);

const momentSchema = z
  .union([z.date(), z.iso.datetime({ offset: true }).transform((text) => new Date(text))])
  .refine((date) => date.getTime() < LAST_MOMENT, "must be earlier than the year 2100");

export const enqueueOptionsSchema = z.strictObject({
  idempotencyKey: plainText(255).optional(),
  slippageBps: z.number().int().min(0).max(10_000).optional(),
  maxPriceImpactBps: z.number().int().min(0).max(10_000).optional(),
  maxPrice: z
    .string()
    .regex(/^\d{1,12}(\.\d{1,30})?$/, "must be SOL per whole token, as decimal text like 0.00000005")
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

/** What we add to the job of the original interface. */
export type EnqueueOptions = {
  /** The same key with the same data answers the first job; with other data it is an error. */
  idempotencyKey?: string;
  /** The least a wallet accepts below its quote, in bps. Default: CTO_SLIPPAGE_BPS. */
  slippageBps?: number;
  /** The most that the whole operation may move the price, in bps. Default: no limit. */
  maxPriceImpactBps?: number;
  /**
   * The most that each wallet pays for a whole token, in SOL as decimal text: the venue's fees and the mint's transfer
   * fee included. No transaction accepts less than that many tokens. Default: no cap.
   */
  maxPrice?: string;
  /**
   * How much dearer than the aggregator's quote a pool may be that anyone could have opened, in bps. Default: the limit
   * that is set for it, or 300.
   */
  maxPriceDeviationBps?: number;
  /** The most that the token's mint may take of every transfer, in bps. Default: 1,000. */
  maxTransferFeeBps?: number;
  /** One positive integer per buyer wallet, in the wallets' order. Default: equal shares. */
  weights?: number[];
  /** The buyer wallets that take part, in the order of the legs. Default: all. */
  walletIds?: string[];
  /**
   * Leaves out wallets that cannot buy (a frozen token account, one of another owner, one that demands memos, …); the others
   * share the whole amount. Default: such a wallet refuses the operation, and is named.
   */
  skipUnfit?: boolean;
  /** How many legs may be in flight at once. Default: CTO_PARALLELISM. */
  parallelism?: number;
  /** Nothing of it begins earlier: a date, or ISO 8601 text. One that has passed means at once. Default: at once. */
  notBefore?: Date | string;
  /** From then on nothing of it is signed; what is in flight is followed to its end. Default: never. */
  expiresAt?: Date | string;
  /** Your own words to find it by; at most ten of at most 50 characters. They are not public. */
  tags?: string[];
  /** What your own system calls it. Several operations may have the same. It is not public. */
  reference?: string;
};

/** Orders the operations of one user: 0 comes first, then 1, 2 and so on. BullMQ's range. */
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
  /** The least that any buy of this leg accepts: fixed when the operation's first market opened. */
  leastTokens?: string;
  /** Of a retry: the least that this wallet's leg accepted in the operation before. It binds nothing any more. */
  previousLeastTokens?: string;
  tokensReceived?: string;
  signature?: Signature;
  slot?: string;
  failure?: Failure;
};

/** What one wallet gave back. Lamports are decimal strings. */
export type CTOLegRecovery = {
  leg: number;
  walletId: string;
  address: Address;
  /** `none`: there was nothing to give back, or nothing that could be. */
  status: StepStatus | "none";
  /** Rents of closed token accounts included; "0" until it has landed. */
  returnedLamports: string;
  /** What is the funding wallet's by right, and is still in the wallet. */
  leftLamports: string;
  signature?: Signature;
  slot?: string;
  /** Why something is left, or nothing was there. */
  why?: string;
};

export type CTORecovery = {
  /** `requested`: a worker has it, or will. `needs_review`: some transaction's fate cannot be proved. */
  state: RecoveryState;
  returnedLamports: string;
  legs: CTOLegRecovery[];
  /** Why it was refused as a whole. */
  failure?: Failure;
};

/** What the return of an operation's funds would bring back now. Amounts are lamports, as decimal strings. */
export type CTORecoveryPreview = {
  /** Where it would go; null where the buyers paid for themselves, and each keeps what is its own. */
  fundingAddress: string | null;
  returnLamports: string;
  /** About what the transactions cost; whoever is returned to pays it. */
  feeLamports: string;
  /** Those that no return was begun for. */
  legs: {
    leg: number;
    walletId: string;
    address: string;
    /** What conservation says is not the wallet's own. */
    owedLamports: string;
    /** How much of that would go back. */
    returnLamports: string;
    /** Token accounts that the operation opened, that are empty, and that would be closed. */
    emptyAccounts: number;
    /** Why not all of it, or none. */
    why?: string;
  }[];
};

/** A wallet that was asked for and takes no part, because its accounts would have made its buy fail. */
export type CTOLeftOut = {
  /** From 1, among the wallets that were asked for. */
  place: number;
  walletId: string;
  address: Address;
  reason: string;
};

/** What the price was held against before anything was signed. */
export type CTOPriceCheck = {
  /**
   * `ownMarket`: no stranger can have opened the market. `aggregator`: its quote for the same lamports. `maxPrice`: the
   * caller's cap. `singleSource`: it is the aggregator's own quote, and nothing else was at hand.
   */
  reference: PriceReference;
  /** How much dearer than the reference it was, in bps; negative: cheaper. Absent where nothing was compared. */
  deviationBps?: number;
  /** What the token's mint takes of every transfer, in bps. */
  transferFeeBps: number;
};

/** A leg that landed and received less than its transaction was signed for. It stays landed. */
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
  /** The venue that was used; the caller's `platform` is a preference. */
  venue?: VenueCode;
  /** Where the token traded when the operation began. */
  detected?: DetectedPlatform;
  price?: CTOPriceCheck;
  legs: CTOLegResult[];
  /** Absent: every wallet that was asked for has a leg. */
  leftOut?: CTOLeftOut[];
  landed: number;
  /** Legs that received too little, as their final transactions say. Absent: none. */
  incidents?: CTOIncident[];
  /** Some legs landed and some did not. */
  partial: boolean;
  /** Some leg's fate cannot be proved; a person must look. */
  needsReview: boolean;
  spentLamports: string;
  tokensReceived?: string;
  /** The return of what was left in the wallets, once it has been asked for. */
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
      /** What the token calls itself, cleaned; absent: nothing, or the operation has not begun. Anyone may give a token any name. */
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
      /** The operation that buys again what this one did not. */
      retriedBy?: string;
      tags?: string[];
      reference?: string;
      /** When it may begin, and until when it may be signed, in ms since 1970. */
      notBefore?: number;
      expiresAt?: number;
      /** Somebody has stopped all signing: the operation waits, unless it is cancelled. */
      halted?: { reason: string };
      receiptUrl?: string;
    };

/** What an operation would get and cost now. Lamports and token base units are decimal strings. */
export type CTOEstimate = {
  /** The venue that would be used. */
  platform: VenueCode;
  /** Where the token trades, whatever was asked for. */
  detected: DetectedPlatform;
  legs: {
    leg: number;
    walletId: string;
    address: Address;
    lamports: string;
    /** Expected when the legs land in order. */
    tokensOut: string;
    /** The least that its transaction would accept. */
    minTokensOut: string;
  }[];
  /** Wallets that cannot buy, and would take no part. */
  leftOut: CTOLeftOut[];
  totalLamports: string;
  totalTokens: string;
  /** What the token calls itself, cleaned; absent: nothing. Anyone may give a token any name. */
  tokenLabel?: TokenLabel;
  /** Of the token: one whole token is 10^decimals base units. */
  decimals: number;
  /** The cluster's rent rate, which the rents are reckoned at: it moves, and they with it. */
  lamportsPerByte: string;
  /** SOL per whole token, venue fees included, as decimal text. */
  averagePrice: string;
  priceImpactBps: number;
  price: CTOPriceCheck;
  /** Lamports over all legs. `venue` is part of what is spent on the token, null where the venue does not tell; the others come on top. */
  fees: { venue: string | null; network: string; priority: string; rent: string };
  /** `count` includes the funding ahead of the buys; `bytes` are those of the buys. */
  transactions: { count: number; bytes: number[] };
  /** `atomic`: each wallet is funded and buys in one transaction. `two-step`: that does not fit, so funding comes first. */
  fundingMode: "atomic" | "two-step";
  /** Paying wallets that hold less than they would need now. */
  shortOfFunds: { address: Address; has: string; needs: string }[];
};

/** One numbered progress event. */
export type CTOProgress = OperationEvent & {
  readonly jobId: string;
  readonly seq: number;
  readonly at: Date;
};

/** What an API key is made with. Without a user it is global; with the scope `admin` it must be. */
export const newApiKeySchema = z.strictObject({
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
    .array(plainText(64))
    .min(1)
    .max(100)
    .optional()
    .describe("Addresses and networks (10.0.0.0/8) that it may be used from; absent: anywhere"),
});

/** How long the key that is replaced goes on, beside the new one. */
export const rollApiKeySchema = z.strictObject({
  overlapHours: z.number().int().min(0).max(720).default(24),
});
export type ApiKeyRequest = z.infer<typeof newApiKeySchema>;
