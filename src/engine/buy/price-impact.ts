/**
 * Limits what an operation may lose to its own price impact, to the mint's transfer fee, and to an unusual venue's fee.
 *
 * The least amounts of an aggregator's legs allow for the impact that it claims (`venues/sizing.ts`), so its claim has a
 * limit in any case.
 */
import { CTOError } from "../../errors/index.ts";
import { type Limits, priceImpactLimit } from "../limits/limits.ts";
import type { OpenVenue, Operation, Quote, Survey } from "../ports.ts";
import { mostOf } from "./deviation.ts";

/**
 * A venue's fee up to this share is usual, and the limit does not count it. A launch may charge up to 99 per cent,
 * though: such a fee counts, and without the caller's limit or cap on the price, no more than this share may be lost. Bps.
 */
const USUAL_FEE_BPS = 1_000;

/** An aggregator's claimed price impact up to this share needs no consent. Bps. */
const USUAL_IMPACT_BPS = 1_000;

const BPS = 10_000n;

/**
 * Returns the share that a buyer loses to two losses together, such as the price impact and the mint's transfer fee.
 * Bps, rounded up.
 */
export const lossBps = (impactBps: number, feeBps: number): number =>
  10_000 -
  Math.floor(((10_000 - Math.min(impactBps, 10_000)) * (10_000 - Math.min(feeBps, 10_000))) / 10_000);

/** The share of the lamports that the venue keeps, bps, rounded up. */
export const feeBpsOf = ({ feeLamports, lamports }: Pick<Quote, "feeLamports" | "lamports">): number =>
  feeLamports === null || lamports === 0n ? 0 : Number((feeLamports * BPS + lamports - 1n) / lamports);

export type Fees = {
  /**
   * Returns the fee of this market, bps. An aggregator does not state its markets' fees. If a market before it charges
   * an unusual one, the fee of its route follows from what the two give for the same lamports.
   */
  of(open: Pick<OpenVenue, "market" | "quote" | "mostTokensOut">): number;
};

/** Creates the fees of one opening, which remember the market with an unusual fee. */
export function createFees(): Fees {
  let dear: { readonly tokensOut: bigint; readonly feeBps: number } | null = null;
  return {
    of(open) {
      const { market, quote } = open;
      const feeBps = feeBpsOf(quote);
      if (market !== "aggregator") {
        if (feeBps > USUAL_FEE_BPS) dear = { tokensOut: mostOf(open), feeBps };
        return feeBps;
      }
      if (dear === null || dear.tokensOut === 0n) return 0;
      const kept = (quote.tokensOut * (BPS - BigInt(dear.feeBps))) / dear.tokensOut;
      return Math.max(0, Number(BPS - kept));
    },
  };
}

/** The limit where neither the caller nor the installation sets one, nor a cap on the price. */
const unusualLimit = (market: OpenVenue["market"], quote: Quote, venueFeeBps: number): number | undefined => {
  if (venueFeeBps > 0) return USUAL_FEE_BPS;
  return market === "aggregator" && quote.priceImpactBps > USUAL_IMPACT_BPS ? USUAL_IMPACT_BPS : undefined;
};

/**
 * Checks the limit of the caller or of the installation on what the whole operation may lose, through its price
 * impact, through the mint's transfer fee, and through a venue's fee if it is unusual.
 *
 * @throws `CTO_E_PRICE_IMPACT_ABOVE_LIMIT`
 */
export function requireImpact(
  {
    market,
    quote,
    feeBps = feeBpsOf(quote),
  }: Pick<OpenVenue, "market" | "quote"> & { readonly feeBps?: number },
  { maxPriceImpactBps, maxPrice }: Pick<Operation["request"], "maxPriceImpactBps" | "maxPrice">,
  limits: Pick<Limits, "maxPriceImpactBps">,
  { transferFeeBps = 0 }: Pick<Survey, "transferFeeBps">,
): void {
  const venueFeeBps = feeBps > USUAL_FEE_BPS ? feeBps : 0;
  const limitBps =
    priceImpactLimit(limits, maxPriceImpactBps) ??
    (maxPrice === undefined ? unusualLimit(market, quote, venueFeeBps) : undefined);
  const impactBps = lossBps(lossBps(quote.priceImpactBps, transferFeeBps), venueFeeBps);
  if (limitBps !== undefined && impactBps > limitBps)
    throw new CTOError("CTO_E_PRICE_IMPACT_ABOVE_LIMIT", {
      impactBps,
      limitBps,
      transferFeeBps,
      venueFeeBps,
    });
}
