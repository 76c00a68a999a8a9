/**
 * One market as several endpoints tell it. Of what moves between their slots the dearest reading binds nobody: a leg accepts
 * no less than the **highest** of their least amounts. A market in which that is more than another endpoint says a leg can get
 * at all is not a matter of slots any more, and nothing is signed in it.
 */
import type { Buy, Lamports, Offer, OpenVenue, Quote } from "../engine/ports.ts";
import { CTOError } from "../errors/index.ts";
import { minimum } from "./integers.ts";

/** The market as this endpoint tells it. */
export type View = { readonly endpoint: string; readonly open: OpenVenue };

type Offered = View & Offer;

/** What each endpoint says that a leg gets; the one with the highest least amount first. */
const offersOf = (views: readonly View[], lamports: Lamports): [Offered, ...Offered[]] => {
  const offers = views.map((view): Offered => ({ ...view, ...view.open.offer(lamports) }));
  const [binding, ...others] = offers.toSorted((a, b) => (a.leastTokens > b.leastTokens ? -1 : 1));
  if (binding === undefined) throw new CTOError("CTO_E_INTERNAL", { reason: "no endpoint was asked" });
  return [binding, ...others];
};

const lowest = (offers: readonly Offer[]): bigint => offers.map(({ tokensOut }) => tokensOut).reduce(minimum);

/** @throws `CTO_E_ENDPOINTS_DISAGREE` */
const requireAgreement = (views: readonly View[], lamports: Lamports): void => {
  const offers = offersOf(views, lamports);
  if (lowest(offers) >= offers[0].leastTokens) return;
  throw new CTOError("CTO_E_ENDPOINTS_DISAGREE", {
    about: `what ${lamports} lamports buy at ${offers[0].open.venue}`,
    answers: views.map(({ endpoint, open }) => ({
      endpoint,
      says: `${open.offer(lamports).tokensOut} token units`,
    })),
  });
};

/** The quote that promises most, with the impact that is worst. */
const quoteOf = (views: readonly View[]): Quote | undefined => {
  const quotes = views.map(({ open }) => open.quote);
  const [most] = quotes.toSorted((a, b) => (a.tokensOut > b.tokensOut ? -1 : 1));
  const priceImpactBps = Math.max(...quotes.map((quote) => quote.priceImpactBps));
  return most && { ...most, priceImpactBps };
};

/**
 * A venue opened on what several endpoints say, as the engine knows one.
 *
 * @param views of a venue that asks nobody
 * @throws `CTO_E_ENDPOINTS_DISAGREE` when their prices differ by more than the slippage
 */
export const openAgreed = (views: readonly View[], legs: readonly Lamports[]): OpenVenue => {
  const [first] = views;
  const quote = quoteOf(views);
  if (first === undefined || quote === undefined)
    throw new CTOError("CTO_E_INTERNAL", { reason: "no endpoint was asked" });
  if (views.length === 1) return first.open;
  for (const lamports of new Set(legs)) requireAgreement(views, lamports);
  const older = views.flatMap(({ endpoint, open }) =>
    open.older === undefined ? [] : [{ endpoint, open: open.older }],
  );
  return {
    ...first.open,
    quote,
    offer(lamports) {
      const offers = offersOf(views, lamports);
      return { tokensOut: lowest(offers), leastTokens: offers[0].leastTokens };
    },
    buy(request): Promise<Buy> {
      const [binding] = offersOf(views, request.lamports);
      return binding.open.buy(request);
    },
    ...(older.length === views.length ? { older: openAgreed(older, legs) } : {}),
  };
};
