/** Converts a venue's calculated trade into a quote: subtracts the mint's transfer fee, and adds the price impact. */
import { impactBps, type Price } from "./integers.ts";
import { afterTransferFee, type TransferFee } from "./transfer-fee.ts";
import type { DirectQuote } from "./venue.ts";

export type Trade = {
  readonly lamports: bigint;
  /** Token base units that leave the market for the buyer. */
  readonly tokens: bigint;
  readonly feeLamports: bigint;
};

/** Returns null if the buyer would get nothing. */
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
