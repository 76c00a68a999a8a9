/** Integer arithmetic of the venues' programs. All amounts are bigint; there are no floats. */

export const BPS = 10_000n;

/** Divides and rounds up. `divisor` must be positive, and `dividend` must be 0 or more. */
export const ceilDiv = (dividend: bigint, divisor: bigint): bigint => (dividend + divisor - 1n) / divisor;

export const minimum = (a: bigint, b: bigint): bigint => (a < b ? a : b);
export const maximum = (a: bigint, b: bigint): bigint => (a > b ? a : b);

/** A price as an exact fraction: lamports per token base unit. */
export type Price = { readonly lamports: bigint; readonly tokens: bigint };

/**
 * How far a buy moved the price, in basis points, rounded up: 10,000 x (1 - before / after). 0 to 10,000.
 *
 * @example
 * impactBps({ lamports: 1n, tokens: 2n }, { lamports: 2n, tokens: 2n }); // 5_000
 */
export const impactBps = (before: Price, after: Price): number => {
  const numerator = after.lamports * before.tokens - before.lamports * after.tokens;
  const denominator = after.lamports * before.tokens;
  if (numerator <= 0n) return 0;
  return denominator <= 0n ? 10_000 : Number(minimum(ceilDiv(numerator * BPS, denominator), BPS));
};
