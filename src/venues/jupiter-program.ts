/** Defines Jupiter's aggregator program: its address, and the error codes of its documentation. */
import { address } from "@solana/kit";
import type { VenueErrors } from "./venue.ts";

export const JUPITER_PROGRAM = address("JUP6LkbZbjS1jKKwapdHNy74zcZ3tLUZoi5QNyVTaV4");

export const JUPITER_ERRORS: VenueErrors = {
  program: JUPITER_PROGRAM,
  name: "Jupiter",
  codes: {
    6001: "the price moved further than the slippage limit",
    6008: "an account that the route needs is not named",
    6014: "a token program is not the mint's",
    6017: "the route does not give the exact amount",
    6024: "there are not enough funds",
    6025: "a token account is not valid",
  },
  ended: [],
  slippage: [6001],
};
