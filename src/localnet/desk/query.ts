/** Parses the parameters of `GET /swap/v2/build`, according to Jupiter's OpenAPI document. */
import { type Address, address, isAddress } from "@solana/kit";
import { z } from "zod";

const addressSchema = z
  .string()
  .refine(isAddress, "not an address")
  .transform((text): Address => address(text));

const integer = (least: number, most: number) => z.coerce.number().int().min(least).max(most);

/**
 * The desk does not support some of the parameters that change the result (other destinations, fees, tips, a choice
 * of exchanges). They are unknown keys here, so we refuse them and do not silently ignore them.
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
  // These have no effect on a single hop that the desk itself fills.
  mode: z.literal("fast").optional(),
  maxAccounts: integer(1, 64).optional(),
  blockhashSlotsToExpiry: integer(1, 300).optional(),
  computeUnitPricePercentile: z
    .union([z.enum(["medium", "high", "veryHigh"]), integer(0, 10_000)])
    .optional(),
  forJitoBundle: z.enum(["true", "false"]).optional(),
});

export type BuildQuery = z.infer<typeof buildQuerySchema>;
