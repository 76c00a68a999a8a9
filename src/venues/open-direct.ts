/** Opens a direct venue: calculates everything from the accounts that were read, without another request. */
import { lamports } from "@solana/kit";
import { once } from "../base/once.ts";
import type {
  Address,
  Buy,
  BuyRequest,
  Lamports,
  MarketFacts,
  Offer,
  OpenVenue,
  Quote,
  Survey,
} from "../engine/ports.ts";
import { CTOError } from "../errors/index.ts";
import { BPS, ceilDiv, maximum, minimum } from "./integers.ts";
import { type LookupTables, withoutEntries } from "./lookup-tables.ts";
import { associatedAccountToOpen } from "./token-layout.ts";
import type { DirectQuote, DirectVenue, OpenRequest } from "./venue.ts";
import { wrappedAccountOf } from "./wrapped-sol.ts";

export type Extras = {
  /**
   * The order in which we try the versions of the venue's buy (default: the first only), and a function to call with
   * the version that was accepted.
   */
  readonly order?: readonly number[];
  readonly accepted?: (version: number) => Promise<void>;
  /** Lookup tables that may make its transactions smaller. */
  readonly lookupTables?: LookupTables;
};

type Sized = { readonly quotes: readonly DirectQuote[]; readonly impactBps: number };

const cannotServe = (venue: DirectVenue, survey: Survey, amount: bigint): CTOError =>
  new CTOError("CTO_E_NO_LIQUIDITY", {
    mint: survey.mint,
    venue: venue.code,
    reason: `its market cannot serve ${amount} lamports`,
  });

/** The expected result of each leg, if the legs land one after the other in order. */
const walk = <Market>(
  venue: DirectVenue<Market>,
  market: Market,
  legs: readonly bigint[],
): DirectQuote[] | null => {
  let at = market;
  const quotes: DirectQuote[] = [];
  for (const leg of legs) {
    const quote = venue.quote(at, leg);
    if (quote === null) return null;
    quotes.push(quote);
    at = venue.after(at, leg);
  }
  return quotes;
};

const sizeUp = <Market>(
  venue: DirectVenue<Market>,
  market: Market,
  survey: Survey,
  legs: readonly bigint[],
): Sized => {
  const total = legs.reduce((sum, leg) => sum + leg, 0n);
  const quotes = walk(venue, market, legs);
  const whole = venue.quote(market, total);
  if (quotes === null || whole === null) throw cannotServe(venue, survey, total);
  return { quotes, impactBps: whole.priceImpactBps };
};

/**
 * The least that a leg gets, for any number of other legs that land before it, in any order.
 *
 * Usually the worst case is after all other legs together: fees that stay in a pool make many small buys cheaper than
 * one buy of their sum. But if a venue's fee falls with the price, the first leg may get less.
 */
const worstCase = <Market>(
  venue: DirectVenue<Market>,
  market: Market,
  legs: readonly bigint[],
  leg: bigint,
): DirectQuote | null => {
  const own = legs.indexOf(leg);
  const others = own < 0 ? legs : legs.toSpliced(own, 1);
  const sum = others.reduce((total, other) => total + other, 0n);
  const states = [market, venue.after(market, sum)];
  let at = market;
  for (const other of others) {
    at = venue.after(at, other);
    states.push(at);
  }
  let least: DirectQuote | null = null;
  for (const state of states) {
    const quote = venue.quote(state, leg);
    if (quote === null) return null;
    if (least === null || quote.tokensOut < least.tokensOut) least = quote;
  }
  return least;
};

/** The wallets, and their accounts of the token and of wrapped SOL. */
const accountsOfOurs = async ({ owners }: Survey): Promise<ReadonlySet<Address>> =>
  new Set(
    await Promise.all(
      [...owners].flatMap(([owner, { tokenAccount }]) => [owner, tokenAccount, wrappedAccountOf(owner)]),
    ),
  );

const BILLION = 1_000_000_000n;

