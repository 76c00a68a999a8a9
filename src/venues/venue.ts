/**
 * The seam between the engine and the places where a token trades. A venue that quotes over the network
 * implements `QuotedVenue`; the engine sees it only as the `OpenVenue` of the ports.
 */
import type { Address, Lamports, OpenVenue, Survey, VenueCode } from "../engine/ports.ts";

/** What an operation asks of a venue when it opens it. */
export type OpenRequest = {
  /** The lamports of each leg, in the legs' order; none is zero. */
  readonly legs: readonly Lamports[];
  /** How much less than quoted a leg may get, in basis points. */
  readonly slippageBps: number;
  /** The wallet in whose name the sizing quotes are asked. */
  readonly taker: Address;
};

/** A venue whose quote is a network call. */
export interface QuotedVenue {
  readonly code: VenueCode;
  /**
   * Sizes the whole operation once; every later `buy` is held to the rate found here.
   * @throws `CTO_E_NO_ROUTE`, `CTO_E_VENUE_UNAVAILABLE`, `CTO_E_VENUE_INVALID_ANSWER`
   */
  open(survey: Survey, request: OpenRequest): Promise<OpenVenue>;
}
