/** A tiny market that always has the same price: 1,000 tokens a lamport. */
import type { Address, Holdings, Lamports, Survey, Venues } from "../src/engine/ports.ts";
import { CTOError } from "../src/errors/index.ts";
import type { ReadBlock } from "./accounts.ts";
import { balanceOf } from "./ledger.ts";
import type { Process } from "./process.ts";
import { buyInstruction, PRICE, RENT, tokenAccountOf } from "./transaction.ts";
import type { World } from "./world.ts";

const CLUSTER = { lamportsPerByte: 6_960n, epoch: 0n, unixTimestamp: 0n, versionOne: false };

export function createSimVenues({ faults }: World, process: Process, readBlock: ReadBlock): Venues {
  const surveyNow = (mint: Address, owners: readonly Address[]): Survey => {
    const block = readBlock();
    const slot = BigInt(block.slot);
    const holdingsOf = (owner: Address): Holdings => {
      const tokenAccount = tokenAccountOf(mint, owner);
      const tokens = block.ledger.tokens.get(tokenAccount) ?? null;
      const lamports = balanceOf(block.ledger, owner);
      process.surveyed.set(owner, lamports);
      return { lamports, tokens, tokenAccount };
    };
    return {
      slot,
      mint,
      tokenProgram: "sim-token-program" as Address,
      decimals: 6,
      owners: new Map(owners.map((owner) => [owner, holdingsOf(owner)])),
      fetched: { slot, accounts: new Map() },
      cluster: CLUSTER,
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
    route: () => ["pumpfun", "jupiter"],
    explain: () => null,
    hasEnded: () => false,
    open: (venue, { mint }, { legs }) =>
      process.call("venues.open", async () => {
        if (venue === "pumpfun")
          throw new CTOError("CTO_E_NO_ROUTE", { mint: "sim", venue, reason: "simulated" });
        if (faults.strikes("venue unavailable"))
          throw new CTOError("CTO_E_VENUE_UNAVAILABLE", { venue, reason: "simulated" });
        const total = legs.reduce((sum, lamports) => sum + lamports, 0n);
        return {
          venue,
          quote: {
            lamports: total as Lamports,
            tokensOut: total * PRICE,
            priceImpactBps: 10,
            feeLamports: null,
            legs: legs.map((leg) => leg * PRICE),
          },
          offline: true,
          buy: ({ lamports }) =>
            process.call("venues.buy", async () => ({
              venue,
              tokensOut: lamports * PRICE,
              minTokensOut: (lamports * PRICE * 95n) / 100n,
              rentLamports: RENT,
              buyerRentLamports: 0n as Lamports,
              transientLamports: 0n as Lamports,
              setup: [],
              swap: [buyInstruction(mint, lamports)],
              cleanup: [],
              lookupTables: {},
            })),
        };
      }),
  };
}
