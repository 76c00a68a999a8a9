/**
 * Enforces the caller's cap on the price (`maxPrice`) as least token amounts, so that no transaction can pay more.
 */
import { LAMPORTS_PER_SOL } from "../../base/sol.ts";
import { formatTokens } from "../../base/token-amount.ts";
import { CTOError } from "../../errors/index.ts";
import type { OpenVenue, OperationRequest, Survey } from "../ports.ts";

export const larger = (a: bigint, b: bigint): bigint => (a > b ? a : b);

/** Returns the fewest tokens that some lamports must bring, base units; zero without a cap. */
export type Cap = (lamports: bigint) => bigint;

/**
 * Returns the cap of a request.
 *
 * @example
 * const cap = capOf({ maxPrice: "0.00000005" }, { decimals: 6 }); // SOL per whole token
 * cap(100_000_000n); // 2_000_000_000_000n: 0.1 SOL buys two million tokens at least
 */
export function capOf(
  { maxPrice }: Pick<OperationRequest, "maxPrice">,
  { decimals }: Pick<Survey, "decimals">,
): Cap {
  if (maxPrice === undefined) return () => 0n;
  const [whole = "", fraction = ""] = maxPrice.split(".");
  const price = BigInt(whole + fraction) * LAMPORTS_PER_SOL;
  const scale = 10n ** BigInt(decimals + fraction.length);
  return (lamports) => (lamports * scale + price - 1n) / price;
}

/** The digits of a price that an error shows. */
const SIGNIFICANT_DIGITS = 9;
const PRICE_DECIMALS = 18;

const dividedUp = (amount: bigint, by: bigint): bigint => (amount + by - 1n) / by;

/** Returns SOL per whole token, rounded up: with this as `maxPrice`, the same offer passes. */
export function askedPrice(lamports: bigint, tokens: bigint, decimals: number): string {
  const exact = dividedUp(lamports * 10n ** BigInt(decimals + PRICE_DECIMALS), tokens * LAMPORTS_PER_SOL);
  const spare = 10n ** BigInt(Math.max(0, String(exact).length - SIGNIFICANT_DIGITS));
  const digits = String(dividedUp(exact, spare) * spare).padStart(PRICE_DECIMALS + 1, "0");
  return `${digits.slice(0, -PRICE_DECIMALS)}.${digits.slice(-PRICE_DECIMALS)}`.replace(/\.?0+$/, "");
}

/** @throws `CTO_E_PRICE_ABOVE_MAX` if a leg of this many lamports is offered less than the cap requires */
export function requireUnderCap(
  { venue, offer }: Pick<OpenVenue, "venue" | "offer">,
  { maxPrice = "", decimals }: Pick<OperationRequest, "maxPrice"> & Pick<Survey, "decimals">,
  cap: Cap,
  lamports: OpenVenue["quote"]["lamports"],
): void {
  const tokens = offer(lamports).tokensOut;
  if (tokens >= cap(lamports)) return;
  const asked = tokens === 0n ? null : askedPrice(lamports, tokens, decimals);
  const offered = formatTokens(String(tokens), decimals);
  throw new CTOError("CTO_E_PRICE_ABOVE_MAX", { venue, lamports, offered, asked, maxPrice });
}
