/** Reads a CPMM pool from its accounts. Layouts: `PoolState`, `AmmConfig` of the sources named in program.ts. */
import type { Address, Fetched } from "../../engine/ports.ts";
import { type Fields, readAccount } from "../bytes.ts";
import { clockOf } from "../clock.ts";
import { vaultBalance, WRAPPED_SOL_MINT } from "../token-layout.ts";
import { type TransferFee, transferFeeOf } from "../transfer-fee.ts";
import type { Reading } from "../venue.ts";
import { CONFIG, POOL } from "./program.ts";

export type CpmmMarket = {
  readonly mint: Address;
  readonly tokenProgram: Address;
  readonly pool: Address;
  readonly config: Address;
  readonly solVault: Address;
  readonly tokenVault: Address;
  readonly observation: Address;
  /** The amounts that trade: the vaults' balances without the fees set aside. */
  readonly lamports: bigint;
  readonly tokens: bigint;
  /** Millionths of the input. */
  readonly tradeFeeRate: bigint;
  /** Millionths of the trade fee. The remaining trade fee stays in the pool. */
  readonly protocolFeeRate: bigint;
  readonly fundFeeRate: bigint;
  /** Millionths; 0 if the pool has no such fee. */
  readonly creatorFeeRate: bigint;
  readonly isCreatorFeeOnSol: boolean;
  readonly transferFee: TransferFee;
};

/** We ignore a pool with less wrapped SOL, because anyone can open a small pool. */
export const LEAST_LAMPORTS = 1_000_000_000n;

const SWAP_DISABLED = 4;

/** The accounts that a pool names, which are enough to fetch the rest. */
export type PoolFields = {
  readonly address: Address;
  readonly config: Address;
  readonly vaults: readonly [Address, Address];
  readonly observation: Address;
  readonly isSolFirst: boolean;
  readonly fields: Fields;
};

/** Returns null if the account is not a pool of this mint and SOL. */
export const readPool = (address: Address, mint: Address, fetched: Fetched): PoolFields | null => {
  const fields = readAccount(fetched.accounts.get(address), POOL);
  if (fields === null) return null;
  const [first, second] = [fields.address(168), fields.address(200)];
  const isSolFirst = first === WRAPPED_SOL_MINT && second === mint;
  if (!isSolFirst && !(first === mint && second === WRAPPED_SOL_MINT)) return null;
  const vaults = [fields.address(72), fields.address(104)] as const;
  return { address, config: fields.address(8), vaults, observation: fields.address(296), isSolFirst, fields };
};

/** The protocol, fund and creator fees that are set aside in one side's vault. */
const putAside = (fields: Fields, side: 0 | 1): bigint =>
  fields.u64(341 + 8 * side) + fields.u64(357 + 8 * side) + fields.u64(397 + 8 * side);

/**
 * Returns whether the creator's fee is taken from SOL. `feeOn` 0 means both sides (so the input), 1 the first mint, 2
 * the second.
 */
const takesFeeOn = (feeOn: number, isSolFirst: boolean): boolean =>
  feeOn === 0 || (feeOn === 1 ? isSolFirst : !isSolFirst);

export const toMarket = (mint: Address, fetched: Fetched, pool: PoolFields): Reading<CpmmMarket> => {
  const { fields, isSolFirst, vaults } = pool;
  const config = readAccount(fetched.accounts.get(pool.config), CONFIG);
  const mintAccount = fetched.accounts.get(mint);
  const [solSide, tokenSide] = isSolFirst ? ([0, 1] as const) : ([1, 0] as const);
  const solBalance = vaultBalance(fetched.accounts.get(vaults[solSide]));
  const tokenBalance = vaultBalance(fetched.accounts.get(vaults[tokenSide]));
  if (config === null || mintAccount == null || solBalance === null || tokenBalance === null)
    return { state: "none" };
  if ((fields.u8(329) & SWAP_DISABLED) !== 0)
    return { state: "refused", reason: "swaps of its pool are switched off" };
  const clock = clockOf(fetched);
  if (clock !== null && fields.u64(373) > clock.unixSeconds)
    return { state: "refused", reason: "its pool is not open yet" };
  const lamports = solBalance - putAside(fields, solSide);
  const tokens = tokenBalance - putAside(fields, tokenSide);
  if (lamports < LEAST_LAMPORTS || tokens <= 0n)
    return { state: "refused", reason: "its pool holds less than 1 SOL", isDry: true };
  const market: CpmmMarket = {
    mint,
    tokenProgram: mintAccount.owner,
    pool: pool.address,
    config: pool.config,
    solVault: vaults[solSide],
    tokenVault: vaults[tokenSide],
    observation: pool.observation,
    lamports,
    tokens,
    tradeFeeRate: config.u64(12),
    protocolFeeRate: config.u64(20),
    fundFeeRate: config.u64(28),
    creatorFeeRate: fields.u8(390) === 1 ? config.u64(108) : 0n,
    isCreatorFeeOnSol: takesFeeOn(fields.u8(389), isSolFirst),
    transferFee: transferFeeOf(mintAccount, fetched),
  };
  return { state: "trading", market, liquidity: lamports };
};
