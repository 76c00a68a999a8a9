/** The places where a token trades, as the engine sees them. */
import type { Address, Instruction, Lamports } from "@solana/kit";
import type { TokenLabel } from "../../base/token-label.ts";
import type { ClusterFacts } from "../cluster/cluster-facts.ts";
import type { DetectedPlatform, Platform, VenueCode } from "../operation/model.ts";
import type { Fetched, TransactionFailure } from "./chain.ts";
import type { FirmQuote, MarketFacts } from "./policy.ts";

export type Holdings = {
  readonly lamports: Lamports;
  /** The owner's associated token account of the mint, whether or not it exists. */
  readonly tokenAccount: Address;
  /** Token base units in it; null while it does not exist. */
  readonly tokens: bigint | null;
  /** Its wrapped-SOL account, be it an empty one: a buy leaves that open. Absent: it has none. */
  readonly wrappedAccount?: Address;
  /** Why the wallet itself can neither pay nor buy, in words; absent: it can. */
  readonly unfit?: string;
  /** What speaks against a buy through its token account or its wrapped-SOL account, in words; absent: nothing. */
  readonly unfitAccounts?: readonly string[];
};

/** What one batch of accounts says about a token and the wallets concerned. */
export type Survey = {
  readonly slot: bigint;
  readonly mint: Address;
  readonly tokenProgram: Address;
  readonly decimals: number;
  readonly owners: ReadonlyMap<Address, Holdings>;
  readonly fetched: Fetched;
  /** Whose answer this is; absent where one endpoint alone was asked. */
  readonly endpoint?: string;
  /** What the other endpoints that must agree say of the same. */
  readonly others?: readonly Survey[];
  /** What the mint takes of every transfer, basis points; absent: nothing. */
  readonly transferFeeBps?: number;
  /** What the cluster said in the same batch. */
  readonly cluster: ClusterFacts;
  /** What the token calls itself; absent: nothing, or the endpoints do not agree. Nothing is decided by it. */
  readonly label?: TokenLabel;
};

/** Where a token trades, as far as the accounts tell. */
export type Detection = {
  /** `migrating`: it has left one venue and not reached the next; `unknown`: no venue that we read trades it. */
  readonly platform: DetectedPlatform;
  /** Every venue with a live market, best first. */
  readonly trading: readonly VenueCode[];
  /** Why it is migrating, why markets that exist are not bought from, what the mint's issuer may do; phrases for people. */
  readonly notes: readonly string[];
};

export type Quote = {
  readonly lamports: Lamports;
  /** Token base units that all legs get together, in order. */
  readonly tokensOut: bigint;
  readonly priceImpactBps: number;
  /** What the venue keeps of the lamports; null where it does not tell. */
  readonly feeLamports: Lamports | null;
  /** What each leg is expected to get when they land in order; an aggregator's total is shared out by lamports. */
  readonly legs: readonly bigint[];
};

export type BuyRequest = {
  readonly buyer: Address;
  /** Who pays rents: the funding wallet in `standard` mode, the buyer itself in `prefunded`. */
  readonly payer: Address;
  readonly lamports: Lamports;
  /** The leg's anchor, token base units: the buy accepts no less, whatever the quote and the slippage say. */
  readonly atLeast?: bigint;
};

/** What a market offers one leg, in token base units. */
export type Offer = {
  /** What the leg gets as the market is now, with all other legs landed before it. */
  readonly tokensOut: bigint;
  /** That less the slippage: the least that its buy would accept. */
  readonly leastTokens: bigint;
};

/** One wallet's buy, ready to be put into a transaction. */
export type Buy = {
  readonly venue: VenueCode;
  readonly tokensOut: bigint;
  readonly minTokensOut: bigint;
  /** Rents that the payer pays for accounts that stay open. */
  readonly rentLamports: Lamports;
  /** Rents that the venue's program takes from the buyer, beside the buy. */
  readonly buyerRentLamports: Lamports;
  /** Lamports that must be there during the transaction and come back within it (a wrapped-SOL account's rent). */
  readonly transientLamports: Lamports;
  readonly setup: readonly Instruction[];
  readonly swap: readonly Instruction[];
  readonly cleanup: readonly Instruction[];
  readonly lookupTables: Readonly<Record<Address, readonly Address[]>>;
  /** What was read of the market, for the policy: where the swap's accounts do not follow from the mint. */
  readonly market?: MarketFacts;
  /** Mints of further token accounts that the route opens for the buyer; their rents are in `rentLamports`. */
  readonly alsoOpens?: readonly Address[];
  /** Set where the seller is the localnet's desk itself. */
  readonly firmQuote?: FirmQuote;
};

