/** Defines the schemas of the return of an operation's unspent funds, in requests and responses. */
import { z } from "zod";
import { RECOVERY_STATES, STEP_STATUSES } from "../../engine/operation/model.ts";
import { amountSchema, failureSchema, wholeNumberText } from "./common.ts";

export const recoverRequestSchema = z
  .strictObject({
    waitSeconds: z.number().int().min(0).max(30).optional().meta({ description: "Default 5" }),
  })
  .nullish();

export const previewQuerySchema = z.strictObject({
  waitSeconds: wholeNumberText(0, 30)
    .default(5)
    .meta({ description: "How long to wait for the operation to be final" }),
});

export const recoveryPreviewSchema = z
  .object({
    jobId: z.string(),
    fundingAddress: z.string().nullable().meta({
      description: "Where it would go; null where the buyers paid for themselves, and each keeps its own",
    }),
    returnLamports: amountSchema,
    feeLamports: amountSchema.meta({ description: "About; paid by whom it is returned to" }),
    legs: z
      .array(
        z.object({
          leg: z.number().int(),
          walletId: z.string(),
          address: z.string(),
          owedLamports: amountSchema.meta({ description: "What conservation says is not the wallet's own" }),
          returnLamports: amountSchema,
          emptyAccounts: z.number().int().meta({ description: "Token accounts that would be closed" }),
          why: z.string().nullable().meta({ description: "Why not all of it, or none" }),
        }),
      )
      .meta({ description: "Those that no return was begun for" }),
  })
  .meta({ id: "RecoveryPreview" });
export type RecoveryPreviewView = z.infer<typeof recoveryPreviewSchema>;

export const recoverySchema = z
  .object({
    jobId: z.string(),
    state: z.enum(RECOVERY_STATES),
    returnedLamports: amountSchema,
    failure: failureSchema.nullable(),
    legs: z.array(
      z.object({
        leg: z.number().int(),
        walletId: z.string(),
        address: z.string(),
        status: z.enum([...STEP_STATUSES, "none"]),
        returnedLamports: amountSchema,
        leftLamports: amountSchema.meta({ description: "The funding wallet's by right, and still there" }),
        signature: z.string().nullable(),
        slot: amountSchema.nullable(),
        why: z.string().nullable(),
      }),
    ),
  })
  .meta({ id: "Recovery" });
export type RecoveryView = z.infer<typeof recoverySchema>;