/**
 * A margin for rounding, in token base units: every landing rounds, and the result depends on the earlier landings,
 * so a leg may get this much less in another order. The margin is one unit per other leg plus a billionth of the
 * amount per other leg, because hardly any market holds fewer than a billion lamports.
 *
 * It is never more than a hundredth of the amount. Of a token with few units, one unit per leg would be most of what the
 * leg gets, and would be anybody's to take. Below a hundred units there is no margin, but the slippage is rounded down,
 * which leaves one unit. In all orders that we tried, no leg got less than its worst case (`test/venues/few-units.test.ts`).
 */
const roundingOf = (tokensOut: bigint, others: number): bigint =>
  minimum(BigInt(others) + ceilDiv(tokensOut * BigInt(others), BILLION), tokensOut / 100n);

/** The market's accounts by name, and its kind. The policy uses only these facts. */
export const factsOf = (market: unknown): MarketFacts =>
  Object.fromEntries(
    Object.entries(Object(market) as Record<string, unknown>).filter(
      (fact): fact is [string, string | boolean] => ["string", "boolean"].includes(typeof fact[1]),
    ),
  );

/**
 * Sizes the whole operation on the market as it was read, and builds its buys.
 *
 * @throws `CTO_E_NO_LIQUIDITY` if the market cannot serve the amount
 */
export const openDirect = <Market>(
  venue: DirectVenue<Market>,
  market: Market,
  survey: Survey,
  { legs, slippageBps }: OpenRequest,
  { order = [0], accepted = async () => undefined, lookupTables = {} }: Extras = {},
): OpenVenue => {
  const { quotes, impactBps } = sizeUp(venue, market, survey, legs);
  const mint = survey.fetched.accounts.get(survey.mint) ?? null;
  const facts = factsOf(market);
  const worst = new Map<bigint, DirectQuote>();
  const tables = once(async () =>
    Object.keys(lookupTables).length === 0
      ? lookupTables
      : withoutEntries(lookupTables, await accountsOfOurs(survey)),
  );

  const worstOf = (amount: Lamports): DirectQuote => {
    const quote = worst.get(amount) ?? worstCase(venue, market, legs, amount);
    if (quote === null) throw cannotServe(venue, survey, amount);
    worst.set(amount, quote);
    return quote;
  };
  const offer = (amount: Lamports): Offer => {
    const { tokensOut } = worstOf(amount);
    const surely = maximum(tokensOut - roundingOf(tokensOut, legs.length - 1), 1n);
    return { tokensOut: surely, leastTokens: maximum((surely * (BPS - BigInt(slippageBps))) / BPS, 1n) };
  };
  const buy = async (
    version: number,
    { buyer, payer, lamports: amount, atLeast = 0n }: BuyRequest,
  ): Promise<Buy> => {
    const quote = worstOf(amount);
    const { tokensOut: offered, leastTokens } = offer(amount);
    if (offered < atLeast)
      throw new CTOError("CTO_E_PRICE_MOVED", { venue: venue.code, offered, least: atLeast });
    const minTokensOut = maximum(leastTokens, atLeast);
    const { fetched, cluster } = survey;
    const { lamportsPerByte } = cluster;
    const holdings = survey.owners.get(buyer);
    const hasAccount = typeof holdings?.tokens === "bigint";
    const there = holdings && fetched.accounts.get(holdings.tokenAccount);
    const terms = { buyer, payer, lamports: amount, minTokensOut, lamportsPerByte, fetched };
    const held = hasAccount ? { hasTokenAccount: true as const } : {};
    const built = await venue.instructions(market, { ...terms, ...held }, version);
    return {
      venue: venue.code,
      tokensOut: quote.tokensOut,
      minTokensOut,
      rentLamports:
        hasAccount || mint === null ? lamports(0n) : associatedAccountToOpen(cluster, mint, there),
      buyerRentLamports: built.venueRentLamports as Lamports,
      transientLamports: built.transientLamports as Lamports,
      setup: built.setup,
      swap: built.swap,
      cleanup: built.cleanup,
      lookupTables: await tables(),
      market: facts,
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
    market: venue.kind(market),
    quote: total,
    offline: true,
    offer,
    buy: (request) => buy(version, request),
    accepted: () => accepted(version),
    ...(older.length === 0 ? {} : { older: open(older) }),
  });
  return open(order);
};
