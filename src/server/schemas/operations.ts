/** Defines the schemas of operations in requests and responses. */
import { z } from "zod";
import {
  AMOUNT_WORDS,
  ctoJobSchema,
  enqueueOptionsSchema,
  idSchema,
  prioritySchema,
} from "../../contract/types.ts";
import {
  DETECTED,
  MODES,
  OPERATION_STATUSES,
  PLATFORMS,
  PRICE_REFERENCES,
  RECOVERY_STATES,
  SHOWN_AS,
  STEP_KINDS,
  STEP_STATUSES,
  VENUES,
} from "../../engine/operation/model.ts";
import {
  amountSchema,
  failureSchema,
  mintText,
  problemSchema,
  timeSchema,
  wholeNumberText,
} from "./common.ts";

const momentSchema = z.iso.datetime({ offset: true });

/** The document has the words; the queue refuses others with an error that names them. */
const oneOf = (words: readonly string[]): string => `^(${words.join("|")})$`;

const job = ctoJobSchema.shape;
const options = enqueueOptionsSchema.shape;

/** The request for an operation, with the queue's own fields. The queue checks their meanings, as for all callers. */
export const operationRequestSchema = z
  .strictObject({
    userId: job.userId,
    userChatId: job.userChatId.meta({ description: "Telegram chat of the user; 0 where it is absent" }),
    tokenAddress: job.tokenAddress.meta({ ...mintText.meta(), description: "The token's mint, base58" }),
    buyAmount: z.union([z.number(), z.string().max(40)], AMOUNT_WORDS).meta({
      description: "SOL to spend over all wallets, at most nine decimals; fees and rents come on top",
      examples: [1.5, "0.000000001"],
    }),
    mode: job.mode.meta({
      description: `Who pays: ${MODES.join(" or ")}`,
      examples: [...MODES],
      pattern: oneOf(MODES),
    }),
    platform: job.platform.meta({
      description: PLATFORMS.join(", "),
      examples: ["auto"],
      pattern: oneOf(PLATFORMS),
    }),
    socketUserId: job.socketUserId.meta({ description: "Names the Socket.IO room that hears the progress" }),
    priority: prioritySchema
      .optional()
      .meta({ description: "Orders the user's operations: 0 comes first, then 1, 2 and so on" }),
    slippageBps: options.slippageBps,
    maxPriceImpactBps: options.maxPriceImpactBps,
    maxPrice: options.maxPrice.meta({
      description:
        "The most that each wallet pays for a whole token, in SOL, the venue's fees and the mint's transfer fee included",
      examples: ["0.00000005"],
    }),
    maxPriceDeviationBps: options.maxPriceDeviationBps.meta({
      description:
        "How much dearer than the aggregator's quote a pool may be that anyone could have opened, and how much dearer the aggregator may be than its own quote before and than the token's own market",
    }),
    maxTransferFeeBps: options.maxTransferFeeBps.meta({
      description: "The most that the token's mint may take of every transfer; 1000 where it is absent",
    }),
    weights: options.weights,
    walletIds: options.walletIds,
    skipUnfit: options.skipUnfit.meta({
      description:
        "Leaves out wallets that cannot buy; the others share the whole amount, or keep their own amounts in a retry. Otherwise such a wallet refuses the operation",
    }),
    parallelism: options.parallelism,
    notBefore: momentSchema.optional().meta({
      description: "Nothing of it begins earlier; one that has passed means at once",
    }),
    expiresAt: momentSchema.optional().meta({
      description: "From then on nothing of it is signed; what is in flight is followed to its end",
    }),
    tags: options.tags.meta({ description: "Your own words to find it by; not public" }),
    reference: options.reference.meta({ description: "What your own system calls it; not public" }),
  })
  .meta({ id: "OperationRequest" });
export type OperationRequestBody = z.infer<typeof operationRequestSchema>;

export const idempotencyKeySchema = options.idempotencyKey.meta({
  description: "The same key with the same data answers the first operation; with other data it is refused",
});

/** The reference with which the market's price was compared. */
export const priceCheckSchema = z
  .object({
    reference: z.enum(PRICE_REFERENCES).meta({
      description:
        "ownMarket: no stranger can have opened it; aggregator: its quote for the same lamports; maxPrice: the caller's cap; singleSource: the aggregator's own quote, which nothing was held against",
    }),
    deviationBps: z
      .number()
      .int()
      .optional()
      .meta({ description: "How much dearer than the reference; negative: cheaper. Absent: not compared" }),
    transferFeeBps: z.number().int().meta({ description: "What the mint takes of every transfer" }),
    shownAs: z.enum(SHOWN_AS).optional().meta({
      description:
        "scaled: wallets show the token's amounts multiplied by a figure of its issuer; interest: with interest. Amounts and prices here have neither. Absent: wallets show the same",
    }),
  })
  .meta({ id: "PriceCheck" });

