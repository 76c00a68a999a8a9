/** Computes in integers the price that a wallet paid. */

/** How many digits we compute after leading zeros. No market distinguishes prices that finely. */
const SIGNIFICANT_DIGITS = 12;
const LAMPORT_DECIMALS = 9;

/**
 * Returns SOL per whole token as decimal text: `lamports / tokens`, scaled by the decimals of both. The
 * fraction is rounded down: it ends at twelve significant digits. The exact price is the fraction of the two
 * amounts, which the receipt also contains.
 *
 * @param lamports the amount that was spent
 * @param tokens the amount that was received, in token base units; not zero
 * @param decimals the token's decimals
 * @example
 * priceOf(100_000_000n, 2_000_000n, 6); // 0.1 SOL for 2 tokens: "0.05"
 */
export function priceOf(lamports: bigint, tokens: bigint, decimals: number): string {
  const numerator = lamports * 10n ** BigInt(decimals);
  const denominator = tokens * 10n ** BigInt(LAMPORT_DECIMALS);
  const whole = numerator / denominator;
  let digits = whole === 0n ? "" : String(whole);
  let fraction = "";
  let rest = numerator % denominator;
  while (rest !== 0n && digits.length < SIGNIFICANT_DIGITS) {
    rest *= 10n;
    const digit = String(rest / denominator);
    rest %= denominator;
    fraction += digit;
    if (digits !== "" || digit !== "0") digits += digit; // Leading zeros are not significant.
  }
  const trimmed = fraction.replace(/0+$/, "");
  return trimmed === "" ? String(whole) : `${whole}.${trimmed}`;
}
