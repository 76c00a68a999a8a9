/** Defines the `bonk` venue: tokens on Raydium LaunchLab's curve, from bonk.fun and every other platform there. */
import { graduatedPoolOf } from "../cpmm/pools.ts";
import type { DirectVenue } from "../venue.ts";
import { instructions } from "./buy.ts";
import { type BonkMarket, isFunding, isGraduatedToCpmm, readPool, stateOf, toMarket } from "./market.ts";
import {
  authorityAddress,
  eventAuthority,
  feeVaultsOf,
  LAUNCHLAB_ERRORS,
  LAUNCHLAB_PROGRAM,
  poolOf,
} from "./program.ts";
import { after, quote } from "./quote.ts";

export const bonk: DirectVenue<BonkMarket> = {
  code: "bonk",
  kind: () => "only",
  accounts: async (mint) => [await poolOf(mint)],
  more: async (mint, fetched) => {
    const pool = readPool(await poolOf(mint), mint, fetched);
    if (pool === null) return [];
    if (isGraduatedToCpmm(pool)) return [pool.platform];
    return isFunding(pool) ? [pool.config, pool.platform, ...(await feeVaultsOf(pool))] : [];
  },
  read: async (mint, fetched) => {
    const pool = readPool(await poolOf(mint), mint, fetched);
    if (pool === null) return { state: "none" };
    return stateOf(pool, await graduatedPoolOf(mint, fetched)) ?? toMarket(mint, fetched, pool);
  },
  quote,
  after,
  instructions,
  stableAccounts: async () => [LAUNCHLAB_PROGRAM, await authorityAddress(), await eventAuthority()],
  errors: LAUNCHLAB_ERRORS,
};