/** The text is cleaned: characters that could mislead a reader or control a display are removed. */
export const tokenLabelSchema = z
  .object({
    symbol: z.string().meta({ description: "Empty where it has none" }),
    name: z.string().meta({ description: "Empty where it has none" }),
    unverified: z.literal(true),
  })
  .meta({
    id: "TokenLabel",
    description:
      "What the token calls itself. Anyone may give a token any name: only the address tells which it is",
  });

export const operationSchema = z.object({
  id: z.string(),
  status: z.enum(OPERATION_STATUSES),
  progress: z.number().min(0).max(100),
  userId: z.string(),
  userChatId: z.number(),
  tokenAddress: z.string(),
  tokenLabel: tokenLabelSchema
    .nullable()
    .meta({ description: "As it was when the operation began; null: none, or it has not begun" }),
  mode: z.enum(MODES),
  platform: z.enum(PLATFORMS),
  detected: z.enum(DETECTED).nullable(),
  venue: z.enum(VENUES).nullable(),
  buyLamports: amountSchema,
  socketUserId: z.string().nullable(),
  priority: z.number(),
  slippageBps: z.number(),
  maxPriceImpactBps: z.number().nullable(),
  maxPrice: z.string().nullable(),
  maxPriceDeviationBps: z.number().nullable(),
  maxTransferFeeBps: z.number().nullable(),
  price: priceCheckSchema.nullable(),
  weights: z.array(z.number()).nullable(),
  walletIds: z.array(z.string()).nullable(),
  skipUnfit: z.boolean(),
  parallelism: z.number(),
  notBefore: timeSchema.nullable().meta({ description: "Nothing of it begins earlier" }),
  expiresAt: timeSchema.nullable().meta({ description: "From then on nothing of it is signed" }),
  tags: z.array(z.string()),
  reference: z.string().nullable(),
  retryOf: z
    .string()
    .nullable()
    .meta({ description: "The operation of which it buys again what did not land" }),
  idempotencyKey: z.string().nullable(),
  cancelRequested: z.boolean(),
  partial: z.boolean(),
  settled: z.boolean().meta({ description: "Everything that landed is final" }),
  failure: failureSchema.nullable(),
  createdAt: timeSchema,
  startedAt: timeSchema.nullable(),
  finishedAt: timeSchema.nullable(),
  receiptUrl: z.string(),
});
export type OperationView = z.infer<typeof operationSchema>;

export const legSchema = z
  .object({
    leg: z.number().int(),
    walletId: z.string(),
    address: z.string(),
    lamports: amountSchema,
    status: z.enum(STEP_STATUSES),
    attempts: z.number().int(),
    venue: z.enum(VENUES).nullable(),
    leastTokens: amountSchema
      .nullable()
      .meta({ description: "No buy of this leg accepts less; null before the first market has opened" }),
    previousLeastTokens: amountSchema.nullable().meta({
      description: "Of a retry: what this wallet's leg accepted at least in the operation before",
    }),
    tokensReceived: amountSchema.nullable(),
    signature: z.string().nullable(),
    slot: amountSchema.nullable(),
    failure: failureSchema.nullable(),
  })
  .meta({ id: "Leg", description: "One wallet's part" });
export type LegView = z.infer<typeof legSchema>;

const costsSchema = z.object({
  networkLamports: amountSchema,
  priorityLamports: amountSchema,
  rentLamports: amountSchema,
});

export const totalsSchema = z.object({
  legs: z.number().int(),
  landed: z.number().int(),
  spentLamports: amountSchema,
  tokensReceived: amountSchema.nullable(),
  needsReview: z.boolean(),
  costs: costsSchema,
});

export const leftOutSchema = z
  .object({
    place: z.number().int().meta({ description: "From 1, among the wallets that were asked for" }),
    walletId: z.string(),
    address: z.string(),
    reason: z.string(),
  })
  .meta({
    id: "LeftOut",
    description: "A wallet that takes no part, because its accounts cannot take a buy",
  });

export const incidentSchema = z
  .object({
    leg: z.number().int(),
    address: z.string(),
    signature: z.string(),
    slot: amountSchema,
    received: z
      .string()
      .meta({ description: "Token base units that the final transaction brought the wallet" }),
    least: amountSchema.meta({ description: "The least that the transaction was signed for" }),
    failure: failureSchema,
  })
  .meta({
    id: "Incident",
    description: "A leg that landed and received less than it was signed for. It stays landed",
  });

export const operationDetailSchema = operationSchema
  .extend({
    halted: z
      .object({ reason: z.string() })
      .nullable()
      .meta({ description: "Somebody has stopped all signing: the operation waits" }),
    legs: z.array(legSchema),
    retriedBy: z
      .string()
      .nullable()
      .meta({ description: "The operation that buys again what this one did not" }),
    restored: z.boolean().meta({
      description:
        "It came from a backup. Without legs it cannot be retried: it may have bought after the backup",
    }),
    leftOut: z.array(leftOutSchema),
    incidents: z.array(incidentSchema),
    totals: totalsSchema,
    recovery: z
      .object({
        state: z.enum(RECOVERY_STATES),
        returnedLamports: amountSchema,
        leftLamports: amountSchema.meta({ description: "The funding wallet's by right, and not there yet" }),
      })
      .nullable()
      .meta({ description: "The return of what was left in the wallets, once it has been asked for" }),
  })
  .meta({ id: "OperationDetail" });
