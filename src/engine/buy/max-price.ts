/**
 * Enforces the caller's cap on the price (`maxPrice`) as least token amounts, so that no transaction can pay more.
 */
import { CTOError } from "../../errors/index.ts";
import type { OpenVenue, OperationRequest, Survey } from "../ports.ts";

const LAMPORTS_PER_SOL = 1_000_000_000n;

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

/** @throws `CTO_E_PRICE_ABOVE_MAX` if a leg of this many lamports is offered less than the cap requires */
export function requireUnderCap(
  { venue, offer }: Pick<OpenVenue, "venue" | "offer">,
  { maxPrice = "" }: Pick<OperationRequest, "maxPrice">,
  cap: Cap,
  lamports: OpenVenue["quote"]["lamports"],
): void {
  const least = cap(lamports);
  const offered = offer(lamports).tokensOut;
  if (offered >= least) return;
  throw new CTOError("CTO_E_PRICE_ABOVE_MAX", { venue, lamports, offered, least, maxPrice });
}
