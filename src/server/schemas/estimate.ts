/** Defines the schema of an estimate: what an operation would do, before anything is signed. */
import { z } from "zod";
import { DETECTED, VENUES } from "../../engine/operation/model.ts";
import { amountSchema } from "./common.ts";
import { leftOutSchema, priceCheckSchema, tokenLabelSchema } from "./operations.ts";

export const estimateSchema = z
  .object({
    platform: z.enum(VENUES),
    detected: z.enum(DETECTED),
    legs: z.array(
      z.object({
        leg: z.number().int(),
        walletId: z.string(),
        address: z.string(),
        lamports: amountSchema,
        tokensOut: amountSchema,
        minTokensOut: amountSchema,
        aboveMaxPrice: z.literal(true).optional().meta({
          description:
            "The leg's price is above maxPrice now, so it would buy nothing. The totals still count it. Absent: it is not",
        }),
      }),
    ),
    leftOut: z.array(leftOutSchema),
    totalLamports: amountSchema,
    totalTokens: amountSchema,
    tokenLabel: tokenLabelSchema.optional().meta({ description: "Absent: the token has no name" }),
    decimals: z.number().int(),
    lamportsPerByte: amountSchema.meta({
      description: "the cluster's rent rate, which the rents are reckoned at: it moves, and they with it",
    }),
    averagePrice: z.string().meta({ description: "SOL per whole token, venue fees included" }),
    priceImpactBps: z.number(),
    price: priceCheckSchema,
    fees: z.object({
      venue: amountSchema.nullable(),
      network: amountSchema,
      priority: amountSchema,
      rent: amountSchema,
    }),
    transactions: z.object({ count: z.number().int(), bytes: z.array(z.number().int()) }),
    building: z
      .object({
        requestsPerSecond: z.number(),
        leastSeconds: z.number().int(),
        mostSeconds: z.number().int(),
        blockhashSeconds: z.number().int(),
      })
      .nullable()
      .meta({
        description:
          "How long the rate limit of Jupiter's plan takes for the builds of all legs; null: no limit. The legs go out one after the other, each with its own blockhash",
      }),
    fundingMode: z.enum(["atomic", "two-step"]),
    funds: z.object({ leaves: amountSchema, stays: amountSchema }).meta({
      description:
        "Over all paying wallets: what leaves them at the fees and rents of now, and what they must hold beside that. The sum is what `shortOfFunds` says that they need. The operation reads fees and rents again, so it is no ceiling: limits are",
    }),
    shortOfFunds: z.array(z.object({ address: z.string(), has: amountSchema, needs: amountSchema })),
  })
  .meta({ id: "Estimate" });
export type EstimateView = z.infer<typeof estimateSchema>;
