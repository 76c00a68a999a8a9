/** Opens a venue that is spoken directly: everything follows from the accounts that were read, without another call. */
import { lamports } from "@solana/kit";
import type { Buy, BuyRequest, Lamports, OpenVenue, Quote, Survey } from "../engine/ports.ts";
import { CTOError } from "../errors/index.ts";
import { BPS } from "./integers.ts";
import type { LookupTables } from "./lookup-tables.ts";
import { associatedAccountRent } from "./token-layout.ts";
import type { DirectQuote, DirectVenue, OpenRequest } from "./venue.ts";

/** In which order the versions of a venue's buy are tried: see `versions.ts`. */
export type Versions = { order(count: number): readonly number[]; accepted(version: number): void };

const ALWAYS_NEWEST: Versions = {
  order: (count) => Array.from({ length: count }, (_, version) => version),
  accepted: () => undefined,
};

export type Extras = {
  readonly versions?: Versions;
  /** Tables that may make its transactions smaller. */
  readonly lookupTables?: LookupTables;
};

type Sized = { readonly quotes: readonly DirectQuote[]; readonly impactBps: number };

const cannotServe = (venue: DirectVenue, survey: Survey, amount: bigint): CTOError =>
  new CTOError("CTO_E_NO_ROUTE", {
    mint: survey.mint,
    venue: venue.code,
    reason: `its market cannot serve ${amount} lamports`,
  });

/** The legs one after the other, in order: what each is expected to get. */
const walk = <Market>(
  venue: DirectVenue<Market>,
  market: Market,
  legs: readonly bigint[],
): { quotes: DirectQuote[]; last: Market } | null => {
  let last = market;
  const quotes: DirectQuote[] = [];
  for (const leg of legs) {
    const quote = venue.quote(last, leg);
    if (quote === null) return null;
    quotes.push(quote);
    last = venue.after(last, leg);
  }
  return { quotes, last };
};

const sizeUp = <Market>(
  venue: DirectVenue<Market>,
  market: Market,
  survey: Survey,
  legs: readonly bigint[],
): Sized => {
  const total = legs.reduce((sum, leg) => sum + leg, 0n);
  const walked = walk(venue, market, legs);
  const whole = venue.quote(market, total);
  if (walked === null || whole === null) throw cannotServe(venue, survey, total);
  return { quotes: walked.quotes, impactBps: whole.priceImpactBps };
};

/** What a leg gets when it lands last, after all the others: no order of landing gives it less. */
const worstCase = <Market>(
  venue: DirectVenue<Market>,
  market: Market,
  legs: readonly bigint[],
  leg: bigint,
): DirectQuote | null => {
  const at = legs.indexOf(leg);
  const walked = walk(venue, market, at < 0 ? legs : legs.toSpliced(at, 1));
  return walked === null ? null : venue.quote(walked.last, leg);
};

/**
 * Sizes the whole operation on the market as it was read, and builds its buys.
 *
 * @throws `CTO_E_NO_ROUTE` when the market cannot serve the amount
 */
export const openDirect = <Market>(
  venue: DirectVenue<Market>,
  market: Market,
  survey: Survey,
  { legs, slippageBps }: OpenRequest,
  { versions = ALWAYS_NEWEST, lookupTables = {} }: Extras = {},
): OpenVenue => {
  const { quotes, impactBps } = sizeUp(venue, market, survey, legs);
  const mint = survey.fetched.accounts.get(survey.mint) ?? null;
  const worst = new Map<bigint, DirectQuote>();

  const buy = async (version: number, { buyer, payer, lamports: amount }: BuyRequest): Promise<Buy> => {
    const quote = worst.get(amount) ?? worstCase(venue, market, legs, amount);
    if (quote === null) throw cannotServe(venue, survey, amount);
    worst.set(amount, quote);
    const minTokensOut = (quote.tokensOut * (BPS - BigInt(slippageBps))) / BPS;
    const asked = { buyer, payer, lamports: amount, minTokensOut, fetched: survey.fetched };
    const built = await venue.instructions(market, asked, version);
    const hasAccount = typeof survey.owners.get(buyer)?.tokens === "bigint";
    return {
      venue: venue.code,
      tokensOut: quote.tokensOut,
      minTokensOut,
      rentLamports: hasAccount || mint === null ? lamports(0n) : associatedAccountRent(mint),
      buyerRentLamports: built.venueRentLamports as Lamports,
      transientLamports: built.transientLamports as Lamports,
      setup: built.setup,
      swap: built.swap,
      cleanup: built.cleanup,
      lookupTables,
    };
  };
  const total: Quote = {
    lamports: lamports(legs.reduce<bigint>((sum, leg) => sum + leg, 0n)),
    tokensOut: quotes.reduce((sum, quote) => sum + quote.tokensOut, 0n),
    priceImpactBps: impactBps,
    legs: quotes.map(({ tokensOut }) => tokensOut),
    feeLamports: lamports(quotes.reduce((sum, quote) => sum + quote.feeLamports, 0n)),
  };
  const open = ([version = 0, ...older]: readonly number[]): OpenVenue => ({
    venue: venue.code,
    quote: total,
    offline: true,
    buy: (request) => buy(version, request),
    accepted: () => versions.accepted(version),
    ...(older.length === 0 ? {} : { older: open(older) }),
  });
  return open(versions.order(venue.versions?.length ?? 1));
};
