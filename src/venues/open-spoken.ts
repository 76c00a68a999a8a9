/**
 * Opens a direct venue on the readings of several endpoints: reads the missing accounts from every endpoint of the
 * survey, and sizes the operation on the results of all of them.
 */
import type { Address, MarketFacts, OpenVenue, Survey, WitnessReader } from "../engine/ports.ts";
import { CTOError, isCTOError } from "../errors/index.ts";
import { openAgreed, type View } from "./agree.ts";
import { chooseOnePool } from "./one-pool.ts";
import { type Extras, factsOf, openDirect } from "./open-direct.ts";
import type { DirectVenue, OpenRequest, Reading } from "./venue.ts";
import { nameOf, requireSame, viewsOf, withAccounts } from "./views.ts";

/**
 * Adds the venue's missing accounts to the survey's views: first the venue's own accounts, if it learnt new ones;
 * then the accounts that these contain; then the accounts that those contain. For example, a launch's platform
 * contains the address of the pool that its tokens graduate to.
 */
const completeFor = async (
  read: WitnessReader,
  venue: DirectVenue,
  survey: Survey,
): Promise<readonly Survey[]> => {
  let views: readonly Survey[] = viewsOf(survey);
  const own = async ({ mint }: Survey): Promise<readonly Address[]> => venue.accounts(mint);
  const named = async ({ mint, fetched, owners }: Survey): Promise<readonly Address[]> => {
    const further = (await venue.more?.(mint, fetched)) ?? [];
    const buyers = [...owners.keys()].map(async (buyer) => (await venue.buyerAccounts?.(buyer)) ?? []);
    return [...further, ...(await Promise.all(buyers)).flat()];
  };
  for (const wanted of [own, named, named]) {
    const missing = views.map(async (view) =>
      (await wanted(view)).filter((account) => !view.fetched.accounts.has(account)),
    );
    views = await withAccounts(views, read, [...new Set((await Promise.all(missing)).flat())]);
  }
  return views;
};

const notHere = (venue: DirectVenue, { mint }: Survey, reading: Reading<unknown>): CTOError => {
  const reason =
    reading.state === "migrating" || reading.state === "refused"
      ? reading.reason
      : "it has no market for this token";
  const isDry = reading.state === "refused" && reading.isDry === true;
  const context = { mint, venue: venue.code, reason };
  return new CTOError(isDry ? "CTO_E_NO_LIQUIDITY" : "CTO_E_NO_ROUTE", context);
};

const readMarket = async (venue: DirectVenue, view: Survey): Promise<unknown> => {
  const reading = await venue.read(view.mint, view.fetched);
  if (reading.state === "trading") return reading.market;
  throw notHere(venue, view, reading);
};

type Opened = View & { readonly facts: MarketFacts };

/** @param chosen the market, if it is not the one that the view itself shows as the best */
const openView = async (
  venue: DirectVenue,
  view: Survey,
  request: OpenRequest,
  extras: Extras,
  chosen?: unknown,
): Promise<Opened> => {
  const market = chosen ?? (await readMarket(venue, view));
  const open = openDirect(venue, market, view, request, extras);
  return { endpoint: nameOf(view), open, facts: factsOf(market) };
};

/**
 * Requires that all endpoints show one market. A token may have several pools, and each endpoint's accounts decide by
 * themselves which one is best, unless two are almost the same (`one-pool.ts`): an endpoint that shows a stranger's pool
 * as cheap would choose that pool, while the price of another one would be checked.
 *
 * @throws `CTO_E_ENDPOINTS_DISAGREE`
 */
const requireOneMarket = (venue: DirectVenue, { mint }: Survey, opened: readonly Opened[]): void => {
  for (const name of new Set(opened.flatMap(({ facts }) => Object.keys(facts))))
    requireSame(
      `the ${name} of the market of ${mint} at ${venue.code}`,
      opened.map(({ endpoint, facts }) => ({ endpoint, says: String(facts[name]) })),
    );
};

/**
 * Opens the venue on every view.
 * @throws `CTO_E_NO_ROUTE`, `CTO_E_NO_LIQUIDITY` if all endpoints refuse; `CTO_E_ENDPOINTS_DISAGREE` if only some
 * refuse, if they show different markets, or if their prices differ by more than may be
 */
export const openSpoken = async (
  read: WitnessReader,
  venue: DirectVenue,
  survey: Survey,
  request: OpenRequest,
  extras: Extras,
): Promise<OpenVenue> => {
  const opened: Opened[] = [];
  const answers: { endpoint: string; says: string }[] = [];
  let refusal: CTOError | undefined;
  const views = await completeFor(read, venue, survey);
  const chosen = await chooseOnePool(venue, views, request.slippageBps);
  for (const [at, view] of views.entries()) {
    const endpoint = nameOf(view);
    try {
      opened.push(await openView(venue, view, request, extras, chosen?.[at]));
      answers.push({ endpoint, says: "it can be bought there" });
    } catch (error) {
      if (!isCTOError(error)) throw error;
      refusal ??= error;
      answers.push({ endpoint, says: "it cannot" });
    }
  }
  requireSame(`whether ${survey.mint} can be bought at ${venue.code}`, answers);
  if (refusal !== undefined) throw refusal;
  requireOneMarket(venue, survey, opened);
  return openAgreed(opened, request.legs, request.agreeWithinBps);
};
