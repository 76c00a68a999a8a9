/** Computes what each wallet paid and what was quoted, from the journal's record alone. */
import type { Leg, OperationDetail, Step } from "../../api/types.ts";
import { hasLanded, isUnderWay } from "../../format/words.ts";

/** The prices are lamports per base unit, and only for drawing. Other code computes the displayed texts exactly. */
export type LegPrice = {
  readonly leg: number;
  /** Null until the leg has landed and its tokens are known. */
  readonly paid: number | null;
  /**
   * The venue's quote for the leg's last transaction. A direct venue's quote assumes that all other legs have landed
   * before.
   */
  readonly quoted: number | null;
  /** The highest price that the leg's transaction accepts. */
  readonly limit: number | null;
};

const BPS = 10_000;

const price = (lamports: string, tokens: string | null): number | null =>
  tokens === null || BigInt(tokens) === 0n ? null : Number(lamports) / Number(tokens);

/** Returns the attempt that landed, or else the last one. */
const attemptOf = (step: Step | undefined) =>
  step?.attempts.find(({ status }) => status === "landed") ?? step?.attempts.at(-1);

export function legPrices({ legs }: Pick<OperationDetail, "legs">, steps: readonly Step[]): LegPrice[] {
  // An operation may have 1,000 legs, and this runs after every burst of events.
  const buys = new Map(steps.filter(({ kind }) => kind === "buy").map((step) => [step.leg, step]));
  return legs.map(({ leg, lamports, status, tokensReceived }) => {
    const attempt = attemptOf(buys.get(leg));
    return {
      leg,
      paid: hasLanded(status) ? price(lamports, tokensReceived) : null,
      quoted: price(lamports, attempt?.quotedTokensOut ?? null),
      limit: price(lamports, attempt?.minTokensOut ?? null),
    };
  });
}

/**
 * Returns how much worse (positive) or better (negative) than its quote the price was, in bps; null if either is
 * unknown.
 */
export const againstQuote = ({ paid, quoted }: LegPrice): number | null =>
  paid === null || quoted === null ? null : Math.round((paid / quoted - 1) * BPS);

/**
 * Returns when the time axis of the filling ends, ms since 1970: at the last event of an operation that is over, and
 * now for one that is under way, even if no event comes.
 */
export const fillEnd = (
  { status }: Pick<OperationDetail, "status">,
  events: readonly { at: string }[],
  now: number,
): number => (isUnderWay(status) ? now : Date.parse(events.at(-1)?.at ?? "") || now);

export type Fill = { readonly ms: number; readonly lamports: bigint };

/** Sums the spent lamports over time, from the events of legs that landed; ms since the first event. */
export function cumulativeFill(
  events: readonly { at: string; type: string; leg?: number; status?: string }[],
  legs: readonly Leg[],
): Fill[] {
  const start = events[0]?.at;
  if (start === undefined) return [];
  const lamportsOf = new Map(legs.map(({ leg, lamports }) => [leg, BigInt(lamports)]));
  const counted = new Set<number>();
  const fill: Fill[] = [{ ms: 0, lamports: 0n }];
  let total = 0n;
  for (const { type, leg, status, at } of events) {
    if (type !== "leg" || leg === undefined || counted.has(leg)) continue;
    if (status !== "confirmed" && status !== "finalized") continue;
    counted.add(leg);
    total += lamportsOf.get(leg) ?? 0n;
    fill.push({ ms: Date.parse(at) - Date.parse(start), lamports: total });
  }
  return fill;
}

/** A price that the operation's own one was compared with, in lamports per base unit. */
export type Reference = { readonly price: number; readonly label: string };

/**
 * Returns the reference of the price check as a price. The journal keeps how far the whole operation's quote was from
 * the aggregator's, so that price follows from the quotes. Null without a reference other than the token's own market.
 *
 * @param decimals the token's decimals, which a maximum price is stated in
 */
export function referenceOf(
  { price, maxPrice, legs }: Pick<OperationDetail, "price" | "maxPrice" | "legs">,
  prices: readonly LegPrice[],
  decimals: number | null | undefined,
): Reference | null {
  if (price?.reference === "maxPrice" && maxPrice !== null && decimals != null) {
    const LAMPORTS_PER_SOL = 1e9;
    return { price: (Number(maxPrice) * LAMPORTS_PER_SOL) / 10 ** decimals, label: "maximum price" };
  }
  if (price?.reference !== "aggregator" || price.deviationBps === undefined) return null;
  const quoted = new Map(prices.map((one) => [one.leg, one.quoted]));
  let lamports = 0;
  let tokens = 0;
  for (const { leg, lamports: share } of legs) {
    const at = quoted.get(leg);
    if (at == null) return null; // A part of the quotes says nothing about the whole.
    lamports += Number(share);
    tokens += Number(share) / at;
  }
  if (tokens === 0) return null;
  return { price: lamports / tokens / (1 + price.deviationBps / BPS), label: "the aggregator" };
}
