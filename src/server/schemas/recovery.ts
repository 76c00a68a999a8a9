/** The return of what an operation has left in its wallets, as the API takes and answers it. */
import { z } from "zod";
import { RECOVERY_STATES, STEP_STATUSES } from "../../engine/model.ts";
import { amountSchema, failureSchema } from "./common.ts";

export const recoverRequestSchema = z
  .strictObject({
    waitSeconds: z.number().int().min(0).max(30).optional().meta({ description: "Default 5" }),
  })
  .nullish();

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
