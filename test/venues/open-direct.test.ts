/**
 * Tests a market that is opened for several legs: each leg's least amount holds in any order of landing, and a leg that
 * is too small is refused.
 */

import { describe, expect, it } from "vitest";
import type { Address, Lamports, Survey } from "../../src/engine/ports.ts";
import { cpmm } from "../../src/venues/cpmm/index.ts";
import { createVenues } from "../../src/venues/index.ts";
import { openDirect } from "../../src/venues/open-direct.ts";
import { feesAt } from "../../src/venues/pump-fees.ts";
import { pumpswap } from "../../src/venues/pumpswap/index.ts";
import type { DirectVenue } from "../../src/venues/venue.ts";
import { clusterAccounts, OLD_CLUSTER } from "../support/cluster-accounts.ts";
import fc from "../support/fast-check.ts";
import { cpmmMarket, pumpswapMarket } from "./markets.ts";
import { type Accounts, accountsOf, fetchedFrom, first } from "./raydium-vectors.ts";

const MINT = "LiGHtkg3uTa9836RaNkKLLriqTNRcMdRAhqjGWNv777" as Address;
const BUYER = "E21hxLJTgC8xS4aWXUkqwfycbXFPSYfcUWUVBfXHMgqv" as Address;
const SURVEY: Survey = {
  slot: 1n,
  mint: MINT,
  tokenProgram: MINT,
  decimals: 6,
  tokenAccountBytes: 165,
  owners: new Map(),
  fetched: { slot: 1n, accounts: new Map() },
  cluster: OLD_CLUSTER,
};

const ORDERS = [
  [0, 1, 2],
  [0, 2, 1],
  [1, 0, 2],
  [1, 2, 0],
  [2, 0, 1],
  [2, 1, 0],
] as const;

/** Returns, for each leg, the least tokens of its buy without slippage. */
async function leastOf<Market>(venue: DirectVenue<Market>, market: Market, legs: readonly bigint[]) {
  const open = openDirect(venue, market, SURVEY, {
    legs: legs as readonly Lamports[],
    slippageBps: 0,
    taker: BUYER,
  });
  return Promise.all(
    legs.map(async (lamports) => {
      const asked = { buyer: BUYER, payer: BUYER, lamports: lamports as Lamports };
      return (await open.buy(asked)).minTokensOut;
    }),
  );
}

/** Returns, for each leg, the tokens that it gets if the legs land in this order. */
const landed = <Market>(
  venue: DirectVenue<Market>,
  market: Market,
  legs: readonly bigint[],
  order: readonly number[],
): bigint[] => {
  const got: bigint[] = [];
  let at = market;
  for (const leg of order) {
    const lamports = legs[leg] ?? 0n;
    got[leg] = venue.quote(at, lamports)?.tokensOut ?? 0n;
    at = venue.after(at, lamports);
  }
  return got;
};

const amount = (min: bigint, max: bigint) => fc.bigInt({ min, max });

describe("the least that a leg accepts", () => {
  it("is reached in every order, whatever the legs' amounts", async () => {
    await fc.assert(
      fc.asyncProperty(
        amount(10n ** 9n, 10n ** 13n),
        amount(10n ** 9n, 10n ** 15n),
        fc.array(amount(10n ** 6n, 10n ** 9n), { minLength: 3, maxLength: 3 }),
        async (lamports, tokens, legs) => {
          const rates = { tradeFeeRate: 2_500n, protocolFeeRate: 120_000n, fundFeeRate: 40_000n };
          const market = cpmmMarket({
            lamports,
            tokens,
            ...rates,
            creatorFeeRate: 0n,
            isCreatorFeeOnSol: true,
          });
          if (ORDERS.some((order) => landed(cpmm, market, legs, order).includes(0n))) return;
          const least = await leastOf(cpmm, market, legs);
          for (const order of ORDERS) {
            for (const [leg, tokensOut] of landed(cpmm, market, legs, order).entries())
              expect(tokensOut).toBeGreaterThanOrEqual(least[leg] ?? 0n);
          }
        },
      ),
      { numRuns: 500 },
    );
  });

  it("is what comes first gets, where the fee falls as soon as the price has risen a little", async () => {
    const [dear, cheap] = [
      { lpBps: 20n, protocolBps: 5n, creatorBps: 95n },
      { lpBps: 20n, protocolBps: 5n, creatorBps: 5n },
    ];
    const pool = { tokens: 10n ** 14n, lamports: 10n ** 12n, virtualLamports: 0n, supply: 10n ** 15n };
    const marketCap = (pool.lamports * pool.supply) / pool.tokens;
    const tiers = [
      { marketCap: 0n, fees: dear },
      { marketCap: marketCap + 1_000_000n, fees: cheap },
    ];
    const market = pumpswapMarket({ ...pool, tiers, creatorFeeBps: 0n, hasCreator: true });
    const legs = [10n ** 8n, 10n ** 8n, 10n ** 8n];
    const [first, second] = landed(pumpswap, market, legs, [0, 1, 2]);
    expect(feesAt(tiers, marketCap)).toBe(dear);
    expect(second).toBeGreaterThan(first ?? 0n);
    for (const least of await leastOf(pumpswap, market, legs)) {
      expect(least).toBeLessThan(first ?? 0n);
      expect(least).toBeGreaterThan(((first ?? 0n) * 999_999n) / 1_000_000n);
    }
  });
});

describe("a market that is too small", () => {
  const openOn = async (accounts: Accounts, mint: Address, amount: bigint) => {
    const chain = {
      findAccounts: async () => [],
      fetchAccounts: async (asked: readonly Address[]) =>
        fetchedFrom(
          new Map(asked.map((one) => [one, accounts.get(one) ?? clusterAccounts().get(one) ?? null])),
        ),
    };
    const venues = createVenues({ chain, jupiter: { url: "http://127.0.0.1:9" } });
    const survey = await venues.survey(mint, [BUYER]);
    const legs = [amount as Lamports];
    return (code: "bonk" | "cpmm") => venues.open(code, survey, { legs, slippageBps: 100, taker: BUYER });
  };

  it("for the whole amount is refused with that reason, before anything is built", async () => {
    const { mint, ...vector } = first("bonk");
    const open = await openOn(accountsOf({ mint, ...vector }), mint, 10n ** 15n);
    await expect(open("bonk")).rejects.toMatchObject({
      code: "CTO_E_NO_LIQUIDITY",
      context: { mint, venue: "bonk", reason: `its market cannot serve ${10n ** 15n} lamports` },
    });
  });

  it("to be taken for the token's is refused so, too", async () => {
    const vector = first("cpmm");
    const accounts = accountsOf(vector);
    for (const { address } of vector.accounts.slice(2)) {
      const vault = accounts.get(address);
      if (vault?.data.length === 165) new DataView(vault.data.buffer).setBigUint64(64, 10n ** 8n, true);
    }
    const open = await openOn(accounts, vector.mint, 10n ** 8n);
    await expect(open("cpmm")).rejects.toMatchObject({ code: "CTO_E_NO_LIQUIDITY" });
  });
});
