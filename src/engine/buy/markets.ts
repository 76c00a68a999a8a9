/**
 * The market that an operation's legs are signed in: opened when the first leg needs one, and opened anew when it has
 * ended half-way (a bonding curve that is complete), so that the remaining legs go where the token trades then.
 */

import { once } from "../../base/once.ts";
import type { Attempt, Chain, Signature, TransactionFailure, VenueCode, Venues } from "../ports.ts";
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
  /** Told what was signed in which market. */
  note(signature: Signature, market: AnchoredMarket): void;
  /**
   * Whether this attempt failed because rents have moved since it was planned: they may have risen and fallen again. If the
   * market that legs are signed in now was opened before that, the next of them opens another, by a survey of how things are
   * then.
   *
   * @throws as `fetchAccounts` does: what is not known is asked again
   */
  outgrew(attempt: Pick<Attempt, "signature">, failure: TransactionFailure): Promise<boolean>;
  /**
   * Whether rents have moved since this market was opened: a leg that is refused in it, before it is signed, is planned anew.
   *
   * @throws as `fetchAccounts` does
   */
  isOutdated(market: AnchoredMarket): Promise<boolean>;
};

export function createMarkets(
  { venues, chain }: { venues: Pick<Venues, "hasEnded">; chain: Pick<Chain, "fetchAccounts"> },
  open: () => Promise<AnchoredMarket>,
): Markets {
  let opened: VenueCode | undefined;
  let rate: bigint | undefined;
  const rates = new Map<Signature, bigint>();
  let current = once(open);
  /** Once, however many legs find out at the same time. */
  const replace = (): void => {
    opened = undefined;
    rate = undefined;
    current = once(open);
  };
  return {
    async current() {
      const market = await current();
      opened = market.open.venue;
      rate = market.survey.cluster.lamportsPerByte;
      return market;
    },
    ends(venue, failure) {
      if (venue === undefined || !venues.hasEnded(venue, failure)) return false;
      if (venue === opened) replace();
      return true;
    },
    note: (signature, { survey }) => rates.set(signature, survey.cluster.lamportsPerByte),
    async outgrew({ signature }, failure) {
      if (!isShortOfRent(failure)) return false;
      const now = await readRentRate(chain);
      // Of one that an earlier run has signed the rate is not known: it may have been that, and attempts are few.
      if (now === rates.get(signature)) return false;
      if (rate !== undefined && rate !== now) replace();
      return true;
    },
    async isOutdated({ survey }) {
      const now = await readRentRate(chain);
      if (now === survey.cluster.lamportsPerByte) return false;
      if (rate !== undefined && rate !== now) replace();
      return true;
    },
  };
}
