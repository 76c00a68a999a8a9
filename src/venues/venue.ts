/**
 * The seam between the engine and the places where a token trades.
 *
 * A `DirectVenue` is arithmetic on fetched accounts: it is read, quoted and built without any network call, and
 * `openDirect` (open-direct.ts) turns it into what the engine sees. A venue that quotes over the network implements
 * `QuotedVenue` itself. The engine knows both only as the `OpenVenue` of its ports.
 */
import type {
  Address,
  Chain,
  Fetched,
  Instruction,
  Lamports,
  MarketKind,
  OpenVenue,
  RawAccount,
  Survey,
  VenueCode,
} from "../engine/ports.ts";

/** What an operation asks of a venue when it opens it. */
export type OpenRequest = {
  /** The lamports of each leg, in the legs' order; none is zero. */
  readonly legs: readonly Lamports[];
  /** How much less than quoted a leg may get, in basis points. */
  readonly slippageBps: number;
  /** The wallet in whose name the sizing quotes are asked. */
  readonly taker: Address;
};

/** A venue that opens for an operation, whatever that takes. */
export interface QuotedVenue {
  readonly code: VenueCode;
  /**
   * Sizes the whole operation once; every later `buy` is held to the rate found here.
   * @throws `CTO_E_NO_ROUTE`, `CTO_E_VENUE_UNAVAILABLE`, `CTO_E_VENUE_INVALID_ANSWER`
   */
  open(survey: Survey, request: OpenRequest): Promise<OpenVenue>;
  /**
   * What it gives for all of the lamports together, token base units. One request.
   * @throws `CTO_E_NO_ROUTE`, `CTO_E_VENUE_UNAVAILABLE`, `CTO_E_VENUE_INVALID_ANSWER`
   */
  reference(survey: Survey, request: OpenRequest): Promise<bigint>;
}

/** What the accounts say about a token at one venue. */
export type Reading<Market> =
  /** It has never traded here, or the accounts are not this venue's. */
  | { readonly state: "none" }
  /** It trades here. `liquidity`: lamports of wrapped SOL that the market really holds. */
  | { readonly state: "trading"; readonly market: Market; readonly liquidity: bigint }
  /** It trades here, and the accounts that `more` names are still to be fetched before it can be quoted. */
  | { readonly state: "incomplete" }
  /** It traded here, and is on its way to another venue: wait. `reason` is a phrase for people. */
  | { readonly state: "migrating"; readonly reason: string }
  /** It traded here, and trades at `to` now; `pool` where the accounts name it. */
  | { readonly state: "graduated"; readonly to: VenueCode; readonly pool?: Address }
  /** There is a market that we do not buy from; `reason` is a phrase for people. `isDry`: it holds too little. */
  | { readonly state: "refused"; readonly reason: string; readonly isDry?: true };

/** The `getProgramAccounts` that a venue whose markets cannot be derived from the mint may use, once. */
export type FindAccounts = Chain["findAccounts"];

/** Lamports in (fees included), token base units out (a mint's transfer fee already taken off). */
export type DirectQuote = {
  readonly lamports: bigint;
  readonly tokensOut: bigint;
  /** What the venue keeps of the lamports: protocol, creator, platform and pool fees together. */
  readonly feeLamports: bigint;
  /** How far this buy moves the price, in basis points, rounded up: 10,000 x (1 - price before / price after). */
  readonly priceImpactBps: number;
};

/** One wallet's buy, as the instructions need it. */
export type DirectBuy = {
  readonly buyer: Address;
  /** Who pays the rent of accounts that the buy opens: the funding wallet, or the buyer itself. */
  readonly payer: Address;
  /** The exact input in lamports, venue fees included. The buyer holds it when the instructions run. */
  readonly lamports: bigint;
  /** The least that the buyer accepts, token base units. */
  readonly minTokensOut: bigint;
  /** The rent rate. */
  readonly lamportsPerByte: bigint;
  /** What was read when the venue was opened: tells which of the buyer's accounts are there. */
  readonly fetched: Fetched;
  /** The buyer has its account of the token, so that the buy opens none. Absent: it has none. */
  readonly hasTokenAccount?: true;
};

/** A buy's instructions, without compute budget, transfer and memo: those are the engine's. */
export type BuiltBuy = {
  readonly setup: readonly Instruction[];
  readonly swap: readonly Instruction[];
  readonly cleanup: readonly Instruction[];
  /** Rents of venue accounts that stay open after a wallet's buy, other than the token account's, paid by the *buyer*. */
  readonly venueRentLamports: bigint;
  /** Lamports that are lent for the transaction's duration and come back to the buyer (a wrapped-SOL account's rent). */
  readonly transientLamports: bigint;
};

/**
 * A venue spoken directly. Every function is pure and total: whatever bytes an endpoint answers, `read` gives a
 * `Reading` and never throws; `quote`, `after` and `instructions` accept every market that `read` gave.
 */
export interface DirectVenue<Market = unknown> {
  readonly code: VenueCode;
  /** What to fetch, from the mint alone. At most about ten; the same mint gives the same list. */
  accounts(mint: Address): Promise<readonly Address[]>;
  /** What the accounts of the first look name, where a quote needs it (a platform's configuration). At most about five. */
  more?(mint: Address, fetched: Fetched): Promise<readonly Address[]>;
  /** The venue's own accounts of a buyer, fetched with `more`: whether they are there decides about rents. */
  buyerAccounts?(buyer: Address): Promise<readonly Address[]>;
  /**
   * For a venue whose market's address does not follow from the mint: looks for it, and remembers it, so that
   * `accounts` names it from then on. Answers the accounts that were found.
   */
  discover?(find: FindAccounts, mint: Address): Promise<ReadonlyMap<Address, RawAccount>>;
  /** Owner program, discriminator and length of every account are checked here. */
  read(mint: Address, fetched: Fetched): Promise<Reading<Market>>;
  /** Null when the market cannot serve the amount (zero out, or beyond its reserves). More lamports never give fewer tokens. */
  quote(market: Market, lamports: bigint): DirectQuote | null;
  /** The market once that buy has landed. */
  after(market: Market, lamports: bigint): Market;
  /** The names of its buy instructions, newest first, where a deployed program may know only an older one. */
  readonly versions?: readonly string[];
  /** @param version an index of `versions`; 0 where there are none */
  instructions(market: Market, buy: DirectBuy, version: number): Promise<BuiltBuy>;
  /** Accounts of its transactions that are the same for every mint: what a lookup table should hold. */
  stableAccounts(): Promise<readonly Address[]>;
  /** Who can have opened this market. */
  kind(market: Market): MarketKind;
  /** Custom error codes of its program, in words, for `chain/program-errors.ts`'s table and for the fallback. */
  readonly errors: VenueErrors;
  /** Those of a second program, where the venue's tokens trade by either; a code alone does not tell which one raised it. */
  readonly furtherErrors?: VenueErrors;
}

export type VenueErrors = {
  readonly program: Address;
  readonly name: string;
  readonly codes: Readonly<Record<number, string>>;
  /** The codes that say "this market has ended" (curve complete, migrated): the remaining legs go elsewhere. */
  readonly ended: readonly number[];
  /** The codes that say "the price moved further than allowed". */
  readonly slippage: readonly number[];
};
