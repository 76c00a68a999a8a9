/** Determines the venue of a token from what each venue read in the same batch of accounts. */
import type { Address, Detection, Fetched, Found, Platform, Survey, VenueCode } from "../engine/ports.ts";
import { isCTOError } from "../errors/index.ts";
import { ofEveryView, trustsOf } from "./mint-rules.ts";
import type { DirectVenue, FindAccounts, Reading } from "./venue.ts";
import { nameOf, requireSame, viewsOf } from "./views.ts";

/**
 * Launchpads come before free-standing pools, because anyone can open a tiny CPMM pool for another party's mint. If a
 * token is migrating between two venues, we wait and do not buy from a small pool later in the order.
 */
const ORDER = ["pumpfun", "pumpswap", "bonk", "heaven", "meteora", "cpmm"] as const satisfies VenueCode[];

export type Readings = ReadonlyMap<VenueCode, Reading<unknown>>;

const INCOMPLETE: Reading<never> = { state: "incomplete" };

const readAll = async (
  venues: readonly DirectVenue[],
  mint: Address,
  fetched: Fetched,
): Promise<Map<VenueCode, Reading<unknown>>> => {
  const readings = await Promise.all(
    venues.map(async (venue) => {
      const named = (await venue.more?.(mint, fetched)) ?? [];
      const lacks = named.some((account) => !fetched.accounts.has(account));
      const reading = await venue.read(mint, fetched);
      // Only the market's details are missing, so we already know that the market exists.
      const entry: [VenueCode, Reading<unknown>] = [
        venue.code,
        lacks && reading.state === "none" ? INCOMPLETE : reading,
      ];
      return entry;
    }),
  );
  return new Map(readings);
};

const isLive = ({ state }: Reading<unknown>): boolean => state === "trading" || state === "incomplete";

/** @example decidePlatform(new Map([["pumpfun", { state: "trading", market, liquidity }]])).platform; // "pumpfun" */
export const decidePlatform = (readings: Readings): Detection => {
  const ordered = ORDER.flatMap((venue) => {
    const reading = readings.get(venue);
    return reading === undefined ? [] : [{ venue, reading }];
  });
  const trading = ordered.flatMap(({ venue, reading }) => (isLive(reading) ? [venue] : []));
  const notes = ordered.flatMap(({ venue, reading }) =>
    reading.state === "migrating" || reading.state === "refused" ? [`${venue}: ${reading.reason}`] : [],
  );
  const deciding = ordered.find(({ reading }) => isLive(reading) || reading.state === "migrating");
  if (deciding === undefined) return { platform: "unknown", trading, notes };
  const platform = deciding.reading.state === "migrating" ? "migrating" : deciding.venue;
  return { platform, trading, notes };
};

/** No venue trades the token, and no venue reports a migration. */
const isOpenQuestion = (readings: Readings): boolean =>
  [...readings.values()].every((reading) => !isLive(reading) && reading.state !== "migrating");

/**
 * Reads every venue from the survey's accounts. If none trades the token, we search for the pool of the one venue
 * whose pools cannot be derived. If the search fails, the result is "unknown", and the aggregator may still be tried.
 */
const detectVenues = async (
  venues: readonly DirectVenue[],
  find: FindAccounts,
  survey: Survey,
  requested: Platform,
): Promise<Detection> => {
  const { mint, fetched } = survey;
  const readings = await readAll(venues, mint, fetched);
  const searching = venues.find(({ discover }) => discover !== undefined);
  // These two platforms have their own routes, which a search would not change.
  const isSettled = requested === "jupiter" || requested === "unknown" || !isOpenQuestion(readings);
  if (searching?.discover === undefined || isSettled) return decidePlatform(readings);
  let found: readonly Found[];
  try {
    found = await searching.discover(find, mint);
  } catch (error) {
    if (!isCTOError(error) || error.code === "CTO_E_ENDPOINTS_DISAGREE") throw error;
    const detection = decidePlatform(readings);
    return {
      ...detection,
      notes: [...detection.notes, `${searching.code}: could not be requested (${error.message})`],
    };
  }
  const detections = found.map(async ({ endpoint, accounts }) => {
    const known = { ...fetched, accounts: new Map([...fetched.accounts, ...accounts]) };
    const read = await readAll([searching], mint, known);
    return { endpoint, detection: decidePlatform(new Map([...readings, ...read])) };
  });
  const agreed = requireOneDetection(mint, await Promise.all(detections));
  return agreed ?? decidePlatform(readings);
};

/** @throws `CTO_E_ENDPOINTS_DISAGREE` if endpoints show the token at different venues */
const requireOneDetection = (
  mint: Address,
  answers: readonly { readonly endpoint: string; readonly detection: Detection }[],
): Detection | undefined => {
  requireSame(
    `where ${mint} trades`,
    answers.map(({ endpoint, detection: { platform, trading } }) => ({
      endpoint,
      says: [platform, ...trading].join(", "),
    })),
  );
  return answers[0]?.detection;
};

/** Determines where the token trades, and what its mint allows its issuer to do: see {@link trustsOf}. */
export const detectPlatform = async (
  venues: readonly DirectVenue[],
  find: FindAccounts,
  survey: Survey,
  requested: Platform = "auto",
): Promise<Detection> => {
  const detection = await detectVenues(venues, find, survey, requested);
  const trusts = ofEveryView(survey, trustsOf);
  return { ...detection, notes: [...detection.notes, ...trusts.map((trust) => `mint: ${trust}`)] };
};

/**
 * Determines where the token trades, if all endpoints of the survey agree.
 *
 * @throws `CTO_E_ENDPOINTS_DISAGREE`
 */
export const detectAgreed = async (
  venues: readonly DirectVenue[],
  find: FindAccounts,
  survey: Survey,
  requested: Platform = "auto",
): Promise<Detection> => {
  const views = viewsOf(survey);
  if (views.length > 1) {
    // A search is compared when it was answered.
    const answers = views.map(async (view) => ({
      endpoint: nameOf(view),
      detection: decidePlatform(await readAll(venues, view.mint, view.fetched)),
    }));
    requireOneDetection(survey.mint, await Promise.all(answers));
  }
  return detectPlatform(venues, find, survey, requested);
};
