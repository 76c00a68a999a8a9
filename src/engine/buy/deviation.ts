/** Calculates how far one price is above another. */
import type { OpenVenue } from "../ports.ts";

const BPS = 10_000n;

/** Returns what a market's offer for the whole operation holds others to: the most that an endpoint says it gives. */
export const mostOf = ({ quote, mostTokensOut }: Pick<OpenVenue, "quote" | "mostTokensOut">): bigint =>
  mostTokensOut ?? quote.tokensOut;

/**
 * Returns how far the price for `tokens` is above the price for `reference`, for the same lamports, in bps, rounded
 * up.
 */
export function deviationOf(tokens: bigint, reference: bigint): number {
  if (tokens === 0n) return Number.MAX_SAFE_INTEGER;
  const scaled = (reference - tokens) * BPS;
  const up = scaled > 0n ? (scaled + tokens - 1n) / tokens : scaled / tokens;
  return Number(up);
}

/** Returns the fewest tokens whose price is at most `limitBps` above the price for `reference`. */
export const nearestTo = (reference: bigint, limitBps: number): bigint => {
  const whole = BPS + BigInt(limitBps);
  return (reference * BPS + whole - 1n) / whole;
};
