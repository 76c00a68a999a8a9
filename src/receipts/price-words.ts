/** Describes in words what a price was compared with, for the receipt, the estimate and the command line. */
import type { PriceCheck, VenueCode } from "../engine/ports.ts";

const percent = (bps: number): string => `${Number((Math.abs(bps) / 100).toFixed(2))} %`;

const apart = (bps: number, from: string): string => {
  if (bps === 0) return `the same as ${from}`;
  return `${percent(bps)} ${bps > 0 ? "above" : "below"} ${from}`;
};

/** @example priceWords({ reference: "aggregator", deviationBps: 12, transferFeeBps: 0 }); // "0.12 % above the aggregator's quote" */
export function priceWords({ reference, deviationBps = 0 }: PriceCheck): string {
  if (reference === "aggregator") return apart(deviationBps, "the aggregator's quote");
  if (reference === "maxPrice") return apart(deviationBps, "the caller's maximum price");
  if (reference === "ownMarket") return "the token's own market, which no stranger can open";
  return "a single source: the aggregator's own quote, held against nothing else";
}

/** Returns null if the mint takes no fee. */
export const transferFeeWords = ({ transferFeeBps }: PriceCheck): string | null =>
  transferFeeBps === 0 ? null : `the mint takes ${percent(transferFeeBps)} of every transfer`;

/** Returns the price's comparison and the transfer fee in one line. */
export const priceLine = (price: PriceCheck, venue?: VenueCode): string =>
  [`${venue === undefined ? "" : `${venue}: `}${priceWords(price)}`, transferFeeWords(price)]
    .filter((part) => part !== null)
    .join("; ");
