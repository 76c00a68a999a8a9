/**
 * Remembers what was offered in one opening, and holds the aggregator to it (P3). The aggregator is a stranger, and every
 * request to it may get another answer. A good quote makes us leave a direct market; a bad one may follow when we ask
 * again. What it asks then may not be dearer than what made us come.
 */
import { CTOError } from "../../errors/index.ts";
import type { Lamports, OpenVenue } from "../ports.ts";
import { deviationOf, mostOf, nearestTo } from "./deviation.ts";
import { larger } from "./max-price.ts";

/** An offer for all lamports of the opening that binds the aggregator. */
type Bound = {
  /** Who offered it, as a phrase for people. */
  readonly says: string;
  readonly tokensOut: bigint;
  /** The least that it would give these lamports of a leg. */
  least(lamports: Lamports): bigint;
};

/** No stranger can have opened such a market. Its offer needs no confirmation. */
const isOwn = ({ market }: OpenVenue): boolean => market === "only" || market === "canonical";

/**
 * Returns the bound of a market that was left. Anyone can open a pool that seems cheap and cannot be used. Such a pool
 * therefore counts for no more than the aggregator itself has quoted.
 */
function boundOf(left: OpenVenue, quoted: bigint | null): Bound | null {
  const whole = mostOf(left);
  if (whole === 0n || (quoted === null && !isOwn(left))) return null;
  const tokensOut = quoted === null || isOwn(left) || whole < quoted ? whole : quoted;
  return {
    says: `${left.venue} offers`,
    tokensOut,
    least: (lamports) => (left.offer(lamports).leastTokens * tokensOut) / whole,
  };
}

const boundsOf = (left: readonly OpenVenue[], quoted: bigint | null): readonly Bound[] => [
  ...(quoted === null
    ? []
    : [{ says: "the aggregator itself quoted before", tokensOut: quoted, least: () => 0n }]),
  ...left.map((one) => boundOf(one, quoted)).filter((bound) => bound !== null),
];

/** Lets a market accept no less than `floor` for a leg, whatever it calculates itself. */
const raised = (open: OpenVenue, floor: (lamports: Lamports) => bigint): OpenVenue => {
  const { shorter, older } = open;
  return {
    ...open,
    offer(lamports) {
      const offer = open.offer(lamports);
      return { ...offer, leastTokens: larger(offer.leastTokens, floor(lamports)) };
    },
    async buy(request) {
      const least = floor(request.lamports);
      const buy = await open.buy({ ...request, atLeast: larger(request.atLeast ?? 0n, least) });
      if (buy.minTokensOut >= least) return buy;
      const { venue, minTokensOut: offered } = buy;
      throw new CTOError("CTO_E_PRICE_MOVED", { venue, offered, least });
    },
    ...(shorter === undefined ? {} : { shorter: async () => raised(await shorter(), floor) }),
    ...(older === undefined ? {} : { older: raised(older, floor) }),
  };
};

export type Offers = {
  has(venue: OpenVenue["venue"]): boolean;
  /** Remembers what a market offers. */
  note(open: OpenVenue): void;
  /**
   * Returns the aggregator's market, where no leg accepts less than it would have got elsewhere, minus the deviation
   * that is allowed. These least amounts become the anchors of the operation.
   *
   * @param quoted what the aggregator itself quoted in this opening; null if it was not asked
   */
  hold(open: OpenVenue, quoted: bigint | null): OpenVenue;
  /** @throws `CTO_E_PRICE_DEVIATES` if the aggregator is dearer than an offer that binds it */
  requireNear(open: OpenVenue, quoted: bigint | null): void;
};

/** Creates the memory of one opening. All its markets are opened for the same legs. */
export function createOffers(limitBps: number): Offers {
  const seen = new Map<OpenVenue["venue"], OpenVenue>();
  const bounds = (quoted: bigint | null) => boundsOf([...seen.values()], quoted);
  return {
    has: (venue) => seen.has(venue),
    note: (open) => void seen.set(open.venue, open),
    hold(open, quoted) {
      const binding = bounds(quoted);
      if (binding.length === 0) return open;
      return raised(open, (lamports) =>
        binding.map(({ least }) => nearestTo(least(lamports), limitBps)).reduce(larger),
      );
    },
    requireNear({ venue, quote }, quoted) {
      for (const { says, tokensOut } of bounds(quoted)) {
        const deviationBps = deviationOf(quote.tokensOut, tokensOut);
        if (deviationBps > limitBps)
          throw new CTOError("CTO_E_PRICE_DEVIATES", { venue, deviationBps, limitBps, than: says });
      }
    },
  };
}
