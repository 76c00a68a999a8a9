/**
 * Checks a market's price against a second source (P3). Anyone can open a pool for somebody else's token, at any
 * price. We therefore compare such a pool with the aggregator's quote for the same lamports, or with the caller's
 * cap. Another pool is never the second source. The aggregator in turn is held to what was offered before it was
 * opened (`offered.ts`).
 */

import { once } from "../../base/once.ts";
import { CTOError, isAway, isPassedOver } from "../../errors/index.ts";
import { type Limits, priceDeviationLimit } from "../limits/limits.ts";
import type { OpenVenue, OperationRequest, PriceCheck, Survey, Venues } from "../ports.ts";
import { deviationOf } from "./deviation.ts";
import { capOf } from "./max-price.ts";
import { createOffers } from "./offered.ts";
import { createFees } from "./price-impact.ts";

/**
 * How much better the aggregator's price must be before we prefer it, bps: its route requires a build and a
 * simulation of every leg.
 */
const WORTH_A_ROUTE_BPS = 50;

type Quoted = { readonly tokensOut: bigint } | { readonly none: CTOError };

export type PriceChecks = {
  /**
   * Checks the market's price.
   *
   * @returns the reference, and the deviation from it
   * @throws `CTO_E_PRICE_DEVIATES`, `CTO_E_PRICE_UNCHECKED`
   */
  check(open: OpenVenue): Promise<PriceCheck>;
  /** Remembers a market's offer. Returns the market; the aggregator's is held to what was offered before. */
  hold(open: OpenVenue): Promise<OpenVenue>;
  /** Whether the market of this venue was opened. */
  hasSeen(venue: OpenVenue["venue"]): boolean;
  /** Whether the aggregator offers enough more than this market to be worth its route. */
  isBeaten(open: OpenVenue): Promise<boolean>;
  /** The market's fee, bps. For the aggregator, it follows from the market that it is compared with. */
  feeBps(open: OpenVenue): number;
  /** Returns why the aggregator is unavailable, if a comparison found that; null otherwise. */
  away(): CTOError | null;
};

/** Creates the checks for one opening of a market. It requests the aggregator's quote at most once. */
export function createPriceChecks(
  venues: Pick<Venues, "reference">,
  request: Pick<OperationRequest, "maxPrice" | "maxPriceDeviationBps">,
  limits: Pick<Limits, "maxPriceDeviationBps">,
  survey: Survey,
  terms: Parameters<Venues["reference"]>[1],
): PriceChecks {
  let away: CTOError | null = null;
  const fees = createFees();
  const limitBps = priceDeviationLimit(limits, request.maxPriceDeviationBps);
  const offers = createOffers(limitBps);
  const quoted = once(async (): Promise<Quoted> => {
    try {
      return { tokensOut: await venues.reference(survey, terms) };
    } catch (error) {
      if (!isPassedOver(error)) throw error;
      if (isAway(error)) away = error;
      return { none: error };
    }
  });
  let compared = false;
  const compare = (): Promise<Quoted> => {
    compared = true;
    return quoted();
  };
  /** What the aggregator has quoted in this opening; null if it was not asked, or did not quote. */
  const quotedBefore = async (): Promise<bigint | null> => {
    const answer = compared ? await quoted() : null;
    return answer !== null && "tokensOut" in answer ? answer.tokensOut : null;
  };
  const { transferFeeBps = 0, shownAs } = survey;
  const mint = { transferFeeBps, ...(shownAs === undefined ? {} : { shownAs }) };
  const alone = ({ quote }: OpenVenue, reference: "ownMarket" | "singleSource"): PriceCheck => {
    if (request.maxPrice === undefined) return { reference, ...mint };
    const cap = capOf(request, survey)(quote.lamports);
    return { reference: "maxPrice", deviationBps: deviationOf(quote.tokensOut, cap), ...mint };
  };
  const against = (open: OpenVenue, tokensOut: bigint): PriceCheck => ({
    reference: "aggregator",
    deviationBps: deviationOf(open.quote.tokensOut, tokensOut),
    ...mint,
  });
  /**
   * Only the token's own launch can have opened this market, so it needs no second source. If we have the
   * aggregator's quote anyway, we show the comparison.
   */
  const checkOwn = async (open: OpenVenue): Promise<PriceCheck> => {
    const reference = await quotedBefore();
    return reference === null ? alone(open, "ownMarket") : against(open, reference);
  };
  const checkOpenToAll = async (open: OpenVenue): Promise<PriceCheck> => {
    const answer = await compare();
    if ("none" in answer) {
      if (request.maxPrice !== undefined) return alone(open, "singleSource");
      const context = { venue: open.venue, reason: answer.none.message };
      throw new CTOError("CTO_E_PRICE_UNCHECKED", context, { cause: answer.none });
    }
    const checked = against(open, answer.tokensOut);
    const { deviationBps = 0 } = checked;
    const than = "the aggregator quotes";
    if (deviationBps > limitBps)
      throw new CTOError("CTO_E_PRICE_DEVIATES", { venue: open.venue, deviationBps, limitBps, than });
    return checked;
  };
  const checkAggregator = async (open: OpenVenue): Promise<PriceCheck> => {
    offers.requireNear(open, await quotedBefore());
    return alone(open, "singleSource");
  };
  return {
    away: () => away,
    feeBps: (open) => fees.of(open),
    async isBeaten(open) {
      fees.of(open);
      if (open.market !== "openToAll" && open.market !== "canonical") return false;
      const answer = await compare();
      if ("none" in answer) return false;
      return deviationOf(open.quote.tokensOut, answer.tokensOut) > WORTH_A_ROUTE_BPS;
    },
    hasSeen: offers.has,
    async hold(open) {
      if (open.market === "aggregator") return offers.hold(open, await quotedBefore());
      offers.note(open);
      return open;
    },
    async check(open) {
      if (open.market === "aggregator") return checkAggregator(open);
      return open.market === "openToAll" ? checkOpenToAll(open) : checkOwn(open);
    },
  };
}

const REFERENCES = {
  ownMarket: "it is the token's own market",
  aggregator: "its price was held against the aggregator's quote",
  maxPrice: "its price was held against the caller's cap",
  singleSource: "it is the aggregator's own quote, and there is no second source",
} as const satisfies Record<PriceCheck["reference"], string>;

/** Says what a market's price was compared with. */
export const sayPrice = ({ reference, deviationBps }: PriceCheck): string =>
  deviationBps === undefined
    ? REFERENCES[reference]
    : `${REFERENCES[reference]}, and is ${Math.abs(deviationBps)} bps ${deviationBps > 0 ? "above" : "below"} it`;

const TRANSFER_FEE_BPS = 1_000;

/** @throws `CTO_E_TRANSFER_FEE_ABOVE_LIMIT` */
export function requireTransferFee(
  { transferFeeBps: feeBps = 0 }: Pick<Survey, "transferFeeBps">,
  { maxTransferFeeBps: limitBps = TRANSFER_FEE_BPS }: Pick<OperationRequest, "maxTransferFeeBps">,
): void {
  if (feeBps > limitBps) throw new CTOError("CTO_E_TRANSFER_FEE_ABOVE_LIMIT", { feeBps, limitBps });
}
