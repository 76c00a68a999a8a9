/**
 * Defines the interface between the engine and the places where a token trades.
 *
 * A `DirectVenue` calculates on fetched accounts: we read, quote and build it without any network request, and
 * `openDirect` (open-direct.ts) converts it into the engine's interface. A venue that quotes over the network
 * implements `QuotedVenue` itself. The engine uses both only as the `OpenVenue` of its ports.
 */
import type {
  Address,
  Chain,
  Fetched,
  Found,
  Instruction,
  Lamports,
  MarketKind,
  OpenVenue,
  Survey,
  VenueCode,
} from "../engine/ports.ts";

/** The input for opening a venue for an operation. */
export type OpenRequest = {
  /** The lamports of each leg, in the legs' order; none is zero. */
  readonly legs: readonly Lamports[];
  /** How much less than its quote a leg may get, in basis points. */
  readonly slippageBps: number;
  /** How far the prices of endpoints that must agree may be apart, in basis points, if the slippage allows more. */
  readonly agreeWithinBps?: number;
  /** The wallet that the sizing quotes are requested for. */
  readonly taker: Address;
};

/** A venue that can be opened for an operation; it may make network requests. */
export interface QuotedVenue {
  readonly code: VenueCode;
  /**
   * Sizes the whole operation once. Every later `buy` must keep the rate found here.
   * @throws `CTO_E_NO_ROUTE`, `CTO_E_VENUE_UNAVAILABLE`, `CTO_E_VENUE_INVALID_ANSWER`
   */
  open(survey: Survey, request: OpenRequest): Promise<OpenVenue>;
  /**
   * The output for the sum of all lamports, in token base units. Makes one request.
   * @throws `CTO_E_NO_ROUTE`, `CTO_E_VENUE_UNAVAILABLE`, `CTO_E_VENUE_INVALID_ANSWER`
   */
  reference(survey: Survey, request: OpenRequest): Promise<bigint>;
}

/** The state of a token at one venue, according to its accounts. */
export type Reading<Market> =
  /** It has never traded here, or the accounts are not this venue's. */
  | { readonly state: "none" }
  /** It trades here. `liquidity`: lamports of wrapped SOL that the market really holds. */
  | { readonly state: "trading"; readonly market: Market; readonly liquidity: bigint }
  /** It trades here, but the accounts of `more` must be fetched before it can be quoted. */
  | { readonly state: "incomplete" }
  /** It traded here, and is migrating to another venue: wait. `reason` is a phrase for people. */
  | { readonly state: "migrating"; readonly reason: string }
  /** It traded here, and trades at `to` now; `pool` is set if the accounts contain it. */
  | { readonly state: "graduated"; readonly to: VenueCode; readonly pool?: Address }
  /** There is a market, but we do not buy from it; `reason` is a phrase for people. `isDry`: it holds too little. */
  | { readonly state: "refused"; readonly reason: string; readonly isDry?: true };

/** One of several pools of a token. */
export type Pool<Market> = { readonly market: Market; readonly tokensOut: bigint };

/** The `getProgramAccounts` request. A venue may use it once, if its markets cannot be derived from the mint. */
export type FindAccounts = Chain["findAccounts"];

/** Lamports in (including fees), token base units out (after a mint's transfer fee). */
export type DirectQuote = {
  readonly lamports: bigint;
  readonly tokensOut: bigint;
  /** The lamports that the venue keeps: the sum of protocol, creator, platform and pool fees. */
  readonly feeLamports: bigint;
  /** How far this buy moves the price, in basis points, rounded up: 10,000 x (1 - price before / price after). */
  readonly priceImpactBps: number;
};

/** One wallet's buy, as the instructions need it. */
export type DirectBuy = {
  readonly buyer: Address;
  /** The wallet that pays the rent of accounts that the buy opens: the funding wallet, or the buyer itself. */
  readonly payer: Address;
  /** The exact input in lamports, including venue fees. The buyer holds it when the instructions run. */
  readonly lamports: bigint;
  /** The least that the buyer accepts, token base units. */
  readonly minTokensOut: bigint;
  /** The rent rate. */
  readonly lamportsPerByte: bigint;
  /** The accounts that were read when the venue was opened. They show which of the buyer's accounts exist. */
  readonly fetched: Fetched;
  /** The buyer has its account of the token, so the buy opens none. Absent if the buyer has none. */
  readonly hasTokenAccount?: true;
};

