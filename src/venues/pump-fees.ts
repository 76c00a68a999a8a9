/**
 * Reads the fee tiers of pump.fun's fee program, for curves and for pools. Layout: `FeeConfig` of its IDL
 * (@pump-fun/pump-sdk 2.0.0, `src/idl/pump_fees.json`); choice of the tier: `calculateFeeTier` there.
 */
import { address } from "@solana/kit";
import type { Address, RawAccount } from "../engine/ports.ts";
import { type Fields, readAccount } from "./bytes.ts";
import { BPS, ceilDiv } from "./integers.ts";
import { pda } from "./pda.ts";

export const PUMP_FEES_PROGRAM = address("pfeeUxB6jkeY1Hxd7CsFCAjcbHA9rWtchMGdZ6VojVZ");

/** Each program that charges these fees has its own `FeeConfig`. */
export const feeConfigOf = (program: Address): Promise<Address> =>
  pda(PUMP_FEES_PROGRAM, "fee_config", { address: program });

export type PumpFees = { readonly lpBps: bigint; readonly protocolBps: bigint; readonly creatorBps: bigint };
/** Applies from this market cap, in lamports. */
export type FeeTier = { readonly marketCap: bigint; readonly fees: PumpFees };

/** discriminator 8, bump 1, admin 32, flat fees 24, then a vector of tiers, 40 bytes each. */
const TIERS = 65;
const TIER_SIZE = 40;
const MOST_TIERS = 64;
const FEE_CONFIG = {
  owner: PUMP_FEES_PROGRAM,
  discriminator: [0x8f, 0x34, 0x92, 0xbb, 0xdb, 0x7b, 0x4c, 0x9b],
  size: TIERS + 4,
};

const tierAt = (fields: Fields, at: number): FeeTier => ({
  marketCap: fields.u128(at),
  fees: { lpBps: fields.u64(at + 16), protocolBps: fields.u64(at + 24), creatorBps: fields.u64(at + 32) },
});

/** Returns null if the account is not a fee configuration. */
export const readTiers = (account: RawAccount | null | undefined): readonly FeeTier[] | null => {
  const fields = readAccount(account, FEE_CONFIG);
  if (fields === null || account == null) return null;
  const count = fields.u32(TIERS);
  if (count === 0 || count > MOST_TIERS || account.data.length < TIERS + 4 + TIER_SIZE * count) return null;
  return Array.from({ length: count }, (_, at) => tierAt(fields, TIERS + 4 + TIER_SIZE * at));
};

/** The highest tier whose threshold is reached, otherwise the first tier. */
export const feesAt = (tiers: readonly FeeTier[], marketCap: bigint): PumpFees =>
  (tiers.findLast((tier) => marketCap >= tier.marketCap) ?? tiers[0])?.fees ?? {
    lpBps: 0n,
    protocolBps: 0n,
    creatorBps: 0n,
  };

/**
 * The part of an exact input that is traded after the fees, each rounded up, are subtracted. Formula: doc comment of
 * `buy_exact_sol_in` in pump.fun's IDL; `buyQuoteInput` of @pump-fun/pump-swap-sdk 1.20.0 is the same.
 */
export const netOf = (lamports: bigint, rates: readonly bigint[]): bigint => {
  const total = rates.reduce((sum, rate) => sum + rate, 0n);
  const net = (lamports * BPS) / (BPS + total);
  const fees = rates.reduce((sum, rate) => sum + ceilDiv(net * rate, BPS), 0n);
  return net + fees > lamports ? lamports - fees : net;
};
