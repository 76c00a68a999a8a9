/**
 * Calculates what a CPMM pool gives for lamports. Formula: `swap_base_input` of raydium-io/raydium-cp-swap
 * (curve/calculator.rs, curve/fees.rs).
 *
 * The trade fee is taken from the input, rounded up. A creator's fee is taken from the input or from the output. On
 * the input, the two are taken as one fee, rounded up once, and the creator's part of it is rounded down.
 */
import { outOf } from "../constant-product.ts";
import { ceilDiv } from "../integers.ts";
import { toQuote } from "../to-quote.ts";
import type { DirectQuote } from "../venue.ts";
import type { CpmmMarket } from "./market.ts";

const MILLION = 1_000_000n;

type Swap = {
  readonly out: bigint;
  /** The tokens that leave the pool's trading reserve: `out`, and a creator's fee on it. */
  readonly taken: bigint;
  /** The lamports that are added to the SOL side. Fees that are set aside do not trade. */
  readonly added: bigint;
  /** All fees. One on the tokens counts as the lamports that bought them. */
  readonly feeLamports: bigint;
};

const swap = (market: CpmmMarket, lamports: bigint): Swap | null => {
  if (lamports <= 0n) return null;
  const { creatorFeeRate, isCreatorFeeOnSol } = market;
  const solRate = market.tradeFeeRate + (isCreatorFeeOnSol ? creatorFeeRate : 0n);
  const solFee = ceilDiv(lamports * solRate, MILLION);
  const creatorLamports = isCreatorFeeOnSol && solRate > 0n ? (solFee * creatorFeeRate) / solRate : 0n;
  const tradeFee = solFee - creatorLamports;
  const net = lamports - solFee;
  if (net <= 0n) return null;
  const taken = outOf(net, market.lamports, market.tokens);
  const out = isCreatorFeeOnSol ? taken : taken - ceilDiv(taken * creatorFeeRate, MILLION);
  if (out <= 0n || taken >= market.tokens) return null;
  const aside = (tradeFee * market.protocolFeeRate) / MILLION + (tradeFee * market.fundFeeRate) / MILLION;
  const feeLamports = solFee + ceilDiv(net * (taken - out), taken);
  return { out, taken, added: lamports - aside - creatorLamports, feeLamports };
};

const priceOf = ({ lamports, tokens }: CpmmMarket) => ({ lamports, tokens });

export const quote = (market: CpmmMarket, lamports: bigint): DirectQuote | null => {
  const swapped = swap(market, lamports);
  if (swapped === null) return null;
  const trade = { lamports, tokens: swapped.out, feeLamports: swapped.feeLamports };
  return toQuote(trade, market.transferFee, priceOf(market), priceOf(after(market, lamports)));
};

export const after = (market: CpmmMarket, lamports: bigint): CpmmMarket => {
  const swapped = swap(market, lamports);
  if (swapped === null) return market;
  return {
    ...market,
    lamports: market.lamports + swapped.added,
    tokens: market.tokens - swapped.taken,
  };
};
