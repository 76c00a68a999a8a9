/** Defines the routes that return where a token trades and what it costs now. */
import { lamports } from "@solana/kit";
import { z } from "zod";
import { LAMPORTS_PER_SOL } from "../../base/sol.ts";
import { readMarket } from "../../services/market.ts";
import { amountSchema } from "../schemas/common.ts";
import { marketSchema, mintSchema, platformSchema } from "../schemas/tokens.ts";
import type { Routes } from "../server-context.ts";

const TAGS = ["tokens"];
/** Enough digits for any amount that an operation may spend, and far below the limit of a quote's arithmetic. */
const MOST_DIGITS = 18;

export const tokenRoutes: Routes = (app, { detector, chainPorts }) => {
  app.get(
    "/tokens/:mint/platform",
    {
      config: { access: { scope: "read", owner: "none" } },
      schema: {
        tags: TAGS,
        summary: "Which venue a token trades at",
        params: mintSchema,
        response: { 200: platformSchema },
      },
    },
    async ({ params: { mint } }) => {
      const { platform, trading, notes } = await detector.detect(mint);
      return { mint, platform, trading: [...trading], notes: [...notes] };
    },
  );
  app.get(
    "/tokens/:mint/market",
    {
      config: { access: { scope: "read", owner: "none" } },
      schema: {
        tags: TAGS,
        summary: "What an amount of lamports would buy now",
        params: mintSchema,
        querystring: z.object({
          lamports: amountSchema
            .regex(/^[1-9]\d*$/)
            .max(MOST_DIGITS)
            .default(String(LAMPORTS_PER_SOL)),
        }),
        response: { 200: marketSchema },
      },
    },
    async ({ params, query }) => {
      const { quote, price, ...market } = await readMarket(
        await chainPorts(),
        params.mint,
        lamports(BigInt(query.lamports)),
      );
      return {
        ...market,
        quote: {
          lamports: String(quote.lamports),
          tokensOut: String(quote.tokensOut),
          priceImpactBps: quote.priceImpactBps,
          feeLamports: quote.feeLamports === null ? null : String(quote.feeLamports),
          price,
        },
      };
    },
  );
};
