/**
 * Defines PumpSwap, the pool program that pump.fun coins graduate to: addresses, seeds, discriminators and error
 * codes. Source: the program's IDL in @pump-fun/pump-swap-sdk 1.20.0 (`src/idl/pump_amm.json`, `src/sdk/pda.ts`).
 */
import { address } from "@solana/kit";
import { TOKEN_PROGRAM_ADDRESS } from "@solana-program/token";
import type { Address } from "../../engine/ports.ts";
import { pda } from "../pda.ts";
import { PUMP_PROGRAM } from "../pumpfun/program.ts";
import { WRAPPED_SOL_MINT } from "../token-layout.ts";
import type { VenueErrors } from "../venue.ts";
import { tokenAccountOf } from "../wrapped-sol.ts";

export const PUMPSWAP_PROGRAM = address("pAMMBay6oceH9fJKBRHGP5D4bD4sWpmSwMn52FMfXEA");

const CANONICAL_INDEX = Uint8Array.of(0, 0);

export const poolAuthorityOf = (mint: Address): Promise<Address> =>
  pda(PUMP_PROGRAM, "pool-authority", { address: mint });

/** The pool that receives a graduated coin's liquidity: index 0, created by the coin's pool authority. */
export const canonicalPoolOf = async (mint: Address): Promise<Address> => {
  const authority = { address: await poolAuthorityOf(mint) };
  const wrapped = { address: WRAPPED_SOL_MINT };
  return pda(PUMPSWAP_PROGRAM, "pool", CANONICAL_INDEX, authority, { address: mint }, wrapped);
};

export const globalConfigAddress = (): Promise<Address> => pda(PUMPSWAP_PROGRAM, "global_config");
export const eventAuthority = (): Promise<Address> => pda(PUMPSWAP_PROGRAM, "__event_authority");
export const globalVolume = (): Promise<Address> => pda(PUMPSWAP_PROGRAM, "global_volume_accumulator");
export const userVolumeOf = (user: Address): Promise<Address> =>
  pda(PUMPSWAP_PROGRAM, "user_volume_accumulator", { address: user });
export const creatorVaultAuthorityOf = (creator: Address): Promise<Address> =>
  pda(PUMPSWAP_PROGRAM, "creator_vault", { address: creator });
/** A pool's second account, which the program requires for coins with a creator. */
export const secondPoolOf = (mint: Address): Promise<Address> =>
  pda(PUMPSWAP_PROGRAM, "pool-v2", { address: mint });

/** The owner's associated token account of wrapped SOL. The program pays fees to such accounts. */
export const wrappedOf = (owner: Address): Promise<Address> =>
  tokenAccountOf(owner, WRAPPED_SOL_MINT, TOKEN_PROGRAM_ADDRESS);

export const POOL = {
  owner: PUMPSWAP_PROGRAM,
  discriminator: [0xf1, 0x9a, 0x6d, 0x04, 0x11, 0xb1, 0x6d, 0xbc],
  size: 211,
};
export const GLOBAL_CONFIG = {
  owner: PUMPSWAP_PROGRAM,
  discriminator: [0x95, 0x08, 0x9c, 0xca, 0xa0, 0xfc, 0xb0, 0xd9],
  size: 321,
};

/** sha256("global:<name>")[..8]. */
export const BUY_EXACT_QUOTE_IN = [198, 46, 21, 82, 180, 217, 232, 112];
export const BUY_EXACT_QUOTE_IN_V2 = [194, 171, 28, 70, 104, 77, 91, 47];

export const PUMPSWAP_ERRORS: VenueErrors = {
  program: PUMPSWAP_PROGRAM,
  name: "PumpSwap",
  codes: {
    6001: "it would buy nothing",
    6002: "it would spend nothing",
    6004: "the price moved further than the slippage limit",
    6013: "the fee recipient is not one of the program's",
    6016: "the pool does not hold that many tokens",
    6020: "buys are switched off",
    6039: "the lamports do not cover the fees",
    6040: "the price moved further than the slippage limit (fewer tokens than the least accepted)",
    6053: "the buyback fee recipient is not one of the program's",
    6058: "the program wants the buyback fee recipient",
    6059: "the program wants the account that the coin's fees go back to",
    6062: "the program wants the pool's second account",
    6079: "the coin gives its fees back, and this instruction does not serve such coins",
  },
  ended: [],
  slippage: [6004, 6040],
};
