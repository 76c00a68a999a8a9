/**
 * Calculates what a PumpSwap pool gives for lamports. Formula: `buyQuoteInput` of @pump-fun/pump-swap-sdk 1.20.0
 * (`src/sdk/buy.ts`).
 */
import { outOf } from "../constant-product.ts";
import { BPS, ceilDiv } from "../integers.ts";
import { feesAt, netOf, type PumpFees } from "../pump-fees.ts";
import { toQuote } from "../to-quote.ts";
import type { DirectQuote } from "../venue.ts";
import type { PumpswapMarket } from "./market.ts";

const feesOf = (market: PumpswapMarket): PumpFees => {
  const lamports = market.lamports + market.virtualLamports;
  const fees = feesAt(market.tiers, (lamports * market.supply) / market.tokens);
  if (market.creator === null) return { ...fees, creatorBps: 0n };
  return market.creatorFeeBps > 0n ? { ...fees, creatorBps: market.creatorFeeBps } : fees;
};

type Bought = { readonly tokens: bigint; readonly net: bigint; readonly lpFee: bigint };

const buy = (market: PumpswapMarket, lamports: bigint): Bought | null => {
  if (lamports <= 0n) return null;
  const { lpBps, protocolBps, creatorBps } = feesOf(market);
  const net = netOf(lamports, [lpBps, protocolBps, creatorBps]);
  if (net <= 1n) return null;
  const tokens = outOf(net - 1n, market.lamports + market.virtualLamports, market.tokens);
  if (tokens <= 0n || tokens >= market.tokens) return null;
  return { tokens, net, lpFee: ceilDiv(net * lpBps, BPS) };
};

const priceOf = ({ lamports, virtualLamports, tokens }: PumpswapMarket) => ({
  lamports: lamports + virtualLamports,
  tokens,
});

export const quote = (market: PumpswapMarket, lamports: bigint): DirectQuote | null => {
  const bought = buy(market, lamports);
  if (bought === null) return null;
  const trade = { lamports, tokens: bought.tokens, feeLamports: lamports - bought.net };
  return toQuote(trade, market.transferFee, priceOf(market), priceOf(after(market, lamports)));
};

/** The liquidity providers' fee stays in the pool; the other fees leave it. */
export const after = (market: PumpswapMarket, lamports: bigint): PumpswapMarket => {
  const bought = buy(market, lamports);
  if (bought === null) return market;
  return {
    ...market,
    tokens: market.tokens - bought.tokens,
    lamports: market.lamports + bought.net + bought.lpFee,
  };
};
