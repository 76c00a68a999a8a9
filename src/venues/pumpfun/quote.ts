/**
 * Calculates what a pump.fun curve gives for lamports. The formula is that of the program's `buy_exact_sol_in` (IDL
 * of @pump-fun/pump-sdk 2.0.0, its doc comment); fee tiers as `pump_fees` applies them.
 */
import { minimum } from "../integers.ts";
import { feesAt, netOf } from "../pump-fees.ts";
import { toQuote } from "../to-quote.ts";
import type { DirectQuote } from "../venue.ts";
import type { PumpfunMarket } from "./market.ts";

/** Protocol and creator rates, bps: those of the market cap's tier, unless the coin has its own creator rate. */
const ratesOf = (market: PumpfunMarket): readonly bigint[] => {
  const { tiers, virtualLamports, virtualTokens, supply, creator, creatorFeeBps } = market;
  const fees = feesAt(tiers, (virtualLamports * supply) / virtualTokens);
  if (creator === null) return [fees.protocolBps];
  return [fees.protocolBps, creatorFeeBps > 0n ? creatorFeeBps : fees.creatorBps];
};

type Bought = { readonly tokens: bigint; readonly net: bigint };

const buy = (market: PumpfunMarket, lamports: bigint): Bought | null => {
  const { virtualLamports, virtualTokens, realTokens } = market;
  if (lamports <= 0n || virtualLamports <= 0n || virtualTokens <= 0n) return null;
  const net = netOf(lamports, ratesOf(market));
  if (net <= 1n) return null;
  const tokens = ((net - 1n) * virtualTokens) / (virtualLamports + net - 1n);
  // The curve sells only its remaining tokens. We return null for a larger amount, so that the operation uses another
  // venue.
  return tokens <= 0n || tokens > realTokens ? null : { tokens, net };
};

const priceOf = ({ virtualLamports, virtualTokens }: PumpfunMarket) => ({
  lamports: virtualLamports,
  tokens: virtualTokens,
});

export const quote = (market: PumpfunMarket, lamports: bigint): DirectQuote | null => {
  const bought = buy(market, lamports);
  if (bought === null) return null;
  const trade = { lamports, tokens: bought.tokens, feeLamports: lamports - bought.net };
  return toQuote(trade, market.transferFee, priceOf(market), priceOf(after(market, lamports)));
};

export const after = (market: PumpfunMarket, lamports: bigint): PumpfunMarket => {
  const bought = buy(market, lamports);
  if (bought === null) return market;
  const { tokens, net } = bought;
  return {
    ...market,
    virtualTokens: market.virtualTokens - tokens,
    virtualLamports: market.virtualLamports + net,
    realTokens: market.realTokens - minimum(tokens, market.realTokens),
    realLamports: market.realLamports + net,
  };
};
