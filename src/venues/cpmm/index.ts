/** The `cpmm` venue: Raydium's constant-product pools of a token and SOL. The largest of them is the token's market. */
import { type Address, CLOCK_SYSVAR, type Fetched } from "../../engine/ports.ts";
import type { DirectVenue, Reading } from "../venue.ts";
import { instructions } from "./buy.ts";
import { type CpmmMarket, type PoolFields, readPool, toMarket } from "./market.ts";
import { graduatedPoolOf, graduationAccounts, usualPoolsOf } from "./pools.ts";
import { authorityAddress, CONFIG_INDEXES, CPMM_ERRORS, CPMM_PROGRAM, configOf } from "./program.ts";
import { after, quote } from "./quote.ts";

const readPools = async (mint: Address, fetched: Fetched): Promise<PoolFields[]> => {
  const graduated = await graduatedPoolOf(mint, fetched);
  const addresses = new Set([...(await usualPoolsOf(mint)), ...(graduated === null ? [] : [graduated])]);
  return [...addresses].flatMap((address) => readPool(address, mint, fetched) ?? []);
};

const largest = (readings: readonly Reading<CpmmMarket>[]): Reading<CpmmMarket> => {
  const trading = readings.filter((reading) => reading.state === "trading");
  const [best] = trading.toSorted((a, b) => (a.liquidity < b.liquidity ? 1 : -1));
  return best ?? readings.find(({ state }) => state === "refused") ?? { state: "none" };
};

export const cpmm: DirectVenue<CpmmMarket> = {
  code: "cpmm",
  accounts: async (mint) => [...(await usualPoolsOf(mint)), CLOCK_SYSVAR],
  more: async (mint, fetched) => {
    const named = (await readPools(mint, fetched)).flatMap(({ config, vaults }) => [config, ...vaults]);
    return [...new Set([...named, ...(await graduationAccounts(mint, fetched))])];
  },
  read: async (mint, fetched) =>
    largest((await readPools(mint, fetched)).map((pool) => toMarket(mint, fetched, pool))),
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
