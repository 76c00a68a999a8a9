/** The parameters of `GET /swap/v2/build`, as Jupiter's OpenAPI document has them. */
import { type Address, address, isAddress } from "@solana/kit";
import { z } from "zod";

const addressSchema = z
  .string()
  .refine(isAddress, "not an address")
  .transform((text): Address => address(text));

const integer = (least: number, most: number) => z.coerce.number().int().min(least).max(most);

/**
 * Parameters that would change what the desk has to build, and that it does not offer (other destinations, fees, tips,
 * a choice of exchanges), are unknown keys here and refused, rather than passed over in silence.
 */
export const buildQuerySchema = z.strictObject({
  inputMint: addressSchema,
  outputMint: addressSchema,
  /** Lamports. */
  amount: z
    .string()
    .regex(/^[1-9]\d{0,18}$/, "not a positive integer")
    .transform((text) => BigInt(text)),
  taker: addressSchema,
  payer: addressSchema.optional(),
  slippageBps: integer(0, 10_000).default(50),
  wrapAndUnwrapSol: z.literal("true").optional(),
  // Without meaning for a single hop that the desk itself fills.
  mode: z.literal("fast").optional(),
  maxAccounts: integer(1, 64).optional(),
  blockhashSlotsToExpiry: integer(1, 300).optional(),
  computeUnitPricePercentile: z
    .union([z.enum(["medium", "high", "veryHigh"]), integer(0, 10_000)])
    .optional(),
  forJitoBundle: z.enum(["true", "false"]).optional(),
});

export type BuildQuery = z.infer<typeof buildQuerySchema>;
