/**
 * Reads a pump.fun curve from its accounts. Layouts: `BondingCurve`, `Global`, `FeeConfig` of the IDLs named in
 * program.ts.
 */
import type { Address, Fetched, RawAccount } from "../../engine/ports.ts";
import { fieldsOf, NOBODY, readAccount } from "../bytes.ts";
import { maximum } from "../integers.ts";
import { type FeeTier, readTiers } from "../pump-fees.ts";
import { WRAPPED_SOL_MINT } from "../token-layout.ts";
import { type TransferFee, transferFeeOf } from "../transfer-fee.ts";
import { CURVE, GLOBAL } from "./program.ts";

export type PumpfunMarket = {
  readonly mint: Address;
  readonly tokenProgram: Address;
  readonly virtualTokens: bigint;
  readonly virtualLamports: bigint;
  readonly realTokens: bigint;
  readonly realLamports: bigint;
  /** The supply for calculating the market cap: a billion tokens, or the real supply of a mayhem coin. */
  readonly supply: bigint;
  readonly creator: Address | null;
  /** The coin's own creator rate, which replaces the tier's; 0 if there is none. */
  readonly creatorFeeBps: bigint;
  readonly tiers: readonly FeeTier[];
  readonly feeRecipient: Address;
  readonly buybackFeeRecipient: Address;
  /** The coin's fees are returned to the buyers. */
  readonly isCashback: boolean;
  /** The size of the curve's account. Older curves are shorter, and a buy extends them. */
  readonly curveBytes: bigint;
  /** The lamports that the curve's account holds for its rent: all except the reserves and the fees that it keeps. */
  readonly curveRent: bigint;
  readonly transferFee: TransferFee;
};

/** Offsets in `Global`. Fields that an older, shorter account lacks read as zero. */
const AT = {
  feeRecipient: 41,
  feeBps: 105,
  creatorFeeBps: 154,
  reservedFeeRecipient: 483,
  buybackFeeRecipients: 741,
  creatorFeeConfigurable: 1045,
} as const;

export const readGlobal = (account: RawAccount | null | undefined) => {
  const global = readAccount(account, GLOBAL);
  if (global === null) return null;
  return {
    feeRecipient: global.address(AT.feeRecipient),
    mayhemFeeRecipient: global.address(AT.reservedFeeRecipient),
    buybackFeeRecipient: global.address(AT.buybackFeeRecipients),
    creatorFeeConfigurable: global.u8(AT.creatorFeeConfigurable) === 1,
    fees: { lpBps: 0n, protocolBps: global.u64(AT.feeBps), creatorBps: global.u64(AT.creatorFeeBps) },
  };
};

export type Curve = {
  readonly virtualTokens: bigint;
  readonly virtualLamports: bigint;
  readonly realTokens: bigint;
  readonly realLamports: bigint;
  readonly isComplete: boolean;
  readonly creator: Address | null;
  readonly isMayhem: boolean;
  readonly isCashback: boolean;
  readonly bytes: bigint;
  /** See `PumpfunMarket.curveRent`. */
  readonly rent: bigint;
  readonly isSolQuoted: boolean;
  readonly creatorFeeBps: bigint;
};

/**
 * The offsets of the fees that the newest buy leaves on the curve, until someone collects them. Observed on the program
 * of October 2026: each holds its share of every such buy.
 */
const KEPT_FEES = { creator: 125, protocol: 133 } as const;

export const readCurve = (account: RawAccount | null | undefined): Curve | null => {
  const curve = readAccount(account, CURVE);
  if (curve === null || account == null) return null;
  const creator = curve.address(49);
  const quote = curve.address(83);
  return {
    virtualTokens: curve.u64(8),
    virtualLamports: curve.u64(16),
    realTokens: curve.u64(24),
    realLamports: curve.u64(32),
    isComplete: curve.u8(48) !== 0,
    creator: creator === NOBODY ? null : creator,
    isMayhem: curve.u8(81) !== 0,
    isCashback: curve.u8(82) !== 0,
    bytes: BigInt(account.data.length),
    rent: maximum(
      0n,
      account.lamports - curve.u64(32) - curve.u64(KEPT_FEES.creator) - curve.u64(KEPT_FEES.protocol),
    ),
    isSolQuoted: quote === NOBODY || quote === WRAPPED_SOL_MINT,
    creatorFeeBps: curve.u64(115),
  };
};

/** The supply for calculating the market cap of coins that are not mayhem coins, in base units. */
const ONE_BILLION = 1_000_000_000_000_000n;

export type Addresses = { readonly global: Address; readonly feeConfig: Address };

/** Returns null if the global account or the mint cannot be read. */
export const toMarket = (
  mint: Address,
  fetched: Fetched,
  curve: Curve,
  { global: globalAddress, feeConfig }: Addresses,
): PumpfunMarket | null => {
  const global = readGlobal(fetched.accounts.get(globalAddress));
  const mintAccount = fetched.accounts.get(mint);
  if (global === null || mintAccount == null) return null;
  const tiers = readTiers(fetched.accounts.get(feeConfig));
  return {
    mint,
    tokenProgram: mintAccount.owner,
    virtualTokens: curve.virtualTokens,
    virtualLamports: curve.virtualLamports,
    realTokens: curve.realTokens,
    realLamports: curve.realLamports,
    // The mint's supply is at offset 36 under both token programs.
    supply: curve.isMayhem ? fieldsOf(mintAccount.data).u64(36) : ONE_BILLION,
    creator: curve.creator,
    creatorFeeBps: global.creatorFeeConfigurable ? curve.creatorFeeBps : 0n,
    tiers: tiers ?? [{ marketCap: 0n, fees: global.fees }],
    feeRecipient: curve.isMayhem ? global.mayhemFeeRecipient : global.feeRecipient,
    buybackFeeRecipient: global.buybackFeeRecipient,
    isCashback: curve.isCashback,
    curveBytes: curve.bytes,
    curveRent: curve.rent,
    transferFee: transferFeeOf(mintAccount, fetched),
  };
};
