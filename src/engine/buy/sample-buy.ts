/** Builds the buy of one leg, the sample, which stands for all legs until they are signed. */
import { CTOError } from "../../errors/index.ts";
import { requireAllowedPrograms } from "../limits/limits.ts";
import type { Buy, OpenVenue, Operation, Survey } from "../ports.ts";
import { lacksAccount } from "./accounts-had.ts";
import { floorOf, type LegToBuy, requireAnchored, requireOffer } from "./anchor.ts";
import { payerOf } from "./draft.ts";
import type { MarketContext } from "./market.ts";
import { capOf, larger, requireUnderCap } from "./max-price.ts";
import type { PriceChecks } from "./price-check.ts";
import { requireImpact } from "./price-impact.ts";

/** A venue that was opened for the operation, with the sample leg, which stands for all legs, and its buy. */
export type Opened = {
  readonly open: OpenVenue;
  readonly sample: LegToBuy;
  readonly buy: Buy;
};

/**
 * Chooses a leg that must create its token account, because it needs the most compute units; the other legs need no
 * more.
 */
export function sampleOf(legs: readonly LegToBuy[], survey: Survey): LegToBuy {
  const sample = legs.find((leg) => lacksAccount(survey, leg)) ?? legs[0];
  if (sample !== undefined) return sample;
  throw new CTOError("CTO_E_INTERNAL", { reason: "a market is opened for no legs" });
}

/**
 * Builds the sample's buy, if the venue's price is within the limits, the caller's cap and the legs' anchors, and if
 * its programs are allowed.
 */
export async function buySample(
  open: OpenVenue,
  request: Operation["request"],
  survey: Survey,
  { legs, payers, limits }: MarketContext,
  prices: PriceChecks,
): Promise<Opened> {
  requireImpact(
    { market: open.market, quote: open.quote, feeBps: prices.feeBps(open) },
    request,
    limits,
    survey,
  );
  const sample = sampleOf(requireOffer(open, legs), survey);
  const cap = capOf(request, survey);
  requireUnderCap(open, { ...request, decimals: survey.decimals }, cap, sample.lamports);
  await prices.check(open);
  const payer = payerOf(payers, sample);
  const atLeast = larger(floorOf(sample), cap(sample.lamports));
  const buy = await open.buy({ buyer: sample.address, payer, lamports: sample.lamports, atLeast });
  requireAnchored(buy, atLeast);
  requireAllowedPrograms(limits, buy);
  return { open, sample, buy };
}
