/** Creates the `Venues` port, which surveys a token, finds where it trades, and opens that market for an operation. */
import type { Address, Chain, SharedCache, VenueCode, Venues, WitnessReader } from "../engine/ports.ts";
import { CTOError } from "../errors/index.ts";
import { customCodeOf } from "./custom-code.ts";
import { detectAgreed } from "./detect.ts";
import { createDirectVenues } from "./direct-venues.ts";
import { createJupiterVenue, type JupiterOptions } from "./jupiter.ts";
import { JUPITER_ERRORS } from "./jupiter-program.ts";
import { openSpoken } from "./open-spoken.ts";
import { routeFor } from "./route.ts";
import { createRouteReader } from "./route-accounts.ts";
import { surveyToken } from "./survey.ts";
import type { DirectVenue, VenueErrors } from "./venue.ts";
import { createVersions, type Versions } from "./versions.ts";

export type VenuesOptions = {
  readonly chain: Pick<Chain, "fetchAccounts" | "findAccounts" | "witnessAccounts">;
  readonly jupiter: JupiterOptions;
  /** Default: all direct venues. */
  readonly direct?: readonly DirectVenue[];
  /** Our own lookup tables, which make transactions smaller. */
  readonly lookupTables?: readonly Address[];
  /** The shared store in which processes remember which buy instructions the deployed programs accept. */
  readonly cache?: SharedCache;
};

/**
 * Creates the `Venues` port. Opens no connection before its first use, and keeps none open.
 *
 * @example
 * const venues = createVenues({ chain, jupiter: { url: "https://api.jup.ag" } });
 * const survey = await venues.survey(mint, [buyer]);
 * const [first] = venues.route("auto", mint, await venues.detect(survey));
 */
export const createVenues = ({
  chain,
  jupiter,
  direct = createDirectVenues(),
  lookupTables = [],
  cache,
}: VenuesOptions): Venues => {
  const spoken = new Map<VenueCode, DirectVenue>(direct.map((venue) => [venue.code, venue]));
  const witness: WitnessReader =
    chain.witnessAccounts ??
    (async (addresses) => [{ ...(await chain.fetchAccounts(addresses)), endpoint: "the endpoint" }]);
  const readRoute = createRouteReader(witness);
  const quoted = createJupiterVenue(readRoute, jupiter);
  const versions = new Map<VenueCode, Versions>();
  const versionsOf = (code: VenueCode): Versions => {
    const known = versions.get(code) ?? createVersions(code, cache);
    versions.set(code, known);
    return known;
  };
  const errorsOf = (code: VenueCode): VenueErrors | undefined =>
    code === "jupiter" ? JUPITER_ERRORS : spoken.get(code)?.errors;
  const accountsOf = async (mint: Address): Promise<Address[]> =>
    (await Promise.all(direct.map((venue) => venue.accounts(mint)))).flat();
  return {
    survey: async (mint, owners) => surveyToken(witness, mint, owners, await accountsOf(mint)),
    detect: (survey, requested) => detectAgreed(direct, chain.findAccounts, survey, requested),
    route: routeFor,
    open: async (code, survey, request) => {
      if (code === "jupiter") return quoted.open(survey, request);
      const venue = spoken.get(code);
      if (venue !== undefined) {
        const { order, accepted } = versionsOf(code);
        return openSpoken(witness, venue, survey, request, {
          order: await order(venue.versions?.length ?? 1),
          accepted,
          lookupTables: (await readRoute(lookupTables)).lookupTables,
        });
      }
      const reason = "it is not spoken directly";
      throw new CTOError("CTO_E_NO_ROUTE", { mint: survey.mint, venue: code, reason });
    },
    reference: (survey, request) => quoted.reference(survey, request),
    explain: (code, failure) => {
      const custom = customCodeOf(failure);
      const errors = errorsOf(code);
      const meaning = custom === null ? undefined : errors?.codes[custom];
      const further = spoken.get(code)?.furtherErrors;
      // Two programs may use the same code with different meanings. The code alone does not identify the program, so
      // we explain nothing.
      if (custom !== null && further !== undefined && further.codes[custom] !== meaning) return null;
      const name = further === undefined ? errors?.name : `${errors?.name} or ${further.name}`;
      return meaning === undefined ? null : `${name}: ${meaning} (custom error ${custom})`;
    },
    hasEnded: (code, failure) => {
      const custom = customCodeOf(failure);
      return custom !== null && (errorsOf(code)?.ended.includes(custom) ?? false);
    },
  };
};
