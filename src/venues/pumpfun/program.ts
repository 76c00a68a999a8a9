/**
 * Defines pump.fun's bonding-curve program: addresses, seeds, discriminators and error codes. Source: the program's
 * IDL in @pump-fun/pump-sdk 2.0.0 (`src/idl/pump.json`), and for newer parts pump.fun's public documentation of
 * October 2026 (pump-fun/pump-public-docs).
 */
import { address } from "@solana/kit";
import type { Address } from "../../engine/ports.ts";
import { pda } from "../pda.ts";
import { PUMP_FEES_PROGRAM } from "../pump-fees.ts";
import type { VenueErrors } from "../venue.ts";

export const PUMP_PROGRAM = address("6EF8rrecthR5Dkzon8Nwu78hRvfCKubJ14M5uBEwF6P");
export const globalAddress = (): Promise<Address> => pda(PUMP_PROGRAM, "global");
export const eventAuthority = (): Promise<Address> => pda(PUMP_PROGRAM, "__event_authority");
export const globalVolume = (): Promise<Address> => pda(PUMP_PROGRAM, "global_volume_accumulator");
export const curveOf = (mint: Address): Promise<Address> =>
  pda(PUMP_PROGRAM, "bonding-curve", { address: mint });
export const secondCurveOf = (mint: Address): Promise<Address> =>
  pda(PUMP_PROGRAM, "bonding-curve-v2", { address: mint });
export const creatorVaultOf = (creator: Address): Promise<Address> =>
  pda(PUMP_PROGRAM, "creator-vault", { address: creator });
export const userVolumeOf = (user: Address): Promise<Address> =>
  pda(PUMP_PROGRAM, "user_volume_accumulator", { address: user });
export const sharingConfigOf = (mint: Address): Promise<Address> =>
  pda(PUMP_FEES_PROGRAM, "sharing-config", { address: mint });

/** sha256("account:<Name>")[..8]. */
export const CURVE = {
  owner: PUMP_PROGRAM,
  discriminator: [0x17, 0xb7, 0xf8, 0x37, 0x60, 0xd8, 0xac, 0x60],
  size: 49,
};
export const GLOBAL = {
  owner: PUMP_PROGRAM,
  discriminator: [0xa7, 0xe8, 0xe8, 0xb1, 0xc8, 0x6c, 0x72, 0x7f],
  size: 384,
};
export const PUMP_ERRORS: VenueErrors = {
  program: PUMP_PROGRAM,
  name: "pump.fun",
  codes: {
    6002: "the price moved further than the slippage limit (too much SOL required)",
    6005: "the bonding curve is complete",
    6020: "it would buy nothing",
    6021: "the curve does not have that many tokens left",
    6040: "the lamports do not cover the rent of the accounts it opens",
    6041: "the lamports do not cover the fees",
    6042: "the price moved further than the slippage limit (fewer tokens than the least accepted)",
    6062: "the program wants the buyback fee recipient",
    6074: "the program wants the curve's second account",
    6081: "the bonding curve has migrated",
    6094: "the coin gives its fees back, and this instruction does not serve such coins",
  },
  ended: [6005, 6021, 6081],
  slippage: [6002, 6042],
};
