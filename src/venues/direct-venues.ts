/** Creates every venue that we use directly, without an aggregator. */
import { bonk } from "./bonk/index.ts";
import { cpmm } from "./cpmm/index.ts";
import { heaven } from "./heaven/index.ts";
import { createMeteora } from "./meteora/index.ts";
import { pumpfun } from "./pumpfun/index.ts";
import { pumpswap } from "./pumpswap/index.ts";
import type { DirectVenue } from "./venue.ts";

/** This cast is safe, because a market is passed only to the venue that read it. */
const erased = <Market>(venue: DirectVenue<Market>): DirectVenue => venue as unknown as DirectVenue;

export const createDirectVenues = (): readonly DirectVenue[] => [
  erased(pumpfun),
  erased(pumpswap),
  erased(bonk),
  erased(heaven),
  erased(createMeteora()),
  erased(cpmm),
];
