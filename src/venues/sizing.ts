/**
 * How much each leg must get at least. A leg may land before or after any other leg, so its minimum assumes the
 * worst order: that all other legs landed first. Pure integer arithmetic; lamports in, token base units out.
 */

/** What an aggregator quoted for an amount. */
export type Sample = { readonly lamports: bigint; readonly tokensOut: bigint };

/** Token base units per lamport, as an exact fraction. */
export type Rate = { readonly tokens: bigint; readonly lamports: bigint };

const BPS = 10_000n;

const less = (a: Rate, b: Rate): boolean => a.tokens * b.lamports < b.tokens * a.lamports;

/**
 * The rate of the operation's last piece: what the quote for the whole gives more than the quote for the whole
 * without its smallest leg. On a concave curve no leg, landing last, gets less than that.
 *
 * The two quotes come from a moving market, and their difference magnifies the movement. The result is therefore
 * held between bounds: above, the average rate of the whole; below, that average less the quoted impact taken twice
 * (a constant-product pool's last piece is one impact below its average).
 *
 * @param impactBps the price impact of the whole, in basis points
 */
export const conservativeRate = (whole: Sample, withoutSmallest: Sample, impactBps: number): Rate => {
  const average: Rate = { tokens: whole.tokensOut, lamports: whole.lamports };
  const kept = BPS - BigInt(Math.min(impactBps, 10_000));
  const floor: Rate = { tokens: average.tokens * kept * kept, lamports: average.lamports * BPS * BPS };
  const last: Rate = {
    tokens: whole.tokensOut - withoutSmallest.tokensOut,
    lamports: whole.lamports - withoutSmallest.lamports,
  };
  if (less(average, last)) return average;
  return less(last, floor) ? floor : last;
};

/**
 * What a leg of `lamports` gets when it lands first, for a constant-product pool whose price the whole moves by
 * `impactBps`. With L lamports in the pool the impact of T is T / (L + T), and an amount x gets x / (L + x) of the
 * tokens; L cancels out. Only a guess for other curves.
 */
export const firstOut = (lamports: bigint, whole: Sample, impactBps: number): bigint => {
  const impact = BigInt(Math.min(impactBps, 9_999));
  return (whole.tokensOut * lamports * BPS) / (whole.lamports * (BPS - impact) + lamports * impact);
};

/** The least that a leg of `lamports` accepts: the rate less `slippageBps`, rounded down. */
export const minimumOut = (lamports: bigint, rate: Rate, slippageBps: number): bigint =>
  (lamports * rate.tokens * (BPS - BigInt(slippageBps))) / (rate.lamports * BPS);

/**
 * The slippage, in basis points, that leads from a quoted amount down to a minimum; rounded down, so that the
 * resulting threshold never falls below the minimum. Expects `quoted >= minimum`.
 */
export const slippageDownTo = (quoted: bigint, minimum: bigint): number =>
  quoted === 0n ? 0 : Number(((quoted - minimum) * BPS) / quoted);
