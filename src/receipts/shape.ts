/**
 * Checks that a value is a receipt at all. A receipt may come from anywhere, so the check against the chain begins with
 * this. The schema has only the fields that the rules of docs/receipt-format.md read.
 */
import { z } from "zod";
import { MODES, OPERATION_STATUSES, STEP_STATUSES } from "../engine/ports.ts";

const amount = z.string().regex(/^\d+$/, "is not a whole number as decimal text");
const status = z.enum(STEP_STATUSES);

const address = z.object({ address: z.string() });
const count = z.number().int().min(0);
const sums = z.object({ wallets: count, lamports: amount });
const terms = z.object({
  callId: z.string(),
  cluster: z.string(),
  mint: z.string(),
  platform: z.string(),
  maxPrice: z.string().regex(/^\d{1,12}(\.\d{1,30})?$/, "is not a price as decimal text"),
  leastLamports: amount,
  mostLamports: amount,
  leastWallets: count,
  perWallet: z.object({ leastLamports: amount, mostLamports: amount }),
  caller: z.object({ wallet: z.string(), wallets: z.array(address) }),
});
const call = z.object({
  terms,
  termsHash: z.string(),
  announcement: z.string().optional(),
  pledged: sums,
  signed: sums,
  dropped: count,
  released: z.boolean(),
  leastLanded: z.boolean(),
  funders: z.object({ distinct: count, unknown: count }).optional(),
  sales: z.array(z.object({ wallet: z.string(), signature: z.string(), slot: amount, tokens: amount })),
  salesLeftOff: z.literal(true).optional(),
});

const shape = z.object({
  receipt: z.literal(1),
  operationId: z.string().regex(/^[A-Za-z0-9_-]{1,64}$/, "is not an operation's id"),
  purpose: z.literal("sweep").optional(),
  genesisHash: z.string().optional(),
  status: z.enum(OPERATION_STATUSES),
  settled: z.boolean(),
  partial: z.boolean(),
  asked: z.object({ token: z.string(), lamports: amount, mode: z.enum(MODES), platform: z.string() }),
  call: call.optional(),
  split: z.string(),
  decimals: z.number().int().min(0).max(255).optional(),
  legs: z.array(
    z.object({
      leg: z.number().int(),
      address: z.string(),
      payer: z.string().optional(),
      lamports: amount,
      status,
      leastTokens: amount.optional(),
      tokens: amount.optional(),
      price: z.string().optional(),
      signature: z.string().optional(),
      slot: amount.optional(),
      memo: z.string(),
      caller: z.boolean().optional(),
      signed: z.boolean().optional(),
      funder: z.string().optional(),
    }),
  ),
  totals: z.object({
    legs: z.number().int(),
    landed: z.number().int(),
    lamports: amount,
    tokens: amount.optional(),
    price: z.string().optional(),
  }),
  incidents: z.array(z.object({ leg: z.number().int() })).optional(),
  recovered: z
    .array(
      z.object({
        leg: z.number().int(),
        address: z.string(),
        lamports: amount,
        status,
        signature: z.string(),
        slot: amount.optional(),
        memo: z.string(),
      }),
    )
    .optional(),
  costs: z.object({ networkLamports: amount, priorityLamports: amount }),
});

/** The most problems of one value that we name. */
const MOST = 20;

/** Returns why a value is not a receipt, field by field. Empty if it is one. */
export function shapeProblems(value: unknown): string[] {
  const parsed = shape.safeParse(value);
  if (parsed.success) return [];
  return parsed.error.issues
    .slice(0, MOST)
    .map(({ path, message }) => `not a receipt: ${path.join(".") || "the value"}: ${message}`);
}
