/** Defines the port to the venues: survey, detection, route, quotes and buys. */
import type { Address, Instruction, Lamports } from "@solana/kit";
import type { TokenLabel } from "../../base/token-label.ts";
import type { ClusterFacts } from "../cluster/cluster-facts.ts";
import type { DetectedPlatform, Platform, ShownAs, VenueCode } from "../operation/model.ts";
import type { Fetched, TransactionFailure } from "./chain.ts";
import type { FirmQuote, Kept, MarketFacts } from "./policy.ts";

export type Holdings = {
  readonly lamports: Lamports;
  /** The owner's associated token account of the mint, whether or not it exists. */
  readonly tokenAccount: Address;
  /** Token base units in it; null if the account does not exist. */
  readonly tokens: bigint | null;
  /** Its wrapped-SOL account, even if empty; a buy leaves it open. Absent: it has none. */
  readonly wrappedAccount?: Address;
  /** Why the wallet itself can neither pay nor buy, as text; absent: it can. */
  readonly unfit?: string;
  /** What prevents a buy through its token account or its wrapped-SOL account, as text; absent: nothing. */
  readonly unfitAccounts?: readonly string[];
  /** What each endpoint says, if some find the wallet unfit and others do not; absent: they agree. */
  readonly disputed?: readonly { readonly endpoint: string; readonly says: string }[];
};

/** Facts from one batch of accounts about a token and the wallets of an operation. */
export type Survey = {
  readonly slot: bigint;
  readonly mint: Address;
  readonly tokenProgram: Address;
  readonly decimals: number;
  /** The size of a wallet's associated token account of the mint. */
  readonly tokenAccountBytes: number;
  readonly owners: ReadonlyMap<Address, Holdings>;
  readonly fetched: Fetched;
  /** The endpoint that returned it; absent if only one endpoint was read. */
  readonly endpoint?: string;
  /** The surveys of the other endpoints that must agree. */
  readonly others?: readonly Survey[];
  /** The mint's fee on every transfer, basis points; absent: none. */
  readonly transferFeeBps?: number;
  /** How wallets show the token's amounts; absent: by its decimals alone. */
  readonly shownAs?: ShownAs;
  /** The cluster's facts from the same batch. */
  readonly cluster: ClusterFacts;
  /** The token's own label; absent: it has none, or the endpoints disagree. No decision depends on it. */
  readonly label?: TokenLabel;
};

/** Where a token trades, according to the accounts that we read. */
export type Detection = {
  /** `migrating`: it has left one venue and not reached the next. `unknown`: it trades on no venue that we read. */
  readonly platform: DetectedPlatform;
  /** Every venue with a live market, best first. */
  readonly trading: readonly VenueCode[];
  /**
   * Texts for people: why it is migrating, why we do not buy from existing markets, and what the mint's issuer may
   * do.
   */
  readonly notes: readonly string[];
};

export type Quote = {
  readonly lamports: Lamports;
  /** Token base units that all legs get together if they land in order. */
  readonly tokensOut: bigint;
  readonly priceImpactBps: number;
  /** The venue's fee, lamports; null if the venue does not return it. */
  readonly feeLamports: Lamports | null;
  /**
   * The expected tokens of each leg if the legs land in order. An aggregator's total is divided in proportion to the
   * lamports.
   */
  readonly legs: readonly bigint[];
};

export type BuyRequest = {
  readonly buyer: Address;
  /** The wallet that pays rents: the funding wallet in `standard` mode, the buyer in `prefunded` mode. */
  readonly payer: Address;
  readonly lamports: Lamports;
  /** The leg's anchor, token base units. The buy accepts no less, independent of quote and slippage. */
  readonly atLeast?: bigint;
};

/** A market's offer to one leg, token base units. */
export type Offer = {
  /** What the leg gets in the market's present state, if all other legs land before it. */
  readonly tokensOut: bigint;
  /** `tokensOut` minus the slippage: the least that its buy would accept. */
  readonly leastTokens: bigint;
};

/** One wallet's buy, ready for a transaction. */
export type Buy = {
  readonly venue: VenueCode;
  readonly tokensOut: bigint;
  readonly minTokensOut: bigint;
  /** Rents that the payer pays for accounts that stay open. */
  readonly rentLamports: Lamports;
  /** Rents that the venue's program takes from the buyer, in addition to the buy. */
  readonly buyerRentLamports: Lamports;
  /** Lamports that must be there during the transaction and come back within it (a wrapped-SOL account's rent). */
  readonly transientLamports: Lamports;
  readonly setup: readonly Instruction[];
  readonly swap: readonly Instruction[];
  readonly cleanup: readonly Instruction[];
  readonly lookupTables: Readonly<Record<Address, readonly Address[]>>;
  /** Market facts for the policy, if the swap's accounts do not follow from the mint. */
  readonly market?: MarketFacts;
  /** Mints of other token accounts that the route opens for the buyer; their rents are in `rentLamports`. */
  readonly alsoOpens?: readonly Address[];
  /** What the buyer had of other tokens on the route. The buy proves that it is still there. */
  readonly keeps?: readonly Kept[];
  /**
   * Set if a third party built the swap: the accounts that the buyer itself has at known markets, which a route may write.
   * It may write no other account that names the buyer.
   */
  readonly ownAtMarkets?: readonly Address[];
  /** Set if the localnet's desk itself is the seller. */
  readonly firmQuote?: FirmQuote;
};

