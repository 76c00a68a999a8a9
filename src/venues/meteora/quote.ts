/**
 * Calculates what a curve or its pool gives for lamports. Formulas: `swapQuoteExactIn` of
 * @meteora-ag/dynamic-bonding-curve-sdk 1.5.12, `swapQuoteExactInput` of @meteora-ag/cp-amm-sdk 1.5.0.
 */
import { minimum } from "../integers.ts";
import { toQuote } from "../to-quote.ts";
import type { DirectQuote } from "../venue.ts";
import { buyAlong, feeOn, volatilityFee } from "./curve.ts";
import type { MeteoraMarket } from "./market.ts";

type Bought = { readonly tokens: bigint; readonly sqrtPrice: bigint; readonly feeLamports: bigint };

const buy = (market: MeteoraMarket, lamports: bigint): Bought | null => {
  if (lamports <= 0n) return null;
  const { volatility, isFeeOnSol } = market;
  const movement = volatility === null ? 0n : volatilityFee(volatility);
  const rate = minimum(market.scheduledFee + movement, market.mostFee);
  const feeLamports = feeOn(lamports, rate);
  const input = isFeeOnSol ? lamports - feeLamports : lamports;
  if (input <= 0n) return null;
  const swapped = buyAlong(market.segments, market.sqrtPrice, market.endSqrtPrice, input);
  if (swapped === null) return null;
  const tokens = isFeeOnSol ? swapped.out : swapped.out - feeOn(swapped.out, rate);
  return tokens <= 0n ? null : { tokens, sqrtPrice: swapped.sqrtPrice, feeLamports };
};

/** The square of the square-root price is in lamports per token base unit. */
const priceOf = (sqrtPrice: bigint) => ({ lamports: sqrtPrice * sqrtPrice, tokens: 1n });

export const quote = (market: MeteoraMarket, lamports: bigint): DirectQuote | null => {
  const bought = buy(market, lamports);
  if (bought === null) return null;
  const trade = { lamports, tokens: bought.tokens, feeLamports: bought.feeLamports };
  return toQuote(
    trade,
    market.transferFee,
    priceOf(market.sqrtPrice),
    priceOf(after(market, lamports).sqrtPrice),
  );
};

/**
 * Every buy moves the price, and the volatility fee with it. After a buy we therefore assume the highest volatility
 * fee.
 */
export const after = (market: MeteoraMarket, lamports: bigint): MeteoraMarket => {
  const bought = buy(market, lamports);
  if (bought === null) return market;
  const { volatility } = market;
  return {
    ...market,
    sqrtPrice: bought.sqrtPrice,
    volatility: volatility === null ? null : { ...volatility, accumulator: volatility.most },
  };
};
