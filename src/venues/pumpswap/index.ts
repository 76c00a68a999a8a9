/** Defines the `pumpswap` venue: the pool in which a graduated pump.fun coin trades. */
import type { Address } from "../../engine/ports.ts";
import { NOBODY } from "../bytes.ts";
import { feeConfigOf, PUMP_FEES_PROGRAM } from "../pump-fees.ts";
import type { DirectVenue } from "../venue.ts";
import { BUY_VERSIONS, instructions } from "./buy.ts";
import { type Addresses, creatorOf, type PumpswapMarket, readPool, toMarket } from "./market.ts";
import {
  canonicalPoolOf,
  eventAuthority,
  globalConfigAddress,
  globalVolume,
  PUMPSWAP_ERRORS,
  PUMPSWAP_PROGRAM,
  poolAuthorityOf,
  userVolumeOf,
} from "./program.ts";
import { after, quote } from "./quote.ts";
import { cashbackAccountOf, creatorAccountOf } from "./rents.ts";

const addressesOf = async (mint: Address): Promise<Addresses> => {
  const [pool, globalConfig, feeConfig, poolAuthority] = await Promise.all([
    canonicalPoolOf(mint),
    globalConfigAddress(),
    feeConfigOf(PUMPSWAP_PROGRAM),
    poolAuthorityOf(mint),
  ]);
  return { pool, globalConfig, feeConfig, poolAuthority };
};

export const pumpswap: DirectVenue<PumpswapMarket> = {
  code: "pumpswap",
  // The pool's creator is an address that only pump.fun's program can sign for.
  kind: () => "canonical",
  versions: BUY_VERSIONS.map(({ name }) => name),
  accounts: async (mint) => {
    const { pool, globalConfig, feeConfig } = await addressesOf(mint);
    return [pool, globalConfig, feeConfig];
  },
  buyerAccounts: async (buyer) => [await userVolumeOf(buyer), await cashbackAccountOf(buyer)],
  more: async (mint, fetched) => {
    const pool = readPool(mint, fetched, await addressesOf(mint));
    if (pool === null) return [];
    return [pool.address(139), pool.address(171), await creatorAccountOf(creatorOf(pool) ?? NOBODY)];
  },
  read: async (mint, fetched) => {
    const addresses = await addressesOf(mint);
    const pool = readPool(mint, fetched, addresses);
    return pool === null ? { state: "none" } : toMarket(mint, fetched, addresses, pool);
  },
  quote,
  after,
  instructions,
  stableAccounts: async () => [
    PUMPSWAP_PROGRAM,
    PUMP_FEES_PROGRAM,
    await globalConfigAddress(),
    await eventAuthority(),
    await globalVolume(),
    await feeConfigOf(PUMPSWAP_PROGRAM),
  ],
  errors: PUMPSWAP_ERRORS,
};
