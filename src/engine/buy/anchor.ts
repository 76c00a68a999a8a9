/**
 * One anchor for the whole operation (P4): what its first market offers each leg, less the slippage, is journaled before
 * anything is signed, and no later market, venue, attempt or resume goes below it.
 */
import { CTOError } from "../../errors/index.ts";
import { LeaseLost, type Run } from "../operation/journaling.ts";
import type { Buy, Leg, NewLeg, OpenVenue } from "../ports.ts";
import { type Cap, larger } from "./max-price.ts";

/** A leg that is still to be bought; its anchor is missing before the first market. */
export type LegToBuy = NewLeg & Pick<Leg, "leastTokens">;

/** The anchors of an operation's legs, by their index. */
export type Anchors = ReadonlyMap<number, bigint>;

/** The least that a leg's buy may accept, token base units. */
export const floorOf = ({ leastTokens }: Pick<Leg, "leastTokens">): bigint => leastTokens ?? 0n;

/**
 * The legs that a market offers at least their anchor. The others end when they are to be signed.
 *
 * @throws `CTO_E_PRICE_MOVED` when there are none
 */
export function requireOffer(open: OpenVenue, legs: readonly LegToBuy[]): LegToBuy[] {
  const served = legs.filter((leg) => open.offer(leg.lamports).tokensOut >= floorOf(leg));
  const [first] = legs;
  if (served.length > 0 || first === undefined) return served;
  const offered = open.offer(first.lamports).tokensOut;
  throw new CTOError("CTO_E_PRICE_MOVED", { venue: open.venue, offered, least: floorOf(first) });
}

/**
 * A buy that was built keeps to the anchor, whoever built it.
 *
 * @throws `CTO_E_PRICE_MOVED`
 */
export function requireAnchored({ venue, minTokensOut }: Buy, least: bigint): void {
  if (minTokensOut >= least) return;
  throw new CTOError("CTO_E_PRICE_MOVED", { venue, offered: minTokensOut, least });
}

/** Journals the anchors of those legs that have none, the caller's cap on the price included, and answers them all. */
export async function anchorLegs(
  { ports: { journal }, operation: { id }, lease }: Run,
  open: OpenVenue,
  legs: readonly LegToBuy[],
  cap: Cap,
): Promise<Anchors> {
  const anchors = legs
    .filter(({ leastTokens }) => leastTokens === undefined)
    .map(({ index, lamports }) => ({
      leg: index,
      tokens: larger(open.offer(lamports).leastTokens, cap(lamports)),
    }));
  if (anchors.length > 0 && !(await journal.anchorLegs(id, lease, anchors))) throw new LeaseLost(id);
  const written = await journal.readLegs(id);
  return new Map(
    written.flatMap(({ index, leastTokens }) => (leastTokens === undefined ? [] : [[index, leastTokens]])),
  );
}

/** What a leg's next buy must bring at least. A leg without an anchor is never signed: the next run writes it. */
export function anchorOf({ anchors }: { readonly anchors: Anchors }, { index }: Pick<Leg, "index">): bigint {
  const anchor = anchors.get(index);
  if (anchor !== undefined) return anchor;
  throw new CTOError("CTO_E_INTERNAL", { reason: `leg ${index} has no anchor` });
}
