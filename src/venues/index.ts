/** The venues: surveying a token, finding where it trades, and opening that place for an operation. */
import type { Address, Chain, OpenVenue, SharedCache, Survey, VenueCode, Venues } from "../engine/ports.ts";
import { CTOError } from "../errors/index.ts";
import { customCodeOf } from "./custom-code.ts";
import { detectPlatform } from "./detect.ts";
import { createDirectVenues } from "./direct-venues.ts";
import { createJupiterVenue, type JupiterOptions } from "./jupiter.ts";
import { JUPITER_ERRORS } from "./jupiter-program.ts";
import { createLookupTableReader } from "./lookup-tables.ts";
import { type Extras, openDirect } from "./open-direct.ts";
import { routeFor } from "./route.ts";
import { surveyToken } from "./survey.ts";
import type { DirectVenue, OpenRequest, VenueErrors } from "./venue.ts";
import { createVersions, type Versions } from "./versions.ts";

export type VenuesOptions = {
  readonly chain: Pick<Chain, "fetchAccounts" | "findAccounts">;
  readonly jupiter: JupiterOptions;
  /** Default: all that are spoken directly. */
  readonly direct?: readonly DirectVenue[];
  /** Our own lookup tables, which make transactions smaller. */
  readonly lookupTables?: readonly Address[];
  /** Where all processes remember which buy instructions the deployed programs take. */
  readonly cache?: SharedCache;
};

const joined = (survey: Survey, further: Survey["fetched"]): Survey => ({
  ...survey,
  fetched: { slot: further.slot, accounts: new Map([...survey.fetched.accounts, ...further.accounts]) },
});

/**
 * The survey with what the venue still lacks: first its own accounts, if it learnt of some, then what those name, and
 * what these name in turn (a launch's platform names the pool that its tokens graduate to).
 */
const completeFor = async (
  chain: Pick<Chain, "fetchAccounts">,
  venue: DirectVenue,
  survey: Survey,
): Promise<Survey> => {
  let complete = survey;
  const own = async (): Promise<readonly Address[]> => venue.accounts(survey.mint);
  const named = async (): Promise<readonly Address[]> => {
    const further = (await venue.more?.(survey.mint, complete.fetched)) ?? [];
    const buyers = [...survey.owners.keys()].map(async (buyer) => (await venue.buyerAccounts?.(buyer)) ?? []);
    return [...further, ...(await Promise.all(buyers)).flat()];
  };
  for (const wanted of [own, named, named]) {
    const missing = (await wanted()).filter((account) => !complete.fetched.accounts.has(account));
    if (missing.length > 0) complete = joined(complete, await chain.fetchAccounts(missing));
  }
  return complete;
};

const openSpoken = async (
  chain: Pick<Chain, "fetchAccounts">,
  venue: DirectVenue,
  survey: Survey,
  request: OpenRequest,
  extras: Extras,
): Promise<OpenVenue> => {
  const complete = await completeFor(chain, venue, survey);
  const reading = await venue.read(survey.mint, complete.fetched);
  if (reading.state === "trading") return openDirect(venue, reading.market, complete, request, extras);
  const reason =
    reading.state === "migrating" || reading.state === "refused"
      ? reading.reason
      : "it has no market for this token";
  const isDry = reading.state === "refused" && reading.isDry === true;
  const context = { mint: survey.mint, venue: venue.code, reason };
  throw new CTOError(isDry ? "CTO_E_NO_LIQUIDITY" : "CTO_E_NO_ROUTE", context);
};

/**
 * The `Venues` port. Opens no connection before it is used, and keeps none.
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
  const quoted = createJupiterVenue(chain, jupiter);
  const spoken = new Map<VenueCode, DirectVenue>(direct.map((venue) => [venue.code, venue]));
  const readTables = createLookupTableReader(chain);
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
    survey: async (mint, owners) => surveyToken(chain, mint, owners, await accountsOf(mint)),
    detect: (survey, asked) => detectPlatform(direct, chain.findAccounts, survey, asked),
    route: routeFor,
    open: async (code, survey, request) => {
      if (code === "jupiter") return quoted.open(survey, request);
      const venue = spoken.get(code);
      if (venue !== undefined) {
        const { order, accepted } = versionsOf(code);
        return openSpoken(chain, venue, survey, request, {
          order: await order(venue.versions?.length ?? 1),
          accepted,
          lookupTables: await readTables(lookupTables),
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
      // Of two programs that number alike and mean different things, the code alone does not tell: no wrong words.
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
