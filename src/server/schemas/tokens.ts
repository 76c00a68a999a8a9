/** Defines the schemas of tokens in responses: where they trade, and what an amount would buy now. */
import { z } from "zod";
import { DETECTED, VENUES } from "../../engine/operation/model.ts";
import { amountSchema, mintText, timeSchema } from "./common.ts";
import { tokenLabelSchema } from "./operations.ts";

export const mintSchema = z.object({ mint: mintText });

export const tokenSchema = z.object({
  mint: z.string(),
  decimals: z.number().int().nullable().meta({ description: "Null: no cluster answers, or it is no mint" }),
});
export type TokenView = z.infer<typeof tokenSchema>;

export const boughtTokensSchema = z.object({
  tokens: z
    .array(
      tokenSchema.extend({
        tokenLabel: tokenLabelSchema.nullable(),
        lastOperationAt: timeSchema,
      }),
    )
    .meta({ description: "Of the user's newest operations, the newest first" }),
});
export type BoughtTokens = z.infer<typeof boughtTokensSchema>;

export const platformSchema = z.object({
  mint: z.string(),
  platform: z.enum(DETECTED),
  trading: z.array(z.enum(VENUES)).meta({ description: "Every venue with a live market, best first" }),
  notes: z.array(z.string()),
  tokenLabel: tokenLabelSchema.optional().meta({ description: "Absent: the token has no name" }),
});
export type TokenPlatform = z.infer<typeof platformSchema>;

export const marketSchema = z.object({
  mint: z.string(),
  tokenLabel: tokenLabelSchema.optional().meta({ description: "Absent: the token has no name" }),
  decimals: z.number().int(),
  platform: z.enum(DETECTED),
  venue: z.enum(VENUES),
  quote: z.object({
    lamports: amountSchema,
    tokensOut: amountSchema,
    priceImpactBps: z.number(),
    feeLamports: amountSchema.nullable(),
    price: z.string().meta({ description: "SOL per whole token, venue fees included" }),
  }),
});
export type TokenMarket = z.infer<typeof marketSchema>;
