/** Where a token goes that leaves its LaunchLab curve: to the CPMM pool under the fee configuration of its platform. */
import type { Address, Fetched } from "../../engine/ports.ts";
import { readAccount } from "../bytes.ts";
import { isGraduatedToCpmm, readPool } from "./market.ts";
import { PLATFORM, poolOf } from "./program.ts";

export type Graduation = {
  /** The account that names the configuration. */
  readonly platform: Address;
  /** Null while the platform has not been fetched. */
  readonly cpmmConfig: Address | null;
};

/**
 * Null unless the token was launched on LaunchLab and has migrated to CPMM. A platform may choose another configuration
 * later: what it names now need not be where an older token went.
 */
export const graduationOf = async (mint: Address, fetched: Fetched): Promise<Graduation | null> => {
  const pool = readPool(await poolOf(mint), mint, fetched);
  if (pool === null || !isGraduatedToCpmm(pool)) return null;
  const platform = readAccount(fetched.accounts.get(pool.platform), PLATFORM);
  return { platform: pool.platform, cpmmConfig: platform?.address(688) ?? null };
};
