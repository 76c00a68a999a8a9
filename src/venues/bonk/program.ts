/**
 * Defines Raydium LaunchLab, the launchpad behind bonk.fun: addresses, seeds, discriminators and error codes. Source:
 * @raydium-io/raydium-sdk-v2 0.2.73-alpha (`raydium/launchpad/{pda,layout,instrument}`), facts only.
 */
import { address } from "@solana/kit";
import type { Address } from "../../engine/ports.ts";
import { pda } from "../pda.ts";
import { WRAPPED_SOL_MINT } from "../token-layout.ts";
import type { VenueErrors } from "../venue.ts";

export const LAUNCHLAB_PROGRAM = address("LanMV9sAd7wArD4vJFi2qDdfnVhFxYSUg6eADduJ3uj");

export const authorityAddress = (): Promise<Address> => pda(LAUNCHLAB_PROGRAM, "vault_auth_seed");
export const eventAuthority = (): Promise<Address> => pda(LAUNCHLAB_PROGRAM, "__event_authority");
/** Base first, quote second. Unlike in CPMM pools, the two are not sorted. */
export const poolOf = (mint: Address): Promise<Address> =>
  pda(LAUNCHLAB_PROGRAM, "pool", { address: mint }, { address: WRAPPED_SOL_MINT });
const feeVaultOf = (owner: Address): Promise<Address> =>
  pda(LAUNCHLAB_PROGRAM, { address: owner }, { address: WRAPPED_SOL_MINT });
/**
 * The accounts that store the platform's and the creator's shares of the fees in SOL, in the order of a buy's
 * accounts.
 */
export const feeVaultsOf = (of: { platform: Address; creator: Address }): Promise<Address[]> =>
  Promise.all([feeVaultOf(of.platform), feeVaultOf(of.creator)]);

export const POOL = {
  owner: LAUNCHLAB_PROGRAM,
  discriminator: [247, 237, 227, 245, 215, 195, 222, 70],
  size: 429,
};
export const CONFIG = {
  owner: LAUNCHLAB_PROGRAM,
  discriminator: [149, 8, 156, 202, 160, 252, 176, 217],
  size: 35,
};
export const PLATFORM = {
  owner: LAUNCHLAB_PROGRAM,
  discriminator: [160, 78, 128, 0, 248, 83, 230, 160],
  size: 728,
};

export const BUY_EXACT_IN = [250, 234, 13, 123, 213, 156, 19, 236];

export const LAUNCHLAB_ERRORS: VenueErrors = {
  program: LAUNCHLAB_PROGRAM,
  name: "Raydium LaunchLab",
  // The codes are those of the program's IDL. We had no binary, so we do not know which of them a buy raises, and
  // when. A code that is missing here is shown as a number.
  codes: {
    6000: "the pool does not allow it now",
    6004: "the price moved further than the slippage limit",
    6005: "the pool is still raising funds",
    6006: "the pool has migrated",
    6018: "an account that the buy needs is not named",
  },
  ended: [6000, 6006],
  slippage: [6004],
};
