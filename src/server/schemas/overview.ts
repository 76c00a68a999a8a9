/** Defines the schemas of the overview, the audit log, a sweep and the localnet's airdrop. */
import { z } from "zod";
import { OPERATION_STATUSES } from "../../engine/ports.ts";
import { addressSchema, amountSchema, timeSchema, wholeNumberText } from "./common.ts";
import { lamportsSchema } from "./limits.ts";

const namedSchema = z.object({ id: z.string(), userId: z.string(), createdAt: timeSchema });

const dayOperationSchema = namedSchema.extend({
  status: z.enum(OPERATION_STATUSES),
  legs: z.number().int().meta({ description: "0 without a plan" }),
  landed: z.number().int(),
  landedLamports: amountSchema,
  tookMs: z.number().nullable().meta({ description: "From its start to its end; null unless it completed" }),
});

const endpointSchema = z.object({
  host: z.string(),
  calls: z.number().int(),
  failures: z.number().int(),
  rateLimited: z.number().int(),
});

export const overviewSchema = z
  .object({
    since: timeSchema,
    isSample: z.boolean().meta({ description: "Only the newest operations of the day were looked at" }),
    operations: z.array(dayOperationSchema).meta({ description: "Of the last 24 hours, newest first" }),
    p50Ms: z.number().nullable(),
    p95Ms: z.number().nullable(),
    spenders: z
      .array(
        z.object({
          userId: z.string(),
          dayLamports: amountSchema.meta({ description: "Spending and costs, as limits count them" }),
          maxLamports: amountSchema.nullable(),
        }),
      )
      .meta({ description: "Those who spent most" }),
    review: z.array(namedSchema).meta({ description: "Waits for a person" }),
    incidents: z.array(namedSchema).meta({ description: "A leg received less than it was signed for" }),
    endpoints: z
      .array(endpointSchema)
      .nullable()
      .meta({ description: "As this server has met them; null for a key that is bound to a user" }),
  })
  .meta({ id: "Overview" });
export type OverviewView = z.infer<typeof overviewSchema>;

export const auditQuerySchema = z.object({
  before: wholeNumberText(1, 2 ** 53 - 1)
    .optional()
    .meta({ description: "Only records with a smaller number" }),
  limit: wholeNumberText(1, 200).default(50),
});

export const auditPageSchema = z.object({
  records: z.array(
    z
      .object({
        seq: z.number().int(),
        at: timeSchema,
        action: z.string(),
        actor: z.string(),
        subject: z.string(),
        details: z.record(z.string(), z.string()),
        hash: z.string().meta({ description: "Over this record and the one before" }),
      })
      .meta({ id: "AuditRecord" }),
  ),
  nextBefore: z.number().int().nullable(),
});
export type AuditPage = z.infer<typeof auditPageSchema>;

export const sweepPreviewSchema = z
  .object({
    funding: z.string(),
    totalLamports: amountSchema,
    feeLamports: amountSchema.meta({ description: "What the funding wallet pays for it, about" }),
    wallets: z.array(
      z.object({
        walletId: z.string(),
        address: z.string(),
        label: z.string().nullable(),
        lamports: amountSchema,
        accounts: z.number().int().meta({ description: "Empty token accounts that are closed" }),
      }),
    ),
  })
  .meta({ id: "SweepPreview" });
export type SweepPreviewView = z.infer<typeof sweepPreviewSchema>;

export const sweepRequestSchema = z.strictObject({
  totalLamports: lamportsSchema.meta({
    description: "What the preview said: if it would be anything else, nothing begins",
  }),
});

export const airdropSchema = z.strictObject({
  address: addressSchema,
  lamports: amountSchema
    .regex(/^[1-9]\d*$/, "must be a whole number of lamports above zero, as decimal text")
    .max(13, "must be at most 9999999999999 lamports, which is less than 10,000 SOL"),
});
