/**
 * Defines Heaven's AMM: addresses, seeds, discriminators and error codes. Sources: the program's IDL 0.2.0, as public
 * clients publish it, and the addresses of real pools, which these seeds reproduce.
 */
import { address } from "@solana/kit";
import type { Address } from "../../engine/ports.ts";
import { pda } from "../pda.ts";
import { WRAPPED_SOL_MINT } from "../token-layout.ts";
import type { VenueErrors } from "../venue.ts";

export const HEAVEN_PROGRAM = address("HEAVENoP2qxoeuF8Dj2oT1GHEnu49U5mJYkdeC8BAX2o");
export const CHAINLINK_PROGRAM = address("HEvSKofvBgfaexv23kMabbYqxasxU3mQ4ibBMEmJWHny");
export const SOL_USD_FEED = address("CH31Xns5z3M1cTAbKW34jcxPPciazARpijcHj9rxtemt");
export const INSTRUCTIONS_SYSVAR = address("Sysvar1nstructions1111111111111111111111111");

/** Only for standard pools: a Pro pool's address also depends on its creator. */
export const poolOf = (mint: Address): Promise<Address> =>
  pda(HEAVEN_PROGRAM, "liquidity_pool_state", { address: mint }, { address: WRAPPED_SOL_MINT });

/** The version is big-endian: only this order reproduces the real addresses. */
export const configOf = (version: number): Promise<Address> =>
  pda(HEAVEN_PROGRAM, "protocol_config_state", Uint8Array.of(version >> 8, version & 0xff));

export const POOL = {
  owner: HEAVEN_PROGRAM,
  discriminator: [0xbe, 0x9e, 0xdc, 0x82, 0x0f, 0xa2, 0x84, 0xfc],
  size: 2_304,
};
export const CONFIG = {
  owner: HEAVEN_PROGRAM,
  discriminator: [0xcf, 0x5b, 0xfa, 0x1c, 0x98, 0xb3, 0xd7, 0xd1],
  size: 1_792,
};

/** sha256("global:buy")[..8]; pump.fun's `buy` has the same discriminator. */
export const BUY = [0x66, 0x06, 0x3d, 0x12, 0x01, 0xda, 0xeb, 0xea];

export const HEAVEN_ERRORS: VenueErrors = {
  program: HEAVEN_PROGRAM,
  name: "Heaven",
  // The codes are those of the IDL 0.2.0. We have not observed which of them `buy` raises on slippage.
  codes: {
    6007: "the amount is not valid",
    6012: "the wallet's balance does not suffice",
    6013: "the price moved further than the slippage limit",
    6018: "swaps of the pool are switched off",
    6019: "the pool is not open yet",
    6024: "the price moved further than the slippage limit",
    6025: "the price moved further than the slippage limit",
    6032: "it would spend nothing",
    6036: "the price feed is not the program's",
    6037: "the price feed's program is not the program's",
    6038: "the pool's configuration version is not valid",
    6052: "the pool's reserves are being rebalanced; try again",
    6053: "one transaction may hold one swap only",
  },
  ended: [],
  slippage: [6013, 6024, 6025],
};
