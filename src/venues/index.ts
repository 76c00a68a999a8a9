/** The venues: surveying a token, choosing where to buy it, and opening that place for an operation. */
import type { Chain, VenueCode, Venues } from "../engine/ports.ts";
import { CTOError } from "../errors/index.ts";
import { createJupiterVenue, type JupiterOptions } from "./jupiter.ts";
import { routeFor } from "./route.ts";
import { surveyToken } from "./survey.ts";
import type { QuotedVenue } from "./venue.ts";

export type VenuesOptions = {
  readonly chain: Pick<Chain, "fetchAccounts">;
  readonly jupiter: JupiterOptions;
};

/**
 * The `Venues` port. Opens no connection before it is used, and keeps none.
 *
 * @example
 * const venues = createVenues({ chain, jupiter: { url: "https://api.jup.ag" } });
 * const survey = await venues.survey(mint, [buyer]);
 * const [first] = venues.route("auto", survey);
 */
export const createVenues = ({ chain, jupiter }: VenuesOptions): Venues => {
  const venues: Partial<Record<VenueCode, QuotedVenue>> = { jupiter: createJupiterVenue(chain, jupiter) };
  return {
    survey: (mint, owners) => surveyToken(chain, mint, owners),
    route: (platform) => routeFor(platform),
    open: async (venue, survey, request) => {
      const opened = venues[venue];
      if (opened === undefined) {
        throw new CTOError("CTO_E_NO_ROUTE", {
          mint: survey.mint,
          venue,
          reason: "it is not spoken directly",
        });
      }
      return opened.open(survey, request);
    },
  };
};
