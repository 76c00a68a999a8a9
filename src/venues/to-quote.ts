/** What a venue's arithmetic found, as a quote: the mint's transfer fee taken off, the impact on the price counted. */
import { impactBps, type Price } from "./integers.ts";
import { afterTransferFee, type TransferFee } from "./transfer-fee.ts";
import type { DirectQuote } from "./venue.ts";

export type Trade = {
  readonly lamports: bigint;
  /** Token base units that leave the market for the buyer. */
  readonly tokens: bigint;
  readonly feeLamports: bigint;
};

/** Null when the buyer would get nothing. */
export const toQuote = (
  { lamports, tokens, feeLamports }: Trade,
  transferFee: TransferFee,
  before: Price,
  after: Price,
): DirectQuote | null => {
  const tokensOut = afterTransferFee(tokens, transferFee);
  if (tokensOut <= 0n) return null;
  return { lamports, tokensOut, feeLamports, priceImpactBps: impactBps(before, after) };
};
