/**
 * Calculates the least that a Heaven pool gives for lamports.
 *
 * There are two interpretations of the program: it takes its fees from the incoming SOL, or from the outgoing tokens.
 * We quote the lower result, with the fees of the most expensive bracket. The buyer therefore never receives less,
 * and the simulation before signing shows that the program accepts the buy.
 */
import { outOf } from "../constant-product.ts";
import { BPS, ceilDiv, impactBps, minimum } from "../integers.ts";
import type { DirectQuote } from "../venue.ts";
import type { HeavenMarket } from "./market.ts";

const shares = (amount: bigint, rates: readonly bigint[]): bigint =>
  rates.reduce((sum, rate) => sum + ceilDiv(amount * rate, BPS), 0n);

const tokensFor = ({ tokens, lamports, rates }: HeavenMarket, input: bigint): bigint => {
  const gross = outOf(input, lamports, tokens);
  const feeOnTokens = gross - shares(gross, rates);
  const net = input - shares(input, rates);
  const feeOnSol = net > 0n ? outOf(net, lamports, tokens) : 0n;
  return minimum(feeOnTokens, feeOnSol);
};

const priceOf = ({ lamports, tokens }: HeavenMarket) => ({ lamports, tokens });

export const quote = (market: HeavenMarket, lamports: bigint): DirectQuote | null => {
  if (lamports <= 0n) return null;
  const tokensOut = tokensFor(market, lamports);
  if (tokensOut <= 0n || tokensOut >= market.tokens) return null;
  return {
    lamports,
    tokensOut,
    feeLamports: minimum(shares(lamports, market.rates), lamports),
    priceImpactBps: impactBps(priceOf(market), priceOf(after(market, lamports))),
  };
};

/** The most expensive market that can follow: all of the SOL was added, and no fee stayed with the tokens. */
export const after = (market: HeavenMarket, lamports: bigint): HeavenMarket =>
  lamports <= 0n
    ? market
    : {
        ...market,
        tokens: market.tokens - outOf(lamports, market.lamports, market.tokens),
        lamports: market.lamports + lamports,
      };
