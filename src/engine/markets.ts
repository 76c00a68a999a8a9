/**
 * The market that an operation's legs are signed in: opened when the first leg needs one, and opened anew when it has
 * ended half-way (a bonding curve that is complete), so that the remaining legs go where the token trades then.
 */
import type { Anchors } from "./anchor.ts";
import type { Market } from "./market.ts";
import { once } from "./parallel.ts";
import type { TransactionFailure, VenueCode, Venues } from "./ports.ts";

/** A market that legs may be signed in: what each of them must bring at least is journaled. */
export type AnchoredMarket = Market & { readonly anchors: Anchors };

export type Markets = {
  /** A resumed operation whose legs are all in flight never asks for one. */
  current(): Promise<AnchoredMarket>;
  /**
   * Whether this failure of a buy at that venue says that the market there has ended. If it is the market that legs
   * are signed in now, the next of them opens another.
   */
  ends(venue: VenueCode | undefined, failure: TransactionFailure): boolean;
};

export function createMarkets(
  venues: Pick<Venues, "hasEnded">,
  open: () => Promise<AnchoredMarket>,
): Markets {
  let opened: VenueCode | undefined;
  let current = once(open);
  return {
    async current() {
      const market = await current();
      opened = market.open.venue;
      return market;
    },
    ends(venue, failure) {
      if (venue === undefined || !venues.hasEnded(venue, failure)) return false;
      if (venue === opened) {
        opened = undefined;
        current = once(open);
      }
      return true;
    },
  };
}
