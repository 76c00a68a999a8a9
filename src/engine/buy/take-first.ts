/** Takes the first venue of the route that can serve the operation. */
import { CTOError, isCTOError, isOutage, isOversize, isPassedOver } from "../../errors/index.ts";
import { agreementLimit } from "../limits/limits.ts";
import type { OpenVenue, Operation, Ports, Survey, VenueCode } from "../ports.ts";
import { payerOf } from "./draft.ts";
import type { Market, MarketContext, Sized } from "./market.ts";
import { capOf } from "./max-price.ts";
import { createPriceChecks, requireTransferFee, sayPrice } from "./price-check.ts";
import { buySample, type Opened, sampleOf } from "./sample-buy.ts";

/** The kinds of refusals, the most useful one for the caller first. */
const MOST_USEFUL_FIRST = [
  // Funding ahead of the buys may help.
  isOversize,
  // It may pass with time.
  isOutage,
  (refusal: CTOError) => refusal.code.startsWith("CTO_E_PRICE_"),
];

/** Returns the most useful refusal of several venues; within one kind, the first venue's. */
const mostUseful = (refusals: readonly CTOError[]): unknown =>
  MOST_USEFUL_FIRST.map((isOfKind) => refusals.find(isOfKind)).find((refusal) => refusal !== undefined) ??
  refusals[0] ??
  new CTOError("CTO_E_INTERNAL", { reason: "the route has no venue" });

/** Sizes the transactions of an opened venue, and checks what else must hold before it is chosen. */
export type Sizer = (opened: Opened) => Promise<Sized>;

type Sampler = (open: OpenVenue) => Promise<Opened>;

/**
 * Returns another way through the same venue, for a buy that was too large or refused: a shorter route, or an older
 * instruction. Null if there is none, or if the other way cannot serve.
 */
async function otherWay({ open }: Opened, refusal: unknown, buy: Sampler): Promise<Opened | null> {
  if (!isOversize(refusal) && !isCTOError(refusal, "CTO_E_TRANSACTION_REFUSED")) return null;
  try {
    if (isOversize(refusal) && open.shorter !== undefined) return await buy(await open.shorter());
    return open.older === undefined ? null : await buy(open.older);
  } catch (error) {
    if (isPassedOver(error)) return null;
    throw error;
  }
}

/**
 * Sizes a venue with the newest instruction that the deployed program accepts, and with the longest route that fits.
 */
async function sizeFitting(opened: Opened, size: Sizer, buy: Sampler): Promise<Sized> {
  try {
    return await size(opened);
  } catch (error) {
    const other = await otherWay(opened, error, buy);
    if (other === null) throw error;
    return sizeFitting(other, size, buy);
  }
}

/**
 * Whether the caller leaves the venue to us. A caller who names a venue gets that one. The others get the best price,
 * if it is worth an aggregator's route.
 */
const isFree = (platform: Operation["request"]["platform"]): boolean =>
  platform === "auto" || platform === "unknown";

/**
 * Returns the first venue of the route that quotes the operation within its limits and that `size` accepts. If the
 * aggregator's price is better by enough, the aggregator is tried first, and this venue after it.
 *
 * @throws `CTO_E_TRANSFER_FEE_ABOVE_LIMIT`, and the refusals of the route's venues
 */
export async function takeFirst(
  { venues }: Pick<Ports, "venues">,
  request: Operation["request"],
  survey: Survey,
  context: MarketContext,
  size: Sizer,
): Promise<Market> {
  requireTransferFee(survey, request);
  const { platform } = request;
  const detection = await venues.detect(survey, platform);
  const refusals: CTOError[] = [];
  const terms = {
    legs: context.legs.map(({ lamports }) => lamports),
    slippageBps: request.slippageBps,
    agreeWithinBps: agreementLimit(context.limits, request.maxPriceDeviationBps),
    taker: payerOf(context.payers, sampleOf(context.legs, survey)),
  };
  const { limits } = context;
  const prices = createPriceChecks(venues, request, limits, survey, terms);
  const see = async (venue: VenueCode): Promise<OpenVenue> =>
    prices.hold(await venues.open(venue, survey, terms));
  /** Opens the markets that come after the aggregator in the route, so that it is held to what they offer. */
  const seeOwnMarkets = async (later: readonly VenueCode[], trading: readonly VenueCode[]): Promise<void> => {
    for (const venue of later) {
      if (!trading.includes(venue) || prices.hasSeen(venue)) continue;
      await see(venue).catch((error: unknown) => {
        if (!isPassedOver(error)) throw error;
      });
    }
  };
  const buy: Sampler = (open) => buySample(open, request, survey, context, prices);
  const route = [...venues.route(platform, survey.mint, detection)];
  for (let venue = route.shift(); venue !== undefined; venue = route.shift()) {
    try {
      const away = venue === "jupiter" ? prices.away() : null;
      if (away !== null) throw away;
      if (venue === "jupiter") await seeOwnMarkets(route, detection.trading);
      const open = await see(venue);
      if (isFree(platform) && route.includes("jupiter") && (await prices.isBeaten(open))) {
        route.push(venue);
        continue;
      }
      const sized = await sizeFitting(await buy(open), size, buy);
      const price = await prices.check(sized.open);
      await context.decided?.({ kind: "takes", venue, why: sayPrice(price) });
      return { ...sized, detection, limits, price, cap: capOf(request, survey) };
    } catch (error) {
      if (!isPassedOver(error)) throw error;
      refusals.push(error);
      await context.decided?.({ kind: "passesOver", venue, why: error.message, code: error.code });
    }
  }
  throw mostUseful(refusals);
}
