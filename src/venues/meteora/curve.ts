/**
 * Calculates swaps and fees of a DBC curve: segments of constant liquidity between square-root prices (Q64.64).
 * Source: `math/{curve,swapQuote,feeMath}` and `math/poolFees` of @meteora-ag/dynamic-bonding-curve-sdk 1.5.12,
 * formulas only.
 */
import { ceilDiv, minimum } from "../integers.ts";

/** A segment ends at `sqrtPrice` and begins at the end of the previous segment. */
export type Segment = { readonly sqrtPrice: bigint; readonly liquidity: bigint };

const ONE = 1n << 64n;
const Q128 = 1n << 128n;
/** Fees are in billionths. */
export const FEE_DENOMINATOR = 1_000_000_000n;
const BPS = 10_000n;

export type Swapped = { readonly out: bigint; readonly sqrtPrice: bigint };

/**
 * What `input` of the quote token buys, from the current price to the end of the curve. Null if the curve ends before
 * all of the input is spent.
 */
export const buyAlong = (
  segments: readonly Segment[],
  from: bigint,
  until: bigint,
  input: bigint,
): Swapped | null => {
  let [out, price, left] = [0n, from, input];
  for (const { sqrtPrice, liquidity } of segments) {
    if (left === 0n || sqrtPrice === 0n || liquidity === 0n) break;
    const end = minimum(until, sqrtPrice);
    if (end <= price) continue;
    const room = ceilDiv(liquidity * (end - price), Q128);
    const next = left < room ? price + (left << 128n) / liquidity : end;
    out += (liquidity * (next - price)) / (price * next);
    left = left < room ? 0n : left - room;
    price = next;
    if (price === until) break;
  }
  return left === 0n ? { out, sqrtPrice: price } : null;
};

/** base^exponent in Q64.64, rounded down at every step, as in the program. */
const power = (base: bigint, exponent: bigint): bigint => {
  let [result, square] = [ONE, base];
  for (let rest = exponent; rest > 0n; rest >>= 1n) {
    if ((rest & 1n) === 1n) result = (result * square) / ONE;
    square = (square * square) / ONE;
  }
  return result;
};

/** A fee that begins at `cliff` and falls period by period. Billionths. */
export type FeeSchedule = {
  readonly cliff: bigint;
  readonly isExponential: boolean;
  readonly periods: bigint;
  /** Slots or seconds; 0 means that the fee does not change. */
  readonly frequency: bigint;
  readonly reduction: bigint;
};

export const scheduledFee = ({ cliff, isExponential, ...schedule }: FeeSchedule, elapsed: bigint): bigint => {
  if (schedule.frequency === 0n) return cliff;
  const period = minimum(elapsed / schedule.frequency, schedule.periods);
  if (!isExponential) return cliff > period * schedule.reduction ? cliff - period * schedule.reduction : 0n;
  if (period === 0n || schedule.reduction > BPS) return cliff;
  return (cliff * power(ONE - (schedule.reduction << 64n) / BPS, period)) / ONE;
};

/** An additional fee that grows with the square of the price's recent movement. */
export type VolatilityFee = {
  readonly binStep: bigint;
  readonly control: bigint;
  readonly accumulator: bigint;
};

export const volatilityFee = ({ binStep, control, accumulator }: VolatilityFee): bigint =>
  ceilDiv((accumulator * binStep) ** 2n * control, 100_000_000_000n);

/** The fee of an amount, rounded up. */
export const feeOn = (amount: bigint, rate: bigint): bigint => ceilDiv(amount * rate, FEE_DENOMINATOR);
