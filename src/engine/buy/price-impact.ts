/** Limits what an operation may lose to its own price impact and to the mint's transfer fee. */
import { CTOError } from "../../errors/index.ts";
import { type Limits, priceImpactLimit } from "../limits/limits.ts";
import type { OpenVenue, Operation, Survey } from "../ports.ts";
import { lossBps } from "./price-check.ts";

/**
 * Checks the limit of the caller or of the installation on what the whole operation may lose, through its price
 * impact and through the mint's transfer fee.
 *
 * @throws `CTO_E_PRICE_IMPACT_ABOVE_LIMIT`
 */
export function requireImpact(
  { quote }: Pick<OpenVenue, "quote">,
  { maxPriceImpactBps }: Pick<Operation["request"], "maxPriceImpactBps">,
  limits: Pick<Limits, "maxPriceImpactBps">,
  { transferFeeBps = 0 }: Pick<Survey, "transferFeeBps">,
): void {
  const limitBps = priceImpactLimit(limits, maxPriceImpactBps);
  const impactBps = lossBps(quote.priceImpactBps, transferFeeBps);
  if (limitBps !== undefined && impactBps > limitBps)
    throw new CTOError("CTO_E_PRICE_IMPACT_ABOVE_LIMIT", { impactBps, limitBps, transferFeeBps });
}
