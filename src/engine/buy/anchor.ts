/**
 * Keeps one anchor for the whole operation (P4). The first market's offer to each leg, minus the slippage, is
 * journaled before anything is signed. No later market, venue, attempt or resumption goes below it.
 */
import { CTOError } from "../../errors/index.ts";
import { LeaseLost, type Run } from "../operation/journaling.ts";
import type { Buy, Leg, NewLeg, OpenVenue } from "../ports.ts";
import { type Cap, larger } from "./max-price.ts";

/** A leg that is still to be bought. It has no anchor before the first market. */
export type LegToBuy = NewLeg & Pick<Leg, "leastTokens">;

/** The anchors of an operation's legs, by leg index. */
export type Anchors = ReadonlyMap<number, bigint>;

/** The fewest tokens that a leg's buy may accept, base units. */
export const floorOf = ({ leastTokens }: Pick<Leg, "leastTokens">): bigint => leastTokens ?? 0n;

/**
 * Returns the legs to which a market offers at least their anchor. The other legs fail when they are to be signed.
 *
 * @throws `CTO_E_PRICE_MOVED` if there are none
 */
export function requireOffer(open: OpenVenue, legs: readonly LegToBuy[]): LegToBuy[] {
  const served = legs.filter((leg) => open.offer(leg.lamports).tokensOut >= floorOf(leg));
  const [first] = legs;
  if (served.length > 0 || first === undefined) return served;
  const offered = open.offer(first.lamports).tokensOut;
  throw new CTOError("CTO_E_PRICE_MOVED", { venue: open.venue, offered, least: floorOf(first) });
}

/** Returns the anchor that a leg would get in this market: the offer less the slippage, and the cap if it is stricter. */
export const newAnchorOf = (
  { offer }: Pick<OpenVenue, "offer">,
  cap: Cap,
  { lamports }: Pick<Leg, "lamports">,
): bigint => larger(offer(lamports).leastTokens, cap(lamports));

/**
 * Requires that a buy keeps the anchor. It applies to our own buys and to those of third parties.
 *
 * @throws `CTO_E_PRICE_MOVED`
 */
export function requireAnchored({ venue, minTokensOut }: Buy, least: bigint): void {
  if (minTokensOut >= least) return;
  throw new CTOError("CTO_E_PRICE_MOVED", { venue, offered: minTokensOut, least });
}

/**
 * Returns the anchor of a leg that the market was not opened for: the best rate of the legs that it serves. A market near
 * its end cannot serve more than these, and a wallet that can buy again later must not buy at a worse price than they.
 */
const anchorAtRateOf = (served: readonly Required<LegToBuy>[], lamports: bigint): bigint =>
  served.map((leg) => (leg.leastTokens * lamports + leg.lamports - 1n) / leg.lamports).reduce(larger, 0n);

/**
 * Journals the anchors of the legs that have none, which include the caller's cap on the price. Returns all anchors.
 *
 * @param legs the legs for which the market was opened. Only for these does it have an offer
 * @param others the legs that cannot be bought now
 */
export async function anchorLegs(
  { ports: { journal }, operation: { id }, lease }: Run,
  open: OpenVenue,
  legs: readonly LegToBuy[],
  cap: Cap,
  others: readonly LegToBuy[] = [],
): Promise<Anchors> {
  const offered = legs.map((leg) => ({
    ...leg,
    leastTokens: leg.leastTokens ?? newAnchorOf(open, cap, leg),
  }));
  const derived = others.map((leg) => ({
    ...leg,
    leastTokens: leg.leastTokens ?? larger(anchorAtRateOf(offered, leg.lamports), cap(leg.lamports)),
  }));
  const missing = new Set(
    [...legs, ...others].filter(({ leastTokens }) => leastTokens === undefined).map(({ index }) => index),
  );
  const anchors = [...offered, ...derived]
    .filter(({ index }) => missing.has(index))
    .map(({ index, leastTokens }) => ({ leg: index, tokens: leastTokens }));
  if (anchors.length > 0 && !(await journal.anchorLegs(id, lease, anchors))) throw new LeaseLost(id);
  const written = await journal.readLegs(id);
  return new Map(
    written.flatMap(({ index, leastTokens }) => (leastTokens === undefined ? [] : [[index, leastTokens]])),
  );
}

/**
 * Returns the fewest tokens that a leg's next buy must bring. A leg without an anchor is never signed; the next run
 * writes its anchor.
 */
export function anchorOf({ anchors }: { readonly anchors: Anchors }, { index }: Pick<Leg, "index">): bigint {
  const anchor = anchors.get(index);
  if (anchor !== undefined) return anchor;
  throw new CTOError("CTO_E_INTERNAL", { reason: `leg ${index} has no anchor` });
}
