/** Implements the venues of one simulated process. The aggregator trades every token at the market's current price. */
import {
  type Address,
  type Holdings,
  type Lamports,
  type OpenVenue,
  rentExemption,
  type Survey,
  type Venues,
} from "../src/engine/ports.ts";
import { CTOError } from "../src/errors/index.ts";
import { openAgreed } from "../src/venues/agree.ts";
import { OLD_CLUSTER } from "../test/support/cluster-accounts.ts";
import type { ReadBlock } from "./accounts.ts";
import { balanceOf } from "./ledger.ts";
import type { Process } from "./process.ts";
import { ACCOUNT_BYTES, buyInstruction, tokenAccountOf } from "./transaction.ts";
import type { World } from "./world.ts";

/** The price in a stranger's pool, as a multiple of the market price. */
const STRANGERS_PRICE = 1_000n;

/** The tokens that a lying endpoint promises, in per cent of the market's: within the slippage, and beyond it. */
const LIES = [0n, 50n, 94n, 97n, 103n, 200n] as const;

export function createSimVenues({ faults, market }: World, process: Process, readBlock: ReadBlock): Venues {
  const surveyNow = (mint: Address, owners: readonly Address[]): Survey => {
    const block = readBlock();
    const slot = BigInt(block.slot);
    const { lamportsPerByte } = block.ledger;
    if (process.lowestRent === null || lamportsPerByte < process.lowestRent)
      process.lowestRent = lamportsPerByte;
    const holdingsOf = (owner: Address): Holdings => {
      const tokenAccount = tokenAccountOf(mint, owner);
      const tokens = block.ledger.tokens.get(tokenAccount) ?? null;
      const lamports = balanceOf(block.ledger, owner);
      if (tokens === null) process.missing.add(tokenAccount);
      else process.missing.delete(tokenAccount);
      return { lamports, tokens, tokenAccount };
    };
    return {
      slot,
      mint,
      tokenProgram: "sim-token-program" as Address,
      decimals: 6,
      tokenAccountBytes: 165,
      owners: new Map(owners.map((owner) => [owner, holdingsOf(owner)])),
      fetched: { slot, accounts: new Map() },
      cluster: { ...OLD_CLUSTER, lamportsPerByte, versionOne: block.ledger.versionOne },
    };
  };
  return {
    survey: (mint, owners) =>
      process.call("venues.survey", async () => {
        if (faults.strikes("endpoint times out")) {
          await process.sleep(5_000);
          throw new CTOError("CTO_E_RPC_UNAVAILABLE", { method: "getMultipleAccounts", reason: "simulated" });
        }
        return surveyNow(mint, owners);
      }),
    detect: async () => ({ platform: "unknown", trading: [], notes: [] }),
    route: () => (faults.strikes("stranger's pool") ? ["cpmm", "jupiter"] : ["pumpfun", "jupiter"]),
    reference: (_survey, { legs }) =>
      process.call("venues.reference", async () => {
        if (faults.strikes("venue unavailable"))
          throw new CTOError("CTO_E_VENUE_UNAVAILABLE", { venue: "jupiter", reason: "simulated" });
        return market.tokensFor(legs.reduce((sum, leg) => sum + leg, 0n));
      }),
    explain: () => null,
    hasEnded: () => faults.strikes("market ends"),
    open: (venue, { mint, cluster }, { legs }) =>
      process.call("venues.open", async () => {
        if (venue === "pumpfun")
          throw new CTOError("CTO_E_NO_ROUTE", { mint: "sim", venue, reason: "simulated" });
        if (faults.strikes("venue unavailable"))
          throw new CTOError("CTO_E_VENUE_UNAVAILABLE", { venue, reason: "simulated" });
        market.open();
        const isStrangers = venue === "cpmm";
        const rent = rentExemption(cluster, ACCOUNT_BYTES);
        const given = (lamports: bigint): bigint =>
          isStrangers ? market.tokensFor(lamports) / STRANGERS_PRICE : market.tokensFor(lamports);
        const quoted = new Map<bigint, bigint>(legs.map((lamports) => [lamports, given(lamports)]));
        const total = legs.reduce((sum, lamports) => sum + lamports, 0n);
        quoted.set(total, given(total));
        const asTold = (percent: bigint): OpenVenue => {
          const quote = (lamports: bigint): bigint => ((quoted.get(lamports) ?? 0n) * percent) / 100n;
          return {
            venue,
            market: isStrangers ? "openToAll" : "aggregator",
            quote: {
              lamports: total as Lamports,
              tokensOut: quote(total),
              priceImpactBps: 10,
              feeLamports: null,
              legs: legs.map(quote),
            },
            offline: true,
            offer: (lamports) => ({
              tokensOut: quote(lamports),
              leastTokens: market.leastOf(quote(lamports)),
            }),
            buy: ({ lamports, atLeast = 0n }) =>
              process.call("venues.buy", async () => {
                const tokens = quoted.get(lamports) ?? 0n;
                const own = market.leastOf(quote(lamports));
                const least = own > atLeast ? own : atLeast;
                const isBelowMarket = least < market.leastOf(tokens);
                const bought = { lamports, tokens, least, rent, isStrangers, isBelowMarket };
                return {
                  venue,
                  tokensOut: quote(lamports),
                  minTokensOut: least,
                  rentLamports: rent,
                  buyerRentLamports: 0n as Lamports,
                  transientLamports: 0n as Lamports,
                  setup: [],
                  swap: [buyInstruction(mint, bought)],
                  cleanup: [],
                  lookupTables: {},
                };
              }),
          };
        };
        if (!faults.strikes("endpoint lies about the price")) return asTold(100n);
        const lie = faults.shape("endpoint lies about the price").pick(LIES);
        // The endpoint that lies is the first to answer.
        const views = [
          { endpoint: "a liar", open: asTold(lie) },
          { endpoint: "honest", open: asTold(100n) },
        ];
        return openAgreed(views, legs);
      }),
  };
}
