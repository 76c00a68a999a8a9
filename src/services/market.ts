/** Returns what a token costs now: where it trades, and the quote of the first venue that an operation would use. */
import { address } from "@solana/kit";
import type { TokenLabel } from "../base/token-label.ts";
import { parseToken } from "../contract/parse.ts";
import type { Address, DetectedPlatform, Lamports, Quote, VenueCode } from "../engine/ports.ts";
import { CTOError, isPassedOver } from "../errors/index.ts";
import type { ChainPorts } from "../runtime/chain-ports.ts";
import { priceOf } from "./estimate.ts";

export type TokenMarket = {
  readonly mint: string;
  readonly decimals: number;
  /** The token's own label; absent if it has none. */
  readonly tokenLabel?: TokenLabel;
  readonly platform: DetectedPlatform;
  readonly venue: VenueCode;
  readonly quote: Quote;
  /** SOL per whole token, including venue fees, as decimal text. */
  readonly price: string;
};

/**
 * The largest difference between endpoints that must agree. Each endpoint sees the market of its own slot. The quote
 * does not depend on this number.
 */
const QUOTED_WITHIN_BPS = 100;

/** A quote is not binding, but an aggregator requires the address of an account. */
const NOBODY = address("11111111111111111111111111111111");

export type MarketQuery = {
  /** The mint's address. */
  readonly token: string;
  readonly lamports: Lamports;
  /** Whose part of the estimates' share a request to Jupiter uses. */
  readonly tenant: string;
};

/**
 * Requests a quote as an operation of one wallet would. Nothing is signed or stored.
 *
 * @throws `CTO_E_TOKEN_ADDRESS_INVALID`, `CTO_E_MINT_NOT_FOUND`, `CTO_E_TOKEN_MIGRATING`, `CTO_E_NO_ROUTE`,
 * `CTO_E_ESTIMATES_LIMITED`, …
 * @example
 * const { price } = await readMarket(ports, { token: mint, lamports: parseSol(1), tenant: "library" });
 */
export async function readMarket(
  ports: Pick<ChainPorts, "venues" | "runEstimate">,
  { token, lamports, tenant }: MarketQuery,
): Promise<TokenMarket> {
  const mint = parseToken(token);
  const work = () => quoteMarket(ports, mint, lamports);
  // Most tokens trade at a venue that is quoted without a request to Jupiter.
  return ports.runEstimate?.(tenant, work, "first") ?? work();
}

async function quoteMarket(
  { venues }: Pick<ChainPorts, "venues">,
  mint: Address,
  lamports: Lamports,
): Promise<TokenMarket> {
  const survey = await venues.survey(mint, []);
  const detection = await venues.detect(survey);
  const { decimals, label } = survey;
  let refusal: unknown;
  for (const venue of venues.route("auto", mint, detection)) {
    try {
      const { quote } = await venues.open(venue, survey, {
        legs: [lamports],
        slippageBps: QUOTED_WITHIN_BPS,
        taker: NOBODY,
      });
      const price = priceOf(lamports, quote.tokensOut, decimals);
      const named = label === undefined ? {} : { tokenLabel: label };
      return { mint, decimals, ...named, platform: detection.platform, venue, quote, price };
    } catch (error) {
      if (!isPassedOver(error)) throw error;
      refusal ??= error;
    }
  }
  throw refusal ?? new CTOError("CTO_E_INTERNAL", { reason: "the route has no venue" });
}