/**
 * Who can have opened a market. It decides how far we trust the market's price:
 *
 * - `only`: the token has no other market, and the token's own launch opened it (a bonding curve);
 * - `canonical`: opened by the launch's program when the curve ended; other pools may exist;
 * - `openToAll`: anyone may have opened it, at any price;
 * - `aggregator`: a route over markets that somebody else has chosen.
 */
export type MarketKind = "only" | "canonical" | "openToAll" | "aggregator";

/**
 * A venue opened for one operation: its quote, and its buys. The minimum out of each buy assumes that all other legs
 * landed first.
 */
export interface OpenVenue {
  readonly venue: VenueCode;
  readonly market: MarketKind;
  /** For the whole operation. If several endpoints were read, it is the dearest of their readings. */
  readonly quote: Quote;
  /**
   * The tokens of the cheapest of these readings; absent if only one endpoint was read. The aggregator is held to it.
   */
  readonly mostTokensOut?: bigint;
  /** `buy` makes no request: it only calculates with what was fetched. */
  readonly offline: boolean;
  /** How fast the venue's API takes requests; absent without a limit. */
  readonly pace?: {
    readonly requestsPerSecond: number;
    /** The time until the buys of so many legs are built, seconds: with the fewest requests, and with the most. */
    secondsFor(legs: number): { readonly least: number; readonly most: number };
  };
  offer(lamports: Lamports): Offer;
  /** @throws `CTO_E_PRICE_MOVED` if the market offers less than `atLeast` */
  buy(request: BuyRequest): Promise<Buy>;
  /**
   * The same market through an older instruction of its program, because the deployed program may not know the newer
   * one.
   */
  readonly older?: OpenVenue;
  /**
   * Opens the same market through a route over fewer accounts, with a new price, for a transaction that is too large.
   * Absent if no shorter route is worth a request.
   *
   * @throws `CTO_E_NO_ROUTE`, `CTO_E_VENUE_UNAVAILABLE`, `CTO_E_VENUE_INVALID_ANSWER`
   */
  shorter?(): Promise<OpenVenue>;
  /** Called when a buy of this venue has passed a simulation: this instruction is tried first from then on. */
  accepted?(): Promise<void>;
}

export interface Venues {
  /**
   * Reads the mint, its markets, and the owners' holdings with one `getMultipleAccounts`.
   *
   * @throws `CTO_E_MINT_NOT_FOUND`, `CTO_E_MINT_INVALID`
   */
  survey(mint: Address, owners: readonly Address[]): Promise<Survey>;
  /**
   * Finds where the token trades. It makes at most one more read, and only if the survey does not suffice and the
   * answer matters for the requested platform (default `auto`).
   */
  detect(survey: Survey, requested?: Platform): Promise<Detection>;
  /**
   * Returns the venues to try, in order, for the requested platform. It is never empty.
   *
   * @throws `CTO_E_TOKEN_MIGRATING`
   */
  route(platform: Platform, mint: Address, detection: Detection): readonly VenueCode[];
  /** @throws `CTO_E_NO_ROUTE`, `CTO_E_NO_LIQUIDITY`, `CTO_E_VENUE_UNAVAILABLE`, `CTO_E_VENUE_INVALID_ANSWER` */
  open(
    venue: VenueCode,
    survey: Survey,
    request: {
      legs: readonly Lamports[];
      slippageBps: number;
      /** How far the prices of endpoints that must agree may be apart, bps, if the slippage allows more. */
      agreeWithinBps?: number;
      taker: Address;
    },
  ): Promise<OpenVenue>;
  /**
   * Returns the tokens, base units, that the aggregator quotes for all of these lamports together. We compare another
   * market's price with it. One request.
   *
   * @throws `CTO_E_NO_ROUTE`, `CTO_E_VENUE_UNAVAILABLE`, `CTO_E_VENUE_INVALID_ANSWER`
   */
  reference(
    survey: Survey,
    request: { legs: readonly Lamports[]; slippageBps: number; taker: Address },
  ): Promise<bigint>;
  /** Explains this on-chain error of a buy at the venue; null if its program's codes do not explain it. */
  explain(venue: VenueCode, failure: TransactionFailure): string | null;
  /**
   * Whether this on-chain error means that the venue's market has ended. The rest of an operation then moves to
   * another market.
   */
  hasEnded(venue: VenueCode, failure: TransactionFailure): boolean;
}
