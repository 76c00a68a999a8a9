/**
 * Keeps the market in which an operation's legs are signed. It is opened when the first leg needs one, and opened
 * again when it has ended half-way (a bonding curve that is complete), so that the remaining legs go to the token's
 * present market.
 */

import { once } from "../../base/once.ts";
import type {
  Address,
  Attempt,
  Chain,
  Signature,
  Survey,
  TransactionFailure,
  VenueCode,
  Venues,
} from "../ports.ts";
import { accountsHad, isGone, isOfInstruction } from "./accounts-had.ts";
import type { Anchors } from "./anchor.ts";
import type { Market } from "./market.ts";
import { isShortOfRent, type OutOfReach, readRentRate } from "./rents-moved.ts";

/** A market in which legs may be signed: the fewest tokens of each leg are journaled. */
export type AnchoredMarket = Market & {
  readonly anchors: Anchors;
  /** Legs whose funding does not suffice for any market of this operation. */
  readonly outOfReach: OutOfReach;
  /** What each leg was funded ahead with, by leg index: its buys take no more. */
  readonly funded: ReadonlyMap<number, bigint>;
};

export type Markets = {
  /**
   * Returns the market, and opens it first if necessary. A resumed operation whose legs are all in flight never calls
   * it.
   */
  current(): Promise<AnchoredMarket>;
  /**
   * Whether this failure of a buy at that venue means that the market there has ended. If legs are signed in that
   * market now, the next leg opens another.
   */
  ends(venue: VenueCode | undefined, failure: TransactionFailure): boolean;
  /** Records which attempt was signed in which market, and for which buyer. */
  note(signature: Signature, market: AnchoredMarket, buyer: Address): void;
  /**
   * Whether this attempt failed because something has changed since it was planned: rents, which may have risen and
   * fallen again, or an account that its buyer had and lost. If the present market was opened before that change, the
   * next leg opens another one with a new survey.
   *
   * @throws as `fetchAccounts` does: an unknown answer is requested again later
   */
  outgrew(attempt: Pick<Attempt, "signature">, failure: TransactionFailure): Promise<boolean>;
  /**
   * Whether rents have changed since this market was opened, or an account of this buyer is gone. If so, a leg that
   * is refused before signing is planned again.
   *
   * @throws as `fetchAccounts` does
   */
  isOutdated(market: AnchoredMarket, buyer: Address): Promise<boolean>;
};

/** The survey and the buyer of an attempt's plan. */
type Plan = { readonly survey: Survey; readonly buyer: Address };

export function createMarkets(
  { venues, chain }: { venues: Pick<Venues, "hasEnded">; chain: Pick<Chain, "fetchAccounts"> },
  open: () => Promise<AnchoredMarket>,
): Markets {
  let opened: VenueCode | undefined;
  let surveyed: Survey | undefined;
  const plans = new Map<Signature, Plan>();
  let current = once(open);
  /** Replaces the market once, even if several legs find out at the same time. */
  const replace = (): void => {
    opened = undefined;
    surveyed = undefined;
    current = once(open);
  };
  const hasLost = async ({ survey, buyer }: Plan): Promise<boolean> => {
    if (!(await isGone(chain, accountsHad(survey, buyer)))) return false;
    if (surveyed === survey) replace();
    return true;
  };
  /** @param planned the rent rate of the plan; undefined if it is not known */
  const hasMoved = async (planned: bigint | undefined): Promise<boolean> => {
    const now = await readRentRate(chain);
    if (now === planned) return false;
    if (surveyed !== undefined && surveyed.cluster.lamportsPerByte !== now) replace();
    return true;
  };
  return {
    async current() {
      const market = await current();
      opened = market.open.venue;
      surveyed = market.survey;
      return market;
    },
    ends(venue, failure) {
      if (venue === undefined || !venues.hasEnded(venue, failure)) return false;
      if (venue === opened) replace();
      return true;
    },
    note: (signature, { survey }, buyer) => plans.set(signature, { survey, buyer }),
    async outgrew({ signature }, failure) {
      const plan = plans.get(signature);
      if (plan !== undefined && isOfInstruction(failure) && (await hasLost(plan))) return true;
      // For an attempt of an earlier run the rate is not known. We assume that it has changed, which is safe because
      // attempts are few.
      return isShortOfRent(failure) && hasMoved(plan?.survey.cluster.lamportsPerByte);
    },
    isOutdated: async ({ survey }, buyer) =>
      (await hasLost({ survey, buyer })) || hasMoved(survey.cluster.lamportsPerByte),
  };
}
