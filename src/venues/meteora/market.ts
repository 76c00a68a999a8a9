/** Reads a DBC pool from its accounts. Layouts: `VirtualPool`, `PoolConfig` of the IDL named in program.ts. */
import type { Address, Fetched, RawAccount } from "../../engine/ports.ts";
import { type Fields, readAccount } from "../bytes.ts";
import { type ClusterClock, clockOf } from "../clock.ts";
import { WRAPPED_SOL_MINT } from "../token-layout.ts";
import { type TransferFee, transferFeeOf } from "../transfer-fee.ts";
import type { Reading } from "../venue.ts";
import { type FeeSchedule, type Segment, scheduledFee, type VolatilityFee } from "./curve.ts";
import { CONFIG, POOL, TRANSFER_HOOK_POOL } from "./program.ts";

export type MeteoraMarket = {
  /** The bonding curve, or the pool that it has migrated to. */
  readonly kind: "curve" | "pool";
  readonly mint: Address;
  readonly tokenProgram: Address;
  readonly pool: Address;
  /**
   * True if the curve is at the address that follows from its own configuration: only the token's launch can have
   * opened it.
   */
  readonly isOwn: boolean;
  readonly config: Address;
  readonly tokenVault: Address;
  readonly solVault: Address;
  readonly sqrtPrice: bigint;
  /** The price at which the curve ends. */
  readonly endSqrtPrice: bigint;
  readonly segments: readonly Segment[];
  /** The scheduled fee now, in billionths. It can only fall. */
  readonly scheduledFee: bigint;
  /** The program's cap of the sum of all fees, in billionths. */
  readonly mostFee: bigint;
  readonly volatility: (VolatilityFee & { readonly most: bigint }) | null;
  readonly isFeeOnSol: boolean;
  readonly transferFee: TransferFee;
};

const FEE_MODE = { linear: 0, exponential: 1, bySize: 2 } as const;
const MOST_FEE = 990_000_000n;
const CURVE = 408;
const CURVE_POINTS = 20;
const BY_SLOT = 0;

export const readPool = (account: RawAccount | null | undefined, mint: Address): Fields | null => {
  const fields = readAccount(account, POOL) ?? readAccount(account, TRANSFER_HOOK_POOL);
  return fields !== null && fields.address(136) === mint ? fields : null;
};

export const isTransferHookPool = (account: RawAccount | null | undefined): boolean =>
  readAccount(account, TRANSFER_HOOK_POOL) !== null;

export const isOpen = (pool: Fields): boolean => pool.u8(305) === 0 && pool.u8(308) === 0;

/** The state that follows from the pool alone, without its configuration. */
export const stateOf = (pool: Fields): Reading<MeteoraMarket> | null => {
  if (pool.u8(305) !== 0) return { state: "graduated", to: "jupiter" };
  if (pool.u8(308) !== 0)
    return { state: "migrating", reason: "its Meteora curve is complete and its pool is not open yet" };
  return null;
};

const segmentsOf = (config: Fields): Segment[] => {
  const points = Array.from({ length: CURVE_POINTS }, (_, at) => ({
    sqrtPrice: config.u128(CURVE + 32 * at),
    liquidity: config.u128(CURVE + 32 * at + 16),
  }));
  const end = points.findIndex(({ sqrtPrice, liquidity }) => sqrtPrice === 0n || liquidity === 0n);
  return end < 0 ? points : points.slice(0, end);
};

const scheduleOf = (config: Fields): FeeSchedule => ({
  cliff: config.u64(104),
  periods: BigInt(config.u16(128)),
  frequency: config.u64(112),
  reduction: config.u64(120),
  isExponential: config.u8(130) === FEE_MODE.exponential,
});

/** The current time in the pool's unit: slots or seconds. */
const pointOf = (config: Fields, clock: ClusterClock): bigint =>
  config.u8(234) === BY_SLOT ? clock.slot : clock.unixSeconds;

const refusal = (pool: Fields, config: Fields, now: bigint): string | null => {
  if (config.address(8) !== WRAPPED_SOL_MINT) return "its Meteora curve is not quoted in SOL";
  if (now < pool.u64(296)) return "its Meteora curve is not open yet";
  const mode = config.u8(130);
  if (mode > FEE_MODE.bySize) return "its Meteora curve has a fee that is not known";
  // In this mode, the first factor is the increment, the second the duration, and the third the reference amount.
  const isLimited = mode === FEE_MODE.bySize && config.u64(120) !== 0n && config.u16(128) !== 0;
  if (isLimited && now <= pool.u64(296) + config.u64(112))
    return "its Meteora curve charges by size in its first minutes";
  return null;
};

export const toMarket = (
  mint: Address,
  fetched: Fetched,
  address: Address,
  pool: Fields,
): Reading<MeteoraMarket> => {
  const configAddress = pool.address(72);
  const config = readAccount(fetched.accounts.get(configAddress), CONFIG);
  const mintAccount = fetched.accounts.get(mint);
  const clock = clockOf(fetched);
  if (config === null || mintAccount == null) return { state: "none" };
  if (clock === null) return { state: "refused", reason: "the cluster's clock cannot be read" };
  const now = pointOf(config, clock);
  const reason = refusal(pool, config, now);
  if (reason !== null) return { state: "refused", reason };
  if (pool.u64(240) >= config.u64(264))
    return { state: "migrating", reason: "its Meteora curve is complete and its pool is not open yet" };
  const isBySize = config.u8(130) === FEE_MODE.bySize;
  const market: MeteoraMarket = {
    kind: "curve",
    mint,
    tokenProgram: mintAccount.owner,
    pool: address,
    isOwn: false,
    config: configAddress,
    tokenVault: pool.address(168),
    solVault: pool.address(200),
    sqrtPrice: pool.u128(280),
    endSqrtPrice: config.u128(280),
    segments: segmentsOf(config),
    scheduledFee: isBySize ? config.u64(104) : scheduledFee(scheduleOf(config), now - pool.u64(296)),
    mostFee: MOST_FEE,
    volatility:
      config.u8(136) === 0
        ? null
        : {
            binStep: BigInt(config.u16(152)),
            control: BigInt(config.u32(148)),
            accumulator: pool.u128(40),
            most: BigInt(config.u32(144)),
          },
    isFeeOnSol: config.u8(232) === 0,
    transferFee: transferFeeOf(mintAccount, fetched),
  };
  if (market.sqrtPrice === 0n) return { state: "refused", reason: "its Meteora curve has no price" };
  return { state: "trading", market, liquidity: pool.u64(240) };
};
