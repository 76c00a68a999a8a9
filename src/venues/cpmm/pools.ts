/**
 * Derives the addresses of a token's CPMM pools: one under each known fee configuration, and the pool that LaunchLab
 * created.
 */
import type { Address, Fetched } from "../../engine/ports.ts";
import { graduationOf } from "../bonk/graduation.ts";
import { sortByBytes } from "../byte-order.ts";
import { WRAPPED_SOL_MINT } from "../token-layout.ts";
import { CONFIG_INDEXES, configOf, poolOf, vaultOf } from "./program.ts";

const poolUnder = (config: Address, mint: Address): Promise<Address> =>
  poolOf(config, sortByBytes(mint, WRAPPED_SOL_MINT));

/** These addresses follow from the mint alone. */
export const usualPoolsOf = (mint: Address): Promise<Address[]> =>
  Promise.all(CONFIG_INDEXES.map(async (index) => poolUnder(await configOf(index), mint)));

/**
 * We can derive this address once the platform has been fetched. Returns null for a token that has not graduated to
 * CPMM.
 */
export const graduatedPoolOf = async (mint: Address, fetched: Fetched): Promise<Address | null> => {
  const graduation = await graduationOf(mint, fetched);
  return graduation?.cpmmConfig == null ? null : poolUnder(graduation.cpmmConfig, mint);
};

/**
 * A platform may have its own configuration, so we fetch the pool and all accounts that are needed to read it at
 * once.
 */
export const graduationAccounts = async (mint: Address, fetched: Fetched): Promise<Address[]> => {
  const graduation = await graduationOf(mint, fetched);
  if (graduation === null) return [];
  if (graduation.cpmmConfig === null) return [graduation.platform];
  const pool = await poolUnder(graduation.cpmmConfig, mint);
  // We requested the pool and it does not exist, so it has no vaults either.
  if (fetched.accounts.get(pool) === null) return [];
  return [pool, graduation.cpmmConfig, await vaultOf(pool, WRAPPED_SOL_MINT), await vaultOf(pool, mint)];
};
