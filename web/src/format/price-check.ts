/** Describes in words with which reference a price was compared. */
import type { PriceCheck } from "../api/types.ts";
import { formatBps } from "./sol.ts";

const apart = (bps: number, from: string): string =>
  bps === 0 ? `same as ${from}` : `${formatBps(Math.abs(bps))} ${bps > 0 ? "above" : "below"} ${from}`;

export function sayPriceCheck({ reference, deviationBps = 0 }: PriceCheck): string {
  if (reference === "aggregator") return apart(deviationBps, "the aggregator");
  if (reference === "maxPrice") return apart(deviationBps, "the maximum price");
  return reference === "ownMarket" ? "the token's own market" : "a single source, the aggregator";
}