/** A buy's instructions. The engine adds compute budget, transfer and memo. */
export type BuiltBuy = {
  readonly setup: readonly Instruction[];
  readonly swap: readonly Instruction[];
  readonly cleanup: readonly Instruction[];
  /**
   * Rents of venue accounts that stay open after a wallet's buy, without the token account's. The *buyer* pays them.
   */
  readonly venueRentLamports: bigint;
  /** Lamports that are needed only during the transaction and return to the buyer (a wrapped-SOL account's rent). */
  readonly transientLamports: bigint;
};

/**
 * A venue that we use directly. All functions are total: `read` returns a `Reading` and never throws, for any bytes
 * of an endpoint; `quote`, `after` and `instructions` accept every market that `read` returned.
 */
export interface DirectVenue<Market = unknown> {
  readonly code: VenueCode;
  /**
   * The accounts to fetch, which follow from the mint. At most about ten. The same mint gives the same list, until
   * `discover` adds an account.
   */
  accounts(mint: Address): Promise<readonly Address[]>;
  /**
   * Further accounts that the fetched accounts contain and a quote needs (a platform's configuration). At most about
   * five.
   */
  more?(mint: Address, fetched: Fetched): Promise<readonly Address[]>;
  /** The venue's own accounts of a buyer, fetched together with `more`. The rents depend on whether they exist. */
  buyerAccounts?(buyer: Address): Promise<readonly Address[]>;
  /**
   * For a venue whose market's address does not follow from the mint: searches for the market and remembers it, so
   * that `accounts` includes it from then on. Returns what each endpoint that was asked has found; nothing if there is
   * no market.
   *
   * @throws `CTO_E_ENDPOINTS_DISAGREE` unless all endpoints show the same market
   */
  discover?(find: FindAccounts, mint: Address): Promise<readonly Found[]>;
  /** Checks owner program, discriminator and length of every account. */
  read(mint: Address, fetched: Fetched): Promise<Reading<Market>>;
  /**
   * For a venue with several pools of a token: all that trade, best first, each with the tokens that it gives for the
   * same lamports. `read` returns the first.
   */
  pools?(mint: Address, fetched: Fetched): Promise<readonly Pool<Market>[]>;
  /**
   * Returns null if the market cannot serve the amount (zero out, or more than its reserves). More lamports never
   * give fewer tokens.
   */
  quote(market: Market, lamports: bigint): DirectQuote | null;
  /** The market after that buy has landed. */
  after(market: Market, lamports: bigint): Market;
  /** The names of its buy instructions, newest first. Present if a deployed program may support only an older one. */
  readonly versions?: readonly string[];
  /** @param version an index of `versions`; 0 if there are none */
  instructions(market: Market, buy: DirectBuy, version: number): Promise<BuiltBuy>;
  /** Accounts of its transactions that are the same for every mint. A lookup table should contain them. */
  stableAccounts(): Promise<readonly Address[]>;
  /** The kind of the market: who can have opened it. */
  kind(market: Market): MarketKind;
  /** Custom error codes of its program, in words, for the table of `chain/program-errors.ts` and for the fallback. */
  readonly errors: VenueErrors;
  /**
   * The codes of a second program, if the venue's tokens trade at either program. The code alone does not identify
   * the program.
   */
  readonly furtherErrors?: VenueErrors;
}

export type VenueErrors = {
  readonly program: Address;
  readonly name: string;
  readonly codes: Readonly<Record<number, string>>;
  /** The codes that mean "this market has ended" (curve complete, migrated): the remaining legs use another venue. */
  readonly ended: readonly number[];
  /** The codes that mean "the price moved further than allowed". */
  readonly slippage: readonly number[];
};
