/**
 * Finds the destination of a token that leaves its LaunchLab curve: the CPMM pool under the fee configuration of its
 * platform.
 */
import type { Address, Fetched } from "../../engine/ports.ts";
import { readAccount } from "../bytes.ts";
import { isGraduatedToCpmm, readPool } from "./market.ts";
import { PLATFORM, poolOf } from "./program.ts";

export type Graduation = {
  /** The account that contains the configuration's address. */
  readonly platform: Address;
  /** Null while the platform has not been fetched. */
  readonly cpmmConfig: Address | null;
};

/**
 * Returns null unless the token was launched on LaunchLab and has migrated to CPMM. A platform may choose another
 * configuration later, so an older token's pool may be under another configuration than the current one.
 */
export const graduationOf = async (mint: Address, fetched: Fetched): Promise<Graduation | null> => {
  const pool = readPool(await poolOf(mint), mint, fetched);
  if (pool === null || !isGraduatedToCpmm(pool)) return null;
  const platform = readAccount(fetched.accounts.get(pool.platform), PLATFORM);
  return { platform: pool.platform, cpmmConfig: platform?.address(688) ?? null };
};
