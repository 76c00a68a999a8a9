/**
 * Defines the terms of a call, as the caller publishes them. They are stated once and never change. Each value has one
 * spelling, so that equal terms have equal hashes.
 */
import { type Address, isAddress, type Lamports } from "@solana/kit";
import { z } from "zod";
import { CALL_ID } from "../engine/calls/call-memo.ts";
import { MEMBERS_AT_MOST } from "../engine/calls/muster.ts";
import { PLATFORMS } from "../engine/ports.ts";

/** The most wallets of one call. */
export const WALLETS_AT_MOST = MEMBERS_AT_MOST;

const U64_MAX = 2n ** 64n - 1n;

export const addressSchema = z
  .string()
  .refine((text): boolean => isAddress(text), "must be a Solana address")
  .transform((text) => text as Address);

/** An amount of base units as decimal text. */
export const unitsSchema = z
  .string()
  .regex(/^(0|[1-9]\d{0,19})$/, "must be base units, as decimal text without leading zeros")
  .refine((text) => BigInt(text) <= U64_MAX, "must be less than 2^64");

export const lamportsSchema = unitsSchema.refine((text) => text !== "0", "must be more than zero");

/** A moment in UTC, whole seconds: the one spelling of it. */
export const secondSchema = z
  .string()
  .regex(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/, "must be UTC in whole seconds, like 2026-11-27T12:00:00Z")
  .refine((text) => {
    const at = new Date(text);
    return !Number.isNaN(at.getTime()) && at.toISOString() === text.replace("Z", ".000Z");
  }, "must be a moment that exists");

const priceSchema = z
  .string()
  .regex(/^(0|[1-9]\d{0,11})(\.\d{0,29}[1-9])?$/, "must be SOL per whole token, without superfluous zeros")
  .refine((text) => text !== "0", "must be more than zero");

const callIdSchema = z.string().regex(CALL_ID, "must be 1 to 64 letters, digits, - or _");

/** What a mint can do to its holders. The caller may refuse each of them; otherwise it is only shown. */
export const MINT_POWERS = ["fee", "freeze", "hook"] as const;
export type MintPower = (typeof MINT_POWERS)[number];

export const termsSchema = z.strictObject({
  version: z.literal(1),
  callId: callIdSchema,
  /** The cluster's genesis hash, so that terms of a test are none of mainnet. */
  cluster: addressSchema,
  mint: addressSchema,
  /** Where it may be bought: a venue, or `auto`. */
  platform: z.enum(PLATFORMS),
  /** The most that a whole token may cost, SOL. Every transaction enforces it as its least tokens. */
  maxPrice: priceSchema,
  /** Lamports of all wallets together. Below the least, nothing is sent. */
  leastLamports: lamportsSchema,
  mostLamports: lamportsSchema,
  leastWallets: z.number().int().min(1).max(WALLETS_AT_MOST),
  perWallet: z.strictObject({ leastLamports: lamportsSchema, mostLamports: lamportsSchema }),
  opensAt: secondSchema,
  /** The deadline: afterwards nothing is pledged, handed out or sent. */
  closesAt: secondSchema,
  musterSeconds: z.number().int().min(60).max(86_400),
  /**
   * Absent: the muster begins as soon as the least is reached, and there is no other spelling of that. `caller`: it begins when
   * the caller starts it, while the least is reached.
   */
  startedBy: z.literal("caller").optional(),
  /** The powers of the mint that the caller refuses, in this order: fee, freeze, hook. */
  refuses: z
    .array(z.enum(MINT_POWERS))
    .refine(
      (powers) => powers.every((one, at) => at === 0 || (powers[at - 1] ?? "") < one),
      "must be sorted",
    ),
  /** What the caller discloses. */
  caller: z.strictObject({
    /** Signs the memo of the terms. */
    wallet: addressSchema,
    /** Every wallet of the caller, with the tokens that it holds of the mint, base units. */
    wallets: z
      .array(z.strictObject({ address: addressSchema, tokens: unitsSchema }))
      .min(1)
      .max(WALLETS_AT_MOST),
    pastCalls: z.array(callIdSchema).max(1_000),
  }),
});

export type Terms = z.output<typeof termsSchema>;

/** A call: its terms as published, and what the code computes with. */
export type Call = {
  readonly terms: Terms;
  /** SHA-256 of the terms' canonical JSON, lower-case hexadecimal. */
  readonly termsHash: string;
  readonly leastLamports: Lamports;
  readonly mostLamports: Lamports;
  readonly walletLeast: Lamports;
  readonly walletMost: Lamports;
  readonly opensAt: Date;
  readonly closesAt: Date;
};
