/**
 * Calculates what a LaunchLab curve gives for lamports: constant product over the sum of virtual and real reserves.
 * All fees are taken from the input together, rounded up. Formula: `Curve.buyExactIn` of @raydium-io/raydium-sdk-v2
 * 0.2.73-alpha.
 */
import { outOf } from "../constant-product.ts";
import { ceilDiv } from "../integers.ts";
import { toQuote } from "../to-quote.ts";
import type { DirectQuote } from "../venue.ts";
import type { BonkMarket } from "./market.ts";

const MILLION = 1_000_000n;

const reserves = (market: BonkMarket) => ({
  lamports: market.virtualLamports + market.raisedLamports,
  tokens: market.virtualTokens - market.soldTokens,
});

const buy = (market: BonkMarket, lamports: bigint): { tokens: bigint; net: bigint } | null => {
  if (lamports <= 0n) return null;
  const net = lamports - ceilDiv(lamports * market.feeRate, MILLION);
  if (net <= 0n) return null;
  const before = reserves(market);
  const tokens = outOf(net, before.lamports, before.tokens);
  // The program would sell the remaining tokens and return the rest of the money. We return null instead, so that an
  // operation that wants more uses another venue.
  return tokens <= 0n || tokens > market.totalTokens - market.soldTokens ? null : { tokens, net };
};

export const quote = (market: BonkMarket, lamports: bigint): DirectQuote | null => {
  const bought = buy(market, lamports);
  if (bought === null) return null;
  const trade = { lamports, tokens: bought.tokens, feeLamports: lamports - bought.net };
  return toQuote(trade, market.transferFee, reserves(market), reserves(after(market, lamports)));
};

export const after = (market: BonkMarket, lamports: bigint): BonkMarket => {
  const bought = buy(market, lamports);
  if (bought === null) return market;
  return {
    ...market,
    soldTokens: market.soldTokens + bought.tokens,
    raisedLamports: market.raisedLamports + bought.net,
  };
};
