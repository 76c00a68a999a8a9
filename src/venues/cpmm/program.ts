/**
 * Defines Raydium's constant-product program (CPMM): addresses, seeds, discriminators and error codes. Sources:
 * raydium-io/raydium-cp-swap (states, errors), @raydium-io/raydium-sdk-v2 0.2.73-alpha (layouts of newer fields).
 */
import { address } from "@solana/kit";
import type { Address } from "../../engine/ports.ts";
import { pda } from "../pda.ts";
import type { VenueErrors } from "../venue.ts";

export const CPMM_PROGRAM = address("CPMMoo8L3F4NbTegBCKVNunggL7H1ZpdTHKxQB5qKP1C");

/** We search for pools under these fee configurations. So far, Raydium has created no others that trade SOL pairs. */
export const CONFIG_INDEXES = [0, 1, 2, 3, 4, 5, 6, 7] as const;

export const configOf = (index: number): Promise<Address> =>
  pda(CPMM_PROGRAM, "amm_config", Uint8Array.of(index >> 8, index & 0xff));
export const authorityAddress = (): Promise<Address> => pda(CPMM_PROGRAM, "vault_and_lp_mint_auth_seed");
export const vaultOf = (pool: Address, mint: Address): Promise<Address> =>
  pda(CPMM_PROGRAM, "pool_vault", { address: pool }, { address: mint });
export const observationOf = (pool: Address): Promise<Address> =>
  pda(CPMM_PROGRAM, "observation", { address: pool });
export const lpMintOf = (pool: Address): Promise<Address> =>
  pda(CPMM_PROGRAM, "pool_lp_mint", { address: pool });

export const poolOf = (config: Address, [first, second]: readonly [Address, Address]): Promise<Address> =>
  pda(CPMM_PROGRAM, "pool", { address: config }, { address: first }, { address: second });

export const POOL = {
  owner: CPMM_PROGRAM,
  discriminator: [247, 237, 227, 245, 215, 195, 222, 70],
  size: 637,
};
export const CONFIG = {
  owner: CPMM_PROGRAM,
  discriminator: [218, 244, 33, 104, 203, 203, 43, 111],
  size: 116,
};

export const SWAP_BASE_INPUT = [143, 190, 90, 218, 196, 30, 51, 222];

export const CPMM_ERRORS: VenueErrors = {
  program: CPMM_PROGRAM,
  name: "Raydium CPMM",
  codes: {
    6000: "the pool does not allow it now",
    6003: "an amount is not valid",
    6005: "the price moved further than the slippage limit",
    6006: "the amount is too small to trade",
    6007: "the pool does not support the mint",
  },
  ended: [],
  slippage: [6005],
};
