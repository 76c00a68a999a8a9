/**
 * Checks what callers give to functions that change the system: limits, wallets, reasons. The types promise the same, but a
 * caller may have no types, and a wrong value in the journal would stop everybody who reads it.
 */
import { isAddress } from "@solana/kit";
import { z } from "zod";
import { CTOError } from "../errors/index.ts";
import { problemsOf } from "./parse.ts";
import { plainText } from "./types.ts";

const U64_MAX = 2n ** 64n - 1n;

const amount = z.bigint().min(0n).max(U64_MAX).nullable().optional();
const bps = z.number().int().min(0).max(10_000).nullable().optional();
export const addressGiven = z
  .string()
  .max(64)
  .refine((text): boolean => isAddress(text), { message: "is not a Solana address" });
const addresses = z.array(addressGiven).max(1_000).nullable().optional();

/** Changes of limits: null means no limit, undefined removes the field. */
export const limitChangesGiven = z.strictObject({
  maxOperationLamports: amount,
  maxUserDayLamports: amount,
  maxWalletLifetimeLamports: amount,
  maxWallets: z.number().int().min(0).max(1_000_000).nullable().optional(),
  maxSlippageBps: bps,
  maxPriceImpactBps: bps,
  maxPriceDeviationBps: bps,
  allowedMints: addresses,
  deniedMints: addresses,
  allowedPrograms: addresses,
});

/** How many wallets one call creates. More would take minutes, and a typing error would fill the journal. */
export const walletCountGiven = z.number().int().min(1).max(1_000);
export const walletOptionsGiven = z.object({
  role: z.enum(["buyer", "funding"]),
  label: plainText(200).optional(),
});
export const reasonGiven = plainText(500);

/** @throws `CTO_E_USAGE`, which names every wrong field */
export function requireGiven(schema: z.ZodType, value: unknown, name: string): void {
  const parsed = schema.safeParse(value);
  if (parsed.success) return;
  throw new CTOError("CTO_E_USAGE", { problem: problemsOf(parsed.error, name).slice(0, 20).join("; ") });
}
