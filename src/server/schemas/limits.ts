/** Defines the schemas of limits and of the halt in requests and responses. */
import { z } from "zod";
import { U64_TEXT } from "../../contract/text-patterns.ts";
import { addressSchema, amountSchema, timeSchema } from "./common.ts";

export const haltSchema = z
  .object({ by: z.string(), reason: z.string(), at: timeSchema })
  .meta({ id: "Halt", description: "Somebody has stopped all new signatures" });
export type HaltView = z.infer<typeof haltSchema>;

export const lamportsSchema = amountSchema
  .max(20, { message: "is more lamports than there are", abort: true })
  .regex(new RegExp(U64_TEXT), "is more lamports than there are");
const countSchema = z.number().int().min(0).max(1_000_000);
const bpsSchema = z.number().int().min(0).max(10_000);
const addressesSchema = z.array(addressSchema).max(1_000);

/** A value is a limit, null means no limit, and an absent field means that the set does not define it. */
export const limitSetSchema = z
  .strictObject({
    maxOperationLamports: lamportsSchema.nullable(),
    maxUserDayLamports: lamportsSchema.nullable(),
    maxWalletLifetimeLamports: lamportsSchema.nullable(),
    maxWallets: countSchema.nullable(),
    maxSlippageBps: bpsSchema.nullable(),
    maxPriceImpactBps: bpsSchema.nullable(),
    maxPriceDeviationBps: bpsSchema.nullable(),
    allowedMints: addressesSchema.nullable(),
    deniedMints: addressesSchema.nullable(),
    allowedPrograms: addressesSchema.nullable(),
  })
  .partial()
  .meta({ id: "LimitSet" });
export type LimitSetView = z.infer<typeof limitSetSchema>;

const partsSchema = z
  .object({
    spending: amountSchema.meta({ description: "SOL spent on tokens, counted on the wallet that buys" }),
    costs: amountSchema.meta({
      description: "Fees, rents and rent-exempt minimums, counted on the wallet that pays them",
    }),
  })
  .meta({ id: "SpendingParts", description: "What limits count, in lamports" });

export const limitsSchema = z.object({
  everyone: limitSetSchema.nullable().meta({ description: "Null: never set" }),
  own: limitSetSchema.nullable(),
  spending: z
    .object({
      dayLamports: amountSchema.meta({ description: "Within the last 24 hours, spending and costs" }),
      day: partsSchema,
      wallets: z
        .record(z.string(), amountSchema)
        .meta({ description: "Ever, by the wallet's id, spending and costs" }),
      walletParts: z.record(z.string(), partsSchema),
    })
    .nullable(),
});
export type LimitsAnswer = z.infer<typeof limitsSchema>;
