/** Describes in words with what a price was compared, if with anything. */
import type { PriceCheck } from "../api/types.ts";
import { formatBps } from "./sol.ts";

const apart = (bps: number, from: string): string =>
  bps === 0 ? `same as ${from}` : `${formatBps(Math.abs(bps))} ${bps > 0 ? "above" : "below"} ${from}`;

export function sayPriceCheck({ reference, deviationBps = 0 }: PriceCheck): string {
  if (reference === "aggregator") return apart(deviationBps, "the aggregator");
  if (reference === "maxPrice") return apart(deviationBps, "the maximum price");
  return reference === "ownMarket" ? "nothing: the token's own market" : "nothing: aggregator's quote only";
}

const SHOWN = {
  scaled: "Wallets multiply them by a figure of the issuer; here they are not",
  interest: "Wallets add interest to them; here they have none",
} as const;

/** Says that wallets show other amounts of the token; null if they do not. */
export const sayShownAs = ({ shownAs }: PriceCheck): string | null =>
  shownAs === undefined ? null : SHOWN[shownAs];
