/** Defines the schemas of the review of unproved steps: the evidence, and a person's decision. */
import { z } from "zod";
import { idSchema } from "../../contract/types.ts";
import { OPERATION_STATUSES, RESOLUTIONS } from "../../engine/operation/model.ts";
import { amountSchema, noteSchema, timeSchema } from "./common.ts";

const attemptSchema = z.object({
  number: z.number().int(),
  signature: z.string(),
  signedAt: timeSchema,
  lastValidBlockHeight: amountSchema,
  blockhashSlot: amountSchema,
  endpoints: z.array(z.object({ endpoint: z.string(), finalizedHeight: amountSchema, says: z.string() })),
});

export const reviewSchema = z
  .object({
    operationId: z.string(),
    status: z.enum(OPERATION_STATUSES),
    steps: z.array(
      z.object({
        stepId: z.string(),
        leg: z.number().int(),
        status: z.enum(["needs_review", "ready"]).meta({
          description:
            "`ready`: a return that could not be signed; nothing of it can land, and it can only be ended (`dead`)",
        }),
        address: z.string().nullable(),
        lamports: amountSchema.nullable(),
        failure: z
          .object({ code: z.string(), message: z.string(), remedy: z.string().nullable() })
          .nullable(),
        attempts: z.array(attemptSchema),
        conclusion: z.string().meta({ description: "What all of it proves, in words" }),
      }),
    ),
  })
  .meta({ id: "Review" });
export type ReviewView = z.infer<typeof reviewSchema>;

export const decisionSchema = z.strictObject({
  step: idSchema.meta({ description: "The step's id" }),
  resolution: z.enum(RESOLUTIONS),
  reason: noteSchema.meta({ description: "For the record" }),
  force: z.boolean().optional().meta({
    description: "Although the evidence does not bear it out; never against a landed transaction",
  }),
});
