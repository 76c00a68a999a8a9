/** Defines the schema of the public receipt as JSON. It matches the type in `receipts/types.ts`. */
import { z } from "zod";
import { MODES, OPERATION_STATUSES, PLATFORMS, STEP_STATUSES, VENUES } from "../../engine/operation/model.ts";
import { fundersSchema, leftOffSchema, saleSchema, termsBodySchema, unreadSchema } from "./calls.ts";
import { amountSchema, timeSchema } from "./common.ts";
import { priceCheckSchema, tokenLabelSchema } from "./operations.ts";

/** Without a remedy, because the readers of a receipt cannot act on it. */
const publicFailureSchema = z.object({ code: z.string(), message: z.string() });

const receiptLegSchema = z.object({
  leg: z.number().int(),
  address: z.string(),
  payer: z.string().optional(),
  lamports: amountSchema,
  status: z.enum(STEP_STATUSES),
  leastTokens: amountSchema
    .optional()
    .meta({ description: "No transaction of this leg accepts fewer token base units" }),
  tokens: amountSchema.optional(),
  price: z.string().optional().meta({ description: "SOL per whole token" }),
  signature: z.string().optional(),
  slot: amountSchema.optional(),
  memo: z.string().meta({ description: "What the transaction says on chain, signed by the wallet" }),
  failure: publicFailureSchema.optional(),
  caller: z.literal(true).optional().meta({ description: "Of a call: one of the caller's own wallets" }),
  funder: z.string().optional().meta({
    description: "Of a call: who paid for the wallet's first incoming transaction, or `unknown`",
  }),
  signed: z
    .literal(true)
    .optional()
    .meta({ description: "Of a call: the member returned a signed transaction" }),
});

const sumSchema = z.object({ wallets: z.number().int(), lamports: amountSchema });

const receiptCallSchema = z.object({
  terms: termsBodySchema,
  termsHash: z.string(),
  announcement: z.string().optional(),
  pledged: sumSchema,
  signed: sumSchema,
  dropped: z.number().int().meta({ description: "Members who signed, and whose transaction did not land" }),
  released: z
    .boolean()
    .meta({ description: "Signatures for the least were in hand, so what was signed was sent" }),
  leastLanded: z.boolean().meta({ description: "What landed reaches the least in lamports and wallets" }),
  funders: fundersSchema.optional(),
  sales: z.array(saleSchema),
  salesLeftOff: leftOffSchema,
  salesUnread: unreadSchema,
});

const recoverySchema = z.object({
  leg: z.number().int(),
  address: z.string(),
  lamports: amountSchema,
  status: z.enum(STEP_STATUSES),
  signature: z.string(),
  slot: amountSchema.optional(),
  memo: z.string(),
});

const incidentSchema = z.object({
  leg: z.number().int(),
  address: z.string(),
  signature: z.string(),
  slot: amountSchema,
  received: z.string(),
  least: amountSchema,
});

export const receiptSchema = z
  .object({
    receipt: z.literal(1),
    operationId: z.string(),
    purpose: z.literal("sweep").optional().meta({ description: "Absent: it buys" }),
    genesisHash: z.string().optional().meta({ description: "Of the cluster that it ran on" }),
    retryOf: z.string().optional().meta({ description: "The operation that this one retries" }),
    retriedBy: z.string().optional().meta({ description: "The operation that retries this one" }),
    status: z.enum(OPERATION_STATUSES),
    settled: z.boolean(),
    partial: z.boolean(),
    asked: z.object({
      token: z.string(),
      tokenLabel: tokenLabelSchema.optional(),
      lamports: amountSchema,
      mode: z.enum(MODES),
      platform: z.enum(PLATFORMS),
      at: timeSchema,
    }),
    split: z.string().meta({ description: "The rule of the amounts, in words" }),
    venue: z.enum(VENUES).optional(),
    price: priceCheckSchema.optional(),
    decimals: z.number().int().optional(),
    call: receiptCallSchema.optional().meta({ description: "Of an open call" }),
    legs: z.array(receiptLegSchema),
    totals: z.object({
      legs: z.number().int(),
      landed: z.number().int(),
      lamports: amountSchema,
      tokens: amountSchema.optional(),
      price: z.string().optional(),
    }),
    incidents: z.array(incidentSchema).optional().meta({
      description: "Wallets that received fewer token base units than they signed for, as the chain shows",
    }),
    recovered: z
      .array(recoverySchema)
      .optional()
      .meta({ description: "What wallets have returned to the funding wallet" }),
    costs: z.object({
      networkLamports: amountSchema,
      priorityLamports: amountSchema,
      rentLamports: amountSchema,
    }),
    failure: publicFailureSchema.optional(),
    finishedAt: timeSchema.optional(),
    verify: z.string(),
  })
  .meta({ id: "Receipt", description: "Fields that are not known yet are absent" });
