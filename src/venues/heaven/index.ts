/**
 * Defines the `heaven` venue: standard pools of Heaven's AMM, where its launches trade from the first day to the
 * last.
 */
import { CLOCK_SYSVAR } from "../../engine/ports.ts";
import type { DirectVenue } from "../venue.ts";
import { instructions } from "./buy.ts";
import { type HeavenMarket, readPool, toMarket } from "./market.ts";
import {
  CHAINLINK_PROGRAM,
  configOf,
  HEAVEN_ERRORS,
  HEAVEN_PROGRAM,
  INSTRUCTIONS_SYSVAR,
  poolOf,
  SOL_USD_FEED,
} from "./program.ts";
import { after, quote } from "./quote.ts";

/** Community and creator pools. Version 3 is for Pro pools. */
const STANDARD_VERSIONS = [1, 2] as const;

export const heaven: DirectVenue<HeavenMarket> = {
  code: "heaven",
  // We do not know whether another party can open the standard pool of a foreign mint, so we assume that anyone can.
  kind: () => "openToAll",
  accounts: async (mint) => [await poolOf(mint), CLOCK_SYSVAR],
  more: async (mint, fetched) => {
    const pool = readPool(await poolOf(mint), mint, fetched);
    return pool === null ? [] : [pool.config];
  },
  read: async (mint, fetched) => {
    const pool = readPool(await poolOf(mint), mint, fetched);
    return pool === null ? { state: "none" } : toMarket(mint, fetched, pool);
  },
  quote,
  after,
  instructions,
  stableAccounts: async () => [
    HEAVEN_PROGRAM,
    CHAINLINK_PROGRAM,
    SOL_USD_FEED,
    INSTRUCTIONS_SYSVAR,
    ...(await Promise.all(STANDARD_VERSIONS.map(configOf))),
  ],
  errors: HEAVEN_ERRORS,
};