export type OperationDetail = z.infer<typeof operationDetailSchema>;

export const stepSchema = z
  .object({
    id: z.string(),
    kind: z.enum(STEP_KINDS),
    leg: z.number().int().meta({ description: "The leg's number; of a fund step the batch's" }),
    status: z.enum(STEP_STATUSES),
    failure: failureSchema.nullable(),
    attempts: z.array(
      z.object({
        number: z.number().int(),
        status: z.enum(["live", "landed", "dead"]),
        signature: z.string(),
        venue: z.enum(VENUES).nullable(),
        quotedTokensOut: amountSchema
          .nullable()
          .meta({ description: "What the venue quoted when it was signed" }),
        minTokensOut: amountSchema.nullable().meta({ description: "The least that it accepts" }),
        costs: costsSchema,
        slot: amountSchema.nullable(),
        reason: z.string().nullable(),
        blockhash: z.string(),
        lastValidBlockHeight: amountSchema,
        createdAt: timeSchema,
      }),
    ),
  })
  .meta({ id: "Step", description: "What must land at most once, with every transaction signed for it" });
export type StepView = z.infer<typeof stepSchema>;

/** All other fields depend on the event's type: see the types of events in docs/api.md. */
export const eventSchema = z
  .looseObject({
    jobId: z.string(),
    seq: z.number().int().meta({ description: "From 1, without gaps, per operation" }),
    at: timeSchema,
    type: z.string(),
    progress: z.number(),
  })
  .meta({ id: "Event" });
export type EventView = z.infer<typeof eventSchema>;

export const eventsQuerySchema = z.object({
  after: wholeNumberText(0, 2_147_483_647).default(0),
  limit: wholeNumberText(1, 1_000).default(200),
});

/** For a stream that resumes after an interruption. */
export const eventsHeadersSchema = z.object({
  "last-event-id": wholeNumberText(0, 2_147_483_647).optional(),
});

export const operationIdSchema = z.object({ id: idSchema });

export const cancelAnswerSchema = z.object({
  success: z.boolean(),
  message: z.string().nullable(),
  error: z.string().nullable(),
});
export type CancelAnswer = z.infer<typeof cancelAnswerSchema>;

const statusSchema = z.enum(OPERATION_STATUSES);

export const listQuerySchema = z.object({
  status: z
    .union([statusSchema, z.array(statusSchema).max(OPERATION_STATUSES.length)])
    .optional()
    .meta({ description: "May be repeated" }),
  userId: idSchema.optional(),
  tokenAddress: idSchema.optional(),
  wallet: idSchema.optional().meta({ description: "The address or the id of a wallet that takes part" }),
  createdAfter: momentSchema.optional().meta({ description: "At this time or later" }),
  createdBefore: momentSchema.optional().meta({ description: "Earlier than this" }),
  search: idSchema
    .optional()
    .meta({ description: "The beginning of an operation's id, a token's address, a tag, or a reference" }),
  tag: idSchema.optional().meta({ description: "One of its tags" }),
  reference: idSchema.optional().meta({ description: "What the caller's own system calls it" }),
  incidents: z.literal("true").optional().meta({ description: "Only those with an incident" }),
  limit: wholeNumberText(1, 100).default(20),
  cursor: idSchema.optional().meta({ description: "`nextCursor` of the page before" }),
});
export type ListQuery = z.infer<typeof listQuerySchema>;
export type ListFilter = z.input<typeof listQuerySchema>;

/** An operation in a list, with the number of its legs, and how many of them have landed. */
const listedOperationSchema = operationSchema
  .extend({
    legs: z.number().int().meta({ description: "0 until the plan is written" }),
    landed: z.number().int(),
  })
  .meta({ id: "Operation" });
export type ListedOperation = z.infer<typeof listedOperationSchema>;

export const operationListSchema = z.object({
  operations: z.array(listedOperationSchema),
  nextCursor: z.string().nullable(),
});

/** One operation of a batch. */
export const batchItemSchema = operationRequestSchema
  .extend({ idempotencyKey: idempotencyKeySchema })
  .meta({ id: "BatchItem" });

export const batchSchema = z.strictObject({
  operations: z
    .array(z.union([batchItemSchema, z.looseObject({})]))
    .min(1)
    .max(100)
    .meta({ description: "Each is accepted or refused by itself, one of another form, too" }),
});

export const batchAnswerSchema = z.object({
  results: z.array(
    z.union([
      z.object({ status: z.union([z.literal(200), z.literal(201)]), operation: operationDetailSchema }),
      z.object({ status: z.number().int(), problem: problemSchema }),
    ]),
  ),
});
export type BatchItem = z.infer<typeof batchItemSchema>;
export type BatchResult = z.infer<typeof batchAnswerSchema>["results"][number];
