/** Parts of the tests of prices: markets of a constant rate, and a route over them. */
import { lamports } from "@solana/kit";
import { expect } from "vitest";
import { takeFirst } from "../../src/engine/buy/take-first.ts";
import { limitsFor } from "../../src/engine/limits/limits.ts";
import type {
  MarketKind,
  OpenVenue,
  OperationRequest,
  Survey,
  VenueCode,
  Venues,
} from "../../src/engine/ports.ts";
import { VERSION_ZERO } from "../../src/engine/transaction/format.ts";
import { CTOError } from "../../src/errors/index.ts";
import { addressOf, legsOf, requestOf } from "../../src/journal/contract/harness.ts";
import { OLD_CLUSTER } from "../support/cluster-accounts.ts";

export const SOL = 1_000_000_000n;
export const NO_LIMITS = limitsFor({ everyone: null, own: null }, false);

export const survey: Survey = {
  slot: 1n,
  mint: addressOf("token"),
  tokenProgram: addressOf("token program"),
  decimals: 6,
  tokenAccountBytes: 165,
  owners: new Map(),
  fetched: { slot: 1n, accounts: new Map() },
  cluster: OLD_CLUSTER,
};

/** A market that gives `rate` units per SOL for any amount. */
export const market = (venue: VenueCode, kind: MarketKind, rate: bigint, impactBps = 0): OpenVenue => {
  const out = (amount: bigint): bigint => (amount * rate) / SOL;
  return {
    venue,
    market: kind,
    quote: {
      lamports: lamports(SOL),
      tokensOut: out(SOL),
      priceImpactBps: impactBps,
      feeLamports: null,
      legs: [],
    },
    offline: true,
    offer: (amount) => ({ tokensOut: out(amount), leastTokens: (out(amount) * 99n) / 100n }),
    buy: async ({ lamports: amount, atLeast = 0n }) => {
      const own = (out(amount) * 99n) / 100n;
      return {
        venue,
        tokensOut: out(amount),
        minTokensOut: own > atLeast ? own : atLeast,
        rentLamports: lamports(0n),
        buyerRentLamports: lamports(0n),
        transientLamports: lamports(0n),
        setup: [],
        swap: [],
        cleanup: [],
        lookupTables: {},
      };
    },
  };
};

export const unavailable = new CTOError("CTO_E_VENUE_UNAVAILABLE", { venue: "jupiter", reason: "down" });
export const noRoute = new CTOError("CTO_E_NO_ROUTE", { mint: "m", venue: "jupiter", reason: "none" });

type Scene = {
  readonly given?: Survey;
  readonly trading?: readonly VenueCode[];
  /** The venue whose sample fails its simulation. */
  readonly failing?: VenueCode;
};

/** Takes a market from a route of these markets, in this order. */
export const take = (
  markets: readonly OpenVenue[],
  reference: bigint | CTOError,
  changes: Partial<OperationRequest> = {},
  { given = survey, trading = [], failing }: Scene = {},
) => {
  const opened: VenueCode[] = [];
  const venues = {
    detect: async () => ({ platform: "cpmm" as const, trading, notes: [] }),
    route: () => markets.map(({ venue }) => venue),
    reference: async () => {
      if (typeof reference === "bigint") return reference;
      throw reference;
    },
    open: async (venue: VenueCode) => {
      opened.push(venue);
      return markets.find((one) => one.venue === venue) ?? expect.fail("no such market");
    },
  } as unknown as Venues;
  const format = VERSION_ZERO;
  const context = { legs: legsOf(2), legCount: 2, payers: { funding: null }, limits: NO_LIMITS, format };
  const request = { ...requestOf(), slippageBps: 100, ...changes };
  const taken = takeFirst({ venues }, request, given, context, async ({ open }) => {
    if (open.venue === failing) throw new CTOError("CTO_E_TRANSACTION_REFUSED", { reason: "it fails" });
    return {
      open,
      survey: given,
      payers: context.payers,
      format,
      computeUnitLimit: 1,
      computeUnitPrice: 0n,
      costsOf: () => ({ network: lamports(0n), priority: lamports(0n), rent: lamports(0n) }),
    };
  });
  return { taken, opened };
};
