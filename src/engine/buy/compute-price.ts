/** Reads the compute-unit price that an operation's buys offer, from the fees that others pay for the same accounts. */
import type { Address, Buy, Ports, VenueCode } from "../ports.ts";
import type { Opened } from "./sample-buy.ts";

/** Returns the accounts that the buy would lock for writing. We read the recent fees of these accounts. */
export const writableOf = (buy: Buy): Address[] => {
  const accounts = [...buy.setup, ...buy.swap].flatMap((instruction) => instruction.accounts ?? []);
  // Bit 0 of an account's role means "writable".
  return [...new Set(accounts.filter(({ role }) => (role & 1) === 1).map(({ address }) => address))];
};

/** Reads the compute-unit price for the accounts that the sample's buy writes. */
export type PriceReader = (opened: Opened) => Promise<bigint>;

/** Reads the price once per venue, because the venue's other instructions and routes write to the same market. */
export function createPriceReader({
  computeUnitPrice,
}: Pick<Ports["chain"], "computeUnitPrice">): PriceReader {
  const read = new Map<VenueCode, Promise<bigint>>();
  return ({ open: { venue }, buy }) => {
    const price = read.get(venue) ?? computeUnitPrice(writableOf(buy));
    read.set(venue, price);
    return price;
  };
}
