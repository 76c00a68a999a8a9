/** Implements the venues of one simulated process. The aggregator trades every token at the market's current price. */
import {
  type Address,
  type Holdings,
  type Lamports,
  rentExemption,
  type Survey,
  type Venues,
} from "../src/engine/ports.ts";
import { CTOError } from "../src/errors/index.ts";
import { OLD_CLUSTER } from "../test/support/cluster-accounts.ts";
import type { ReadBlock } from "./accounts.ts";
import { balanceOf } from "./ledger.ts";
import type { Process } from "./process.ts";
import { ACCOUNT_BYTES, buyInstruction, tokenAccountOf } from "./transaction.ts";
import type { World } from "./world.ts";

/** The price in a stranger's pool, as a multiple of the market price. */
const STRANGERS_PRICE = 1_000n;

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
        const total = legs.reduce((sum, lamports) => sum + lamports, 0n);
        const isStrangers = venue === "cpmm";
        const given = (lamports: bigint): bigint =>
          isStrangers ? market.tokensFor(lamports) / STRANGERS_PRICE : market.tokensFor(lamports);
        const quoted = new Map(legs.map((lamports) => [lamports, given(lamports)]));
        const quote = (lamports: bigint): bigint => quoted.get(lamports as Lamports) ?? 0n;
        return {
          venue,
          market: isStrangers ? "openToAll" : "aggregator",
          quote: {
            lamports: total as Lamports,
            tokensOut: given(total),
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
              const tokens = quote(lamports);
              const own = market.leastOf(tokens);
              const least = own > atLeast ? own : atLeast;
              const rent = rentExemption(cluster, ACCOUNT_BYTES);
              return {
                venue,
                tokensOut: tokens,
                minTokensOut: least,
                rentLamports: rent,
                buyerRentLamports: 0n as Lamports,
                transientLamports: 0n as Lamports,
                setup: [],
                swap: [buyInstruction(mint, { lamports, tokens, least, rent, isStrangers })],
                cleanup: [],
                lookupTables: {},
              };
            }),
        };
      }),
  };
}
