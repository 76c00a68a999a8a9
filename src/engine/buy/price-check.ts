/**
 * Two sources for a price (P3). Anyone can open a pool for somebody else's token, at any price: such a pool is held
 * against the aggregator's quote for the same lamports, or against the caller's cap. Pools never vouch for pools.
 */

import { once } from "../../base/once.ts";
import { CTOError, isAway, isPassedOver } from "../../errors/index.ts";
import { type Limits, priceDeviationLimit } from "../limits/limits.ts";
import type { OpenVenue, OperationRequest, PriceCheck, Survey, Venues } from "../ports.ts";
import { capOf } from "./max-price.ts";

const BPS = 10_000n;

/** An aggregator's route costs builds and simulations of every leg: it must be so much better to be preferred. */
const WORTH_A_ROUTE_BPS = 50;

/** How much dearer it is to get `tokens` than to get `reference` for the same lamports, in bps, rounded up. */
export function deviationOf(tokens: bigint, reference: bigint): number {
  if (tokens === 0n) return Number.MAX_SAFE_INTEGER;
  const scaled = (reference - tokens) * BPS;
  const up = scaled > 0n ? (scaled + tokens - 1n) / tokens : scaled / tokens;
  return Number(up);
}

type Quoted = { readonly tokensOut: bigint } | { readonly none: CTOError };

export type PriceChecks = {
  /**
   * What the market's price was held against.
   *
   * @throws `CTO_E_PRICE_DEVIATES`, `CTO_E_PRICE_UNCHECKED`
   */
  check(open: OpenVenue): Promise<PriceCheck>;
  /** Whether the aggregator gives so much more than this market that it is worth its route. */
  isBeaten(open: OpenVenue): Promise<boolean>;
  /** Why the aggregator cannot be asked now, once it was asked for a comparison; null while it answers. */
  away(): CTOError | null;
};

/** The checks of one opening of a market: the aggregator is asked for its quote once at most. */
export function createPriceChecks(
  venues: Pick<Venues, "reference">,
  request: Pick<OperationRequest, "maxPrice" | "maxPriceDeviationBps">,
  limits: Pick<Limits, "maxPriceDeviationBps">,
  survey: Survey,
  asked: Parameters<Venues["reference"]>[1],
): PriceChecks {
  let away: CTOError | null = null;
  const quoted = once(async (): Promise<Quoted> => {
    try {
      return { tokensOut: await venues.reference(survey, asked) };
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
  const { transferFeeBps = 0 } = survey;
  const alone = ({ quote }: OpenVenue, reference: "ownMarket" | "singleSource"): PriceCheck => {
    if (request.maxPrice === undefined) return { reference, transferFeeBps };
    const cap = capOf(request, survey)(quote.lamports);
    return { reference: "maxPrice", deviationBps: deviationOf(quote.tokensOut, cap), transferFeeBps };
  };
  const against = (open: OpenVenue, tokensOut: bigint): PriceCheck => ({
    reference: "aggregator",
    deviationBps: deviationOf(open.quote.tokensOut, tokensOut),
    transferFeeBps,
  });
  /** Nobody but the token's issuer can have opened it: where the aggregator was asked anyway, it is shown. */
  const checkOwn = async (open: OpenVenue): Promise<PriceCheck> => {
    const answer = compared ? await compare() : null;
    return answer !== null && "tokensOut" in answer
      ? against(open, answer.tokensOut)
      : alone(open, "ownMarket");
  };
  const checkOpenToAll = async (open: OpenVenue): Promise<PriceCheck> => {
    const answer = await compare();
    if ("none" in answer) {
      if (request.maxPrice !== undefined) return alone(open, "singleSource");
      const context = { venue: open.venue, reason: answer.none.message };
      throw new CTOError("CTO_E_PRICE_UNCHECKED", context, { cause: answer.none });
    }
    const checked = against(open, answer.tokensOut);
    const limitBps = priceDeviationLimit(limits, request.maxPriceDeviationBps);
    const { deviationBps = 0 } = checked;
    if (deviationBps > limitBps)
      throw new CTOError("CTO_E_PRICE_DEVIATES", { venue: open.venue, deviationBps, limitBps });
    return checked;
  };
  return {
    away: () => away,
    async isBeaten(open) {
      if (open.market !== "openToAll" && open.market !== "canonical") return false;
      const answer = await compare();
      if ("none" in answer) return false;
      return deviationOf(open.quote.tokensOut, answer.tokensOut) > WORTH_A_ROUTE_BPS;
    },
    async check(open) {
      if (open.market === "aggregator") return alone(open, "singleSource");
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

/** What a market's price was held against, in words. */
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

/** What a buyer loses of the price before the buy: to its impact, and to the mint's transfer fee. Bps, rounded up. */
export const lossBps = (impactBps: number, transferFeeBps: number): number =>
  10_000 - Math.floor(((10_000 - Math.min(impactBps, 10_000)) * (10_000 - transferFeeBps)) / 10_000);
