/**
 * Defines Meteora's dynamic bonding curve (DBC): addresses, seeds, discriminators and error codes. Source: the
 * program's IDL in @meteora-ag/dynamic-bonding-curve-sdk 1.5.12.
 */
import { address } from "@solana/kit";
import type { Address } from "../../engine/ports.ts";
import { sortByBytes } from "../byte-order.ts";
import { pda } from "../pda.ts";
import { WRAPPED_SOL_MINT } from "../token-layout.ts";
import type { VenueErrors } from "../venue.ts";

export const DBC_PROGRAM = address("dbcij3LWUppWqq96dh6gJWwBifmcGfLSB5D4DuSMaqN");
/** The same for all pools; a constant of the program. */
export const POOL_AUTHORITY = address("FhVo3mqL8PW5pH5U2CN4XE33DokiyZnUwuGpH2hmHLuM");

export const eventAuthority = (): Promise<Address> => pda(DBC_PROGRAM, "__event_authority");

/** Seeds: "pool", the configuration, then the larger of the two mints, then the smaller. */
export const curveAddressOf = (mint: Address, config: Address): Promise<Address> => {
  const [smaller, larger] = sortByBytes(mint, WRAPPED_SOL_MINT);
  return pda(DBC_PROGRAM, "pool", { address: config }, { address: larger }, { address: smaller });
};

/**
 * The offset of the token's mint in a pool. We find pools by it, because their addresses depend on the partner's
 * configuration.
 */
export const BASE_MINT_OFFSET = 136;

export const POOL = {
  owner: DBC_PROGRAM,
  discriminator: [0xd5, 0xe0, 0x05, 0xd1, 0x62, 0x45, 0x77, 0x5c],
  size: 424,
};
/** The same layout, for mints with a transfer hook. */
export const TRANSFER_HOOK_POOL = {
  owner: DBC_PROGRAM,
  discriminator: [0xed, 0xdb, 0xb8, 0x17, 0x2a, 0xbd, 0xa9, 0x23],
  size: 424,
};
export const CONFIG = {
  owner: DBC_PROGRAM,
  discriminator: [0x1a, 0x6c, 0x0e, 0x7b, 0x74, 0xe6, 0x81, 0x2b],
  size: 1_048,
};

export const DBC_ERRORS: VenueErrors = {
  program: DBC_PROGRAM,
  name: "Meteora DBC",
  codes: {
    6002: "the price moved further than the slippage limit",
    6005: "it would spend nothing",
    6012: "the curve does not hold that much",
    6013: "the curve is complete",
    6033: "the curve does not hold that much",
    6043: "one transaction may hold one swap only while fees grow with size",
    6047: "the curve cannot take the whole amount",
  },
  ended: [6012, 6013, 6033, 6047],
  slippage: [6002],
};
