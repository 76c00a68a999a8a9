/** Describes in words what a price was compared with, for the receipt, the estimate and the command line. */
import type { PriceCheck, VenueCode } from "../engine/ports.ts";

const percent = (bps: number): string => `${Number((Math.abs(bps) / 100).toFixed(2))} %`;

const apart = (bps: number, from: string): string => {
  if (bps === 0) return `the same as ${from}`;
  return `${percent(bps)} ${bps > 0 ? "above" : "below"} ${from}`;
};

/**
 * Says whether the price was compared, and with what.
 *
 * @example priceWords({ reference: "aggregator", deviationBps: 12, transferFeeBps: 0 }); // "0.12 % above the aggregator's quote"
 */
export function priceWords({ reference, deviationBps = 0 }: PriceCheck): string {
  if (reference === "aggregator") return apart(deviationBps, "the aggregator's quote");
  if (reference === "maxPrice") return apart(deviationBps, "the caller's maximum price");
  if (reference === "ownMarket") return "not compared: the token's own market, which no stranger can open";
  return "not compared: the aggregator's own quote is the only source";
}

const SHOWN = {
  scaled:
    "wallets show the token's amounts multiplied by a figure of its issuer, so they differ from the amounts and prices here",
  interest: "wallets show the token's amounts with interest, so they differ from the amounts and prices here",
} as const;

/** Says that wallets show other amounts of the token; null if they do not. */
const shownWords = ({ shownAs }: Pick<PriceCheck, "shownAs">): string | null =>
  shownAs === undefined ? null : SHOWN[shownAs];

/** Says what is unusual about the mint: its fee, and what wallets show; null if nothing is. */
export const mintWords = (price: PriceCheck): string | null => {
  const { transferFeeBps } = price;
  const fee = transferFeeBps === 0 ? null : `the mint takes ${percent(transferFeeBps)} of every transfer`;
  const words = [fee, shownWords(price)].filter((part) => part !== null);
  return words.length === 0 ? null : words.join("; ");
};

/** Returns the price's comparison and the transfer fee in one line. */
export const priceLine = (price: PriceCheck, venue?: VenueCode): string =>
  [`${venue === undefined ? "" : `${venue}: `}${priceWords(price)}`, mintWords(price)]
    .filter((part) => part !== null)
    .join("; ");