/**
 * Who can have opened a market, and so how far its price is believed:
 * - `only`: the token has no other one beside it, and the token's own launch has opened it (a bonding curve);
 * - `canonical`: opened by the launch's program when the curve ended; other pools may exist;
 * - `openToAll`: anyone may have opened it, at any price;
 * - `aggregator`: a route over markets that somebody else has chosen.
 */
export type MarketKind = "only" | "canonical" | "openToAll" | "aggregator";

/** A venue opened for one operation: its quote, and buys whose minimum out assumes that all other legs landed first. */
export interface OpenVenue {
  readonly venue: VenueCode;
  readonly market: MarketKind;
  /** For the whole operation. */
  readonly quote: Quote;
  /** `buy` asks nobody: it is arithmetic on what was fetched. */
  readonly offline: boolean;
  offer(lamports: Lamports): Offer;
  /** @throws `CTO_E_PRICE_MOVED` when less than `atLeast` is offered */
  buy(request: BuyRequest): Promise<Buy>;
  /** The same market by an older instruction of its program, where the deployed program may not know the newer one. */
  readonly older?: OpenVenue;
  /**
   * The same market by a route over fewer accounts, priced anew, for a transaction that is too large. Absent where no
   * shorter one is worth asking for.
   * @throws `CTO_E_NO_ROUTE`, `CTO_E_VENUE_UNAVAILABLE`, `CTO_E_VENUE_INVALID_ANSWER`
   */
  shorter?(): Promise<OpenVenue>;
  /** Told when a buy of it has passed a simulation: it is tried first from then on. */
  accepted?(): Promise<void>;
}

export interface Venues {
  /**
   * One `getMultipleAccounts`: the mint, its markets, and what the owners hold.
   * @throws `CTO_E_MINT_NOT_FOUND`, `CTO_E_MINT_INVALID`
   */
  survey(mint: Address, owners: readonly Address[]): Promise<Survey>;
  /**
   * Where the token trades. Asks the chain at most once more, and only when the survey does not tell and the answer
   * matters for the platform that was asked for (default `auto`).
   */
  detect(survey: Survey, asked?: Platform): Promise<Detection>;
  /**
   * The venues to try, in order, for what the caller asked. Never empty.
   * @throws `CTO_E_TOKEN_MIGRATING`
   */
  route(platform: Platform, mint: Address, detection: Detection): readonly VenueCode[];
  /** @throws `CTO_E_NO_ROUTE`, `CTO_E_NO_LIQUIDITY`, `CTO_E_VENUE_UNAVAILABLE`, `CTO_E_VENUE_INVALID_ANSWER` */
  open(
    venue: VenueCode,
    survey: Survey,
    request: { legs: readonly Lamports[]; slippageBps: number; taker: Address },
  ): Promise<OpenVenue>;
  /**
   * The tokens, in base units, that the aggregator quotes for all of these lamports together: a price to hold another
   * market's against. One request.
   * @throws `CTO_E_NO_ROUTE`, `CTO_E_VENUE_UNAVAILABLE`, `CTO_E_VENUE_INVALID_ANSWER`
   */
  reference(
    survey: Survey,
    request: { legs: readonly Lamports[]; slippageBps: number; taker: Address },
  ): Promise<bigint>;
  /** What this on-chain error of a buy means at the venue; null where its program's codes do not tell. */
  explain(venue: VenueCode, failure: TransactionFailure): string | null;
  /** Whether this on-chain error says that the venue's market has ended: what is left of an operation moves on. */
  hasEnded(venue: VenueCode, failure: TransactionFailure): boolean;
}
