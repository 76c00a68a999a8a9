/**
 * Combines the readings of one market from several endpoints (P5).
 *
 * Prices move between the endpoints' slots, so the readings may differ. Each check is held to the reading that is
 * strictest for it:
 *
 * - A leg accepts no less than the **highest** of their least amounts, so a reading with a higher price cannot weaken it.
 * - The price is judged by the reading that is **dearest**, so a reading with a lower price cannot hide a market that is
 *   too dear.
 * - The aggregator is held to the reading that is **cheapest** (`mostTokensOut`), so a reading with a higher price cannot
 *   let it be dearer.
 *
 * If the readings are further apart than the slippage, or than the bound that is given beside it, different slots do not
 * explain the difference, and we sign nothing in this market.
 */
import type { Buy, Lamports, Offer, OpenVenue, Quote } from "../engine/ports.ts";
import { CTOError } from "../errors/index.ts";
import { BPS, maximum, minimum } from "./integers.ts";

/** The market, as this endpoint returned it. */
export type View = { readonly endpoint: string; readonly open: OpenVenue };

type Offered = View & Offer;

/** What a leg gets according to each endpoint. The offer with the highest least amount is first. */
const offersOf = (views: readonly View[], lamports: Lamports): [Offered, ...Offered[]] => {
  const offers = views.map((view): Offered => ({ ...view, ...view.open.offer(lamports) }));
  const [binding, ...others] = offers.toSorted((a, b) => (a.leastTokens > b.leastTokens ? -1 : 1));
  if (binding === undefined) throw new CTOError("CTO_E_INTERNAL", { reason: "no endpoint was asked" });
  return [binding, ...others];
};

const lowest = (offers: readonly Offer[]): bigint => offers.map(({ tokensOut }) => tokensOut).reduce(minimum);

/** How far readings may be apart, if the slippage allows more: a slippage of everything would allow any lie. */
const NO_BOUND = Number(BPS);

/** @throws `CTO_E_ENDPOINTS_DISAGREE` */
const requireAgreement = (views: readonly View[], lamports: Lamports, withinBps: number): void => {
  const offers = offersOf(views, lamports);
  const most = offers.map(({ tokensOut }) => tokensOut).reduce(maximum);
  const bound = (most * (BPS - BigInt(withinBps))) / BPS;
  if (lowest(offers) >= maximum(offers[0].leastTokens, bound)) return;
  throw new CTOError("CTO_E_ENDPOINTS_DISAGREE", {
    about: `what ${lamports} lamports buy at ${offers[0].open.venue}`,
    answers: views.map(({ endpoint, open }) => ({
      endpoint,
      says: `${open.offer(lamports).tokensOut} token units`,
    })),
  });
};

/** The quote with the fewest tokens, and the worst price impact and the highest fee of all quotes. */
const quoteOf = (views: readonly View[]): Quote | undefined => {
  const quotes = views.map(({ open }) => open.quote);
  const [dearest] = quotes.toSorted((a, b) => (a.tokensOut < b.tokensOut ? -1 : 1));
  if (dearest === undefined) return undefined;
  const priceImpactBps = Math.max(...quotes.map((quote) => quote.priceImpactBps));
  const fees = quotes.flatMap(({ feeLamports }) => feeLamports ?? []);
  const feeLamports = fees.length === 0 ? null : (fees.reduce<bigint>(maximum, 0n) as Lamports);
  return { ...dearest, priceImpactBps, feeLamports };
};

/**
 * Opens a venue on the readings of several endpoints, as the engine's `OpenVenue`.
 *
 * @param views of a venue that makes no requests
 * @param withinBps how far they may be apart if the slippage allows more
 * @throws `CTO_E_ENDPOINTS_DISAGREE` if their prices differ by more than the slippage or that bound
 */
export const openAgreed = (
  views: readonly View[],
  legs: readonly Lamports[],
  withinBps = NO_BOUND,
): OpenVenue => {
  const [first] = views;
  const quote = quoteOf(views);
  if (first === undefined || quote === undefined)
    throw new CTOError("CTO_E_INTERNAL", { reason: "no endpoint was asked" });
  if (views.length === 1) return first.open;
  for (const lamports of new Set(legs)) requireAgreement(views, lamports, withinBps);
  const older = views.flatMap(({ endpoint, open }) =>
    open.older === undefined ? [] : [{ endpoint, open: open.older }],
  );
  return {
    ...first.open,
    quote,
    mostTokensOut: views.map(({ open }) => open.quote.tokensOut).reduce(maximum),
    offer(lamports) {
      const offers = offersOf(views, lamports);
      return { tokensOut: lowest(offers), leastTokens: offers[0].leastTokens };
    },
    buy(request): Promise<Buy> {
      const [binding] = offersOf(views, request.lamports);
      return binding.open.buy(request);
    },
    ...(older.length === views.length ? { older: openAgreed(older, legs, withinBps) } : {}),
  };
};
