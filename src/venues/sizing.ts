/**
 * Calculates the least amount of each leg. A leg may land before or after any other leg, so its minimum assumes the
 * worst order: all other legs landed first. Pure integer arithmetic; lamports in, token base units out.
 */

/** An aggregator's quote for an amount. */
export type Sample = { readonly lamports: bigint; readonly tokensOut: bigint };

/** Token base units per lamport, as an exact fraction. */
export type Rate = { readonly tokens: bigint; readonly lamports: bigint };

const BPS = 10_000n;

const less = (a: Rate, b: Rate): boolean => a.tokens * b.lamports < b.tokens * a.lamports;

/**
 * The rate of the operation's last part: the difference between the quote for the whole and the quote for the whole
 * without its smallest leg. On a concave curve, no leg gets less than that, even if it lands last.
 *
 * The two quotes come from a moving market, and their difference magnifies the movement. We therefore limit the
 * result. The upper limit is the average rate of the whole. The lower limit is that average less the quoted impact: in a
 * constant-product pool, also in several one behind the other, the last part is one impact below the average.
 *
 * @param impactBps the price impact of the whole, in basis points
 */
export const conservativeRate = (whole: Sample, withoutSmallest: Sample, impactBps: number): Rate => {
  const average: Rate = { tokens: whole.tokensOut, lamports: whole.lamports };
  const kept = BPS - BigInt(Math.min(impactBps, 10_000));
  const floor: Rate = { tokens: average.tokens * kept, lamports: average.lamports * BPS };
  const last: Rate = {
    tokens: whole.tokensOut - withoutSmallest.tokensOut,
    lamports: whole.lamports - withoutSmallest.lamports,
  };
  if (less(average, last)) return average;
  return less(last, floor) ? floor : last;
};

/**
 * What a leg of `lamports` gets if it lands first, in a constant-product pool whose price the whole moves by
 * `impactBps`. With L lamports in the pool, the impact of T is T / (L + T), and an amount x gets x / (L + x) of the
 * tokens; L cancels out. For other curves this is only an estimate.
 */
export const firstOut = (lamports: bigint, whole: Sample, impactBps: number): bigint => {
  const impact = BigInt(Math.min(impactBps, 9_999));
  return (whole.tokensOut * lamports * BPS) / (whole.lamports * (BPS - impact) + lamports * impact);
};

/** The least that a leg of `lamports` accepts: the rate less `slippageBps`, rounded down. */
export const minimumOut = (lamports: bigint, rate: Rate, slippageBps: number): bigint =>
  (lamports * rate.tokens * (BPS - BigInt(slippageBps))) / (rate.lamports * BPS);

/**
 * The slippage between a quoted amount and a minimum, in basis points. Rounded down, so that the resulting threshold
 * is never below the minimum. Expects `quoted >= minimum`.
 */
export const slippageDownTo = (quoted: bigint, minimum: bigint): number =>
  quoted === 0n ? 0 : Number(((quoted - minimum) * BPS) / quoted);
