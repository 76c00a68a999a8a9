/**
 * Defines the `cpmm` venue: Raydium's constant-product pools of a token and SOL. We use the pool that gives the most
 * tokens.
 */
import { type Address, CLOCK_SYSVAR, type Fetched } from "../../engine/ports.ts";
import type { DirectVenue, Reading } from "../venue.ts";
import { instructions } from "./buy.ts";
import { type CpmmMarket, LEAST_LAMPORTS, type PoolFields, readPool, toMarket } from "./market.ts";
import { graduatedPoolOf, graduationAccounts, usualPoolsOf } from "./pools.ts";
import { authorityAddress, CONFIG_INDEXES, CPMM_ERRORS, CPMM_PROGRAM, configOf } from "./program.ts";
import { after, quote } from "./quote.ts";

const readPools = async (mint: Address, fetched: Fetched): Promise<PoolFields[]> => {
  const graduated = await graduatedPoolOf(mint, fetched);
  const addresses = new Set([...(await usualPoolsOf(mint)), ...(graduated === null ? [] : [graduated])]);
  return [...addresses].flatMap((address) => readPool(address, mint, fetched) ?? []);
};

/**
 * The amount for comparing pools: the best pool gives the most tokens for it. We do not compare pool sizes, because
 * anyone can open a large pool at any price.
 */
const PROBE_LAMPORTS = LEAST_LAMPORTS;

const readMarkets = async (mint: Address, fetched: Fetched): Promise<Reading<CpmmMarket>[]> =>
  (await readPools(mint, fetched)).map((pool) => toMarket(mint, fetched, pool));

/** The pools that trade, best first. */
const byPrice = (readings: readonly Reading<CpmmMarket>[]) =>
  readings
    .filter((reading) => reading.state === "trading")
    .map((reading) => ({
      reading,
      market: reading.market,
      tokensOut: quote(reading.market, PROBE_LAMPORTS)?.tokensOut ?? 0n,
    }))
    .toSorted((a, b) => Number(b.tokensOut > a.tokensOut) - Number(a.tokensOut > b.tokensOut));

const best = (readings: readonly Reading<CpmmMarket>[]): Reading<CpmmMarket> =>
  byPrice(readings)[0]?.reading ?? readings.find(({ state }) => state === "refused") ?? { state: "none" };

export const cpmm: DirectVenue<CpmmMarket> = {
  code: "cpmm",
  kind: () => "openToAll",
  accounts: async (mint) => [...(await usualPoolsOf(mint)), CLOCK_SYSVAR],
  more: async (mint, fetched) => {
    const named = (await readPools(mint, fetched)).flatMap(({ config, vaults }) => [config, ...vaults]);
    return [...new Set([...named, ...(await graduationAccounts(mint, fetched))])];
  },
  read: async (mint, fetched) => best(await readMarkets(mint, fetched)),
  pools: async (mint, fetched) => byPrice(await readMarkets(mint, fetched)),
  quote,
  after,
  instructions,
  stableAccounts: async () => [
    CPMM_PROGRAM,
    await authorityAddress(),
    ...(await Promise.all(CONFIG_INDEXES.map(configOf))),
  ],
  errors: CPMM_ERRORS,
};
