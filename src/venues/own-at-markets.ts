/** Lists what a wallet itself has at the markets that we know. A route through such a market writes it. */
import type { Address } from "../engine/ports.ts";
import { createDirectVenues } from "./direct-venues.ts";

const VENUES = createDirectVenues();

/** The addresses follow from the buyer, whether or not the accounts exist. */
export const ownAtMarkets = async (buyer: Address): Promise<readonly Address[]> => {
  const accounts = VENUES.map(async (venue) => (await venue.buyerAccounts?.(buyer)) ?? []);
  return (await Promise.all(accounts)).flat();
};
