/** Defines the routes that return where a token trades and what it costs now. */
import { lamports } from "@solana/kit";
import { z } from "zod";
import { LAMPORTS_PER_SOL } from "../../base/sol.ts";
import { parseToken } from "../../contract/parse.ts";
import { listBoughtTokens } from "../../services/bought-tokens.ts";
import { readMarket } from "../../services/market.ts";
import { decimalsOf } from "../../services/token-decimals.ts";
import { tenantOf } from "../auth/chain-turns.ts";
import { amountSchema } from "../schemas/common.ts";
import {
  boughtTokensSchema,
  marketSchema,
  mintSchema,
  platformSchema,
  tokenSchema,
} from "../schemas/tokens.ts";
import { userIdSchema } from "../schemas/wallets.ts";
import type { Routes } from "../server-context.ts";

const TAGS = ["tokens"];
/** Enough digits for any amount that an operation may spend, and far below the limit of a quote's arithmetic. */
const MOST_DIGITS = 18;

export const tokenRoutes: Routes = (app, { context, detector, chainPorts }) => {
  app.get(
    "/tokens/:mint",
    {
      config: { access: { scope: "read", owner: "none" } },
      schema: {
        tags: TAGS,
        summary: "A token's decimals, also when it trades nowhere",
        params: mintSchema,
        response: { 200: tokenSchema },
      },
    },
    async ({ params }) => {
      const mint = parseToken(params.mint);
      return { mint, decimals: (await decimalsOf(context, mint)) ?? null };
    },
  );
  app.get(
    "/users/:id/tokens",
    {
      config: { access: { scope: "read", owner: "user" } },
      schema: {
        tags: TAGS,
        summary: "The tokens of a user's operations, the newest first",
        params: userIdSchema,
        response: { 200: boughtTokensSchema },
      },
    },
    async ({ params: { id } }) => ({
      tokens: (await listBoughtTokens(context, id)).map(({ mint, label, decimals, lastOperationAt }) => ({
        mint,
        decimals: decimals ?? null,
        tokenLabel: label ?? null,
        lastOperationAt: lastOperationAt.toISOString(),
      })),
    }),
  );
  app.get(
    "/tokens/:mint/platform",
    {
      config: { readsChain: true, access: { scope: "read", owner: "none" } },
      schema: {
        tags: TAGS,
        summary: "Which venue a token trades at",
        params: mintSchema,
        response: { 200: platformSchema },
      },
    },
    async ({ params: { mint } }) => {
      const { platform, trading, notes, tokenLabel } = await detector.detect(mint);
      const named = tokenLabel === undefined ? {} : { tokenLabel };
      return { mint, platform, trading: [...trading], notes: [...notes], ...named };
    },
  );
  app.get(
    "/tokens/:mint/market",
    {
      config: { readsChain: true, access: { scope: "read", owner: "none" } },
      schema: {
        tags: TAGS,
        summary: "What an amount of lamports would buy now",
        params: mintSchema,
        querystring: z.object({
          lamports: amountSchema
            .regex(/^[1-9]\d*$/, "must be a whole number of lamports above zero, as decimal text")
            .max(MOST_DIGITS)
            .default(String(LAMPORTS_PER_SOL)),
        }),
        response: { 200: marketSchema },
      },
    },
    async (request) => {
      const { quote, price, ...market } = await readMarket(await chainPorts(), {
        token: request.params.mint,
        lamports: lamports(BigInt(request.query.lamports)),
        tenant: tenantOf(request),
      });
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
