/**
 * The market that an operation's legs are signed in: opened when the first leg needs one, and opened anew when it has
 * ended half-way (a bonding curve that is complete), so that the remaining legs go where the token trades then.
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

/** A market that legs may be signed in: what each of them must bring at least is journaled. */
export type AnchoredMarket = Market & {
  readonly anchors: Anchors;
  /** Legs that no market of this operation has room for any more. */
  readonly outOfReach: OutOfReach;
  /** What each leg was funded ahead with, by its index: its buys take no more. */
  readonly funded: ReadonlyMap<number, bigint>;
};

export type Markets = {
  /** A resumed operation whose legs are all in flight never asks for one. */
  current(): Promise<AnchoredMarket>;
  /**
   * Whether this failure of a buy at that venue says that the market there has ended. If it is the market that legs
   * are signed in now, the next of them opens another.
   */
  ends(venue: VenueCode | undefined, failure: TransactionFailure): boolean;
  /** Told what was signed in which market, for which buyer. */
  note(signature: Signature, market: AnchoredMarket, buyer: Address): void;
  /**
   * Whether this attempt failed because of what has moved since it was planned: rents, which may have risen and fallen again, or an
   * account that its buyer had and has no more. If the market that legs are signed in now was opened before that, the next of
   * them opens another, by a survey of how things are then.
   *
   * @throws as `fetchAccounts` does: what is not known is asked again
   */
  outgrew(attempt: Pick<Attempt, "signature">, failure: TransactionFailure): Promise<boolean>;
  /**
   * Whether rents have moved since this market was opened, or an account of this buyer is gone: a leg that is refused in it,
   * before it is signed, is planned anew.
   *
   * @throws as `fetchAccounts` does
   */
  isOutdated(market: AnchoredMarket, buyer: Address): Promise<boolean>;
};

/** What an attempt was planned by, and for whom. */
type Plan = { readonly survey: Survey; readonly buyer: Address };

export function createMarkets(
  { venues, chain }: { venues: Pick<Venues, "hasEnded">; chain: Pick<Chain, "fetchAccounts"> },
  open: () => Promise<AnchoredMarket>,
): Markets {
  let opened: VenueCode | undefined;
  let surveyed: Survey | undefined;
  const plans = new Map<Signature, Plan>();
  let current = once(open);
  /** Once, however many legs find out at the same time. */
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
  /** @param planned the rate of then; undefined where it is not known */
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
      // Of one that an earlier run has signed the rate is not known: it may have been that, and attempts are few.
      return isShortOfRent(failure) && hasMoved(plan?.survey.cluster.lamportsPerByte);
    },
    isOutdated: async ({ survey }, buyer) =>
      (await hasLost({ survey, buyer })) || hasMoved(survey.cluster.lamportsPerByte),
  };
}
