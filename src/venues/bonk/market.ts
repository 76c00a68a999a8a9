/** Reads a LaunchLab pool from its accounts. Layouts: see program.ts. */
import type { Address, Fetched } from "../../engine/ports.ts";
import { type Fields, readAccount } from "../bytes.ts";
import { WRAPPED_SOL_MINT } from "../token-layout.ts";
import { type TransferFee, transferFeeOf } from "../transfer-fee.ts";
import type { Reading } from "../venue.ts";
import { CONFIG, PLATFORM, POOL } from "./program.ts";

export type BonkMarket = {
  readonly mint: Address;
  readonly tokenProgram: Address;
  readonly pool: Address;
  readonly config: Address;
  readonly platform: Address;
  readonly tokenVault: Address;
  readonly solVault: Address;
  readonly creator: Address;
  readonly virtualTokens: bigint;
  readonly virtualLamports: bigint;
  readonly soldTokens: bigint;
  readonly raisedLamports: bigint;
  /** All tokens that the curve sells. */
  readonly totalTokens: bigint;
  /** The sum of the protocol, platform and creator fees, in millionths of the input. */
  readonly feeRate: bigint;
  readonly transferFee: TransferFee;
};

/** `migrateType` 1 means CPMM; 0 means Raydium's older AMM, which only the aggregator supports. */
const TO_CPMM = 1;
const STATUS = { funding: 0, migrating: 1, migrated: 2 } as const;
const CONSTANT_PRODUCT = 0;
const MILLION = 1_000_000n;

export type PoolFields = {
  readonly address: Address;
  readonly config: Address;
  readonly platform: Address;
  readonly creator: Address;
  readonly fields: Fields;
};

/** Returns null if the account is not a LaunchLab pool of this mint and SOL. */
export const readPool = (address: Address, mint: Address, fetched: Fetched): PoolFields | null => {
  const fields = readAccount(fetched.accounts.get(address), POOL);
  if (fields === null || fields.address(205) !== mint || fields.address(237) !== WRAPPED_SOL_MINT)
    return null;
  const [config, platform, creator] = [fields.address(141), fields.address(173), fields.address(333)];
  return { address, config, platform, creator, fields };
};

export const isFunding = ({ fields }: PoolFields): boolean => fields.u8(17) === STATUS.funding;

/** Some tokens have left their curve for another market: older launches may have gone to the older AMM. */
export const isGraduatedToCpmm = ({ fields }: PoolFields): boolean =>
  fields.u8(17) === STATUS.migrated && fields.u8(20) === TO_CPMM;

/** The state that follows from the pool alone, without its configuration. */
export const stateOf = (pool: PoolFields, cpmmPool: Address | null): Reading<BonkMarket> | null => {
  const status = pool.fields.u8(17);
  if (status === STATUS.funding) return null;
  if (status === STATUS.migrating)
    return { state: "migrating", reason: "its LaunchLab curve is full and its pool is not open yet" };
  if (status !== STATUS.migrated)
    return { state: "refused", reason: `its LaunchLab pool has the status ${status}` };
  if (!isGraduatedToCpmm(pool)) return { state: "graduated", to: "jupiter" };
  return { state: "graduated", to: "cpmm", ...(cpmmPool === null ? {} : { pool: cpmmPool }) };
};

export const toMarket = (mint: Address, fetched: Fetched, pool: PoolFields): Reading<BonkMarket> => {
  const { fields } = pool;
  const config = readAccount(fetched.accounts.get(pool.config), CONFIG);
  const platform = readAccount(fetched.accounts.get(pool.platform), PLATFORM);
  const mintAccount = fetched.accounts.get(mint);
  if (config === null || platform === null || mintAccount == null) return { state: "none" };
  if (config.u8(16) !== CONSTANT_PRODUCT)
    return { state: "refused", reason: "its LaunchLab curve is not a constant product" };
  const feeRate = config.u64(27) + platform.u64(104) + platform.u64(720);
  if (feeRate >= MILLION)
    return { state: "refused", reason: "its LaunchLab fees are above the whole amount" };
  const market: BonkMarket = {
    mint,
    tokenProgram: mintAccount.owner,
    pool: pool.address,
    config: pool.config,
    platform: pool.platform,
    tokenVault: fields.address(269),
    solVault: fields.address(301),
    creator: pool.creator,
    totalTokens: fields.u64(29),
    virtualTokens: fields.u64(37),
    virtualLamports: fields.u64(45),
    soldTokens: fields.u64(53),
    raisedLamports: fields.u64(61),
    feeRate,
    transferFee: transferFeeOf(mintAccount, fetched),
  };
  if (market.soldTokens > market.totalTokens || market.soldTokens >= market.virtualTokens)
    return { state: "refused", reason: "its LaunchLab pool's amounts contradict each other" };
  return { state: "trading", market, liquidity: market.raisedLamports };
};
