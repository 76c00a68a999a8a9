/** Every venue that is spoken directly. */
import { bonk } from "./bonk/index.ts";
import { cpmm } from "./cpmm/index.ts";
import { heaven } from "./heaven/index.ts";
import { createMeteora } from "./meteora/index.ts";
import { pumpfun } from "./pumpfun/index.ts";
import { pumpswap } from "./pumpswap/index.ts";
import type { DirectVenue } from "./venue.ts";

/** A market is only ever given back to the venue that read it. */
const erased = <Market>(venue: DirectVenue<Market>): DirectVenue => venue as unknown as DirectVenue;

export const createDirectVenues = (): readonly DirectVenue[] => [
  erased(pumpfun),
  erased(pumpswap),
  erased(bonk),
  erased(heaven),
  erased(createMeteora()),
  erased(cpmm),
];
