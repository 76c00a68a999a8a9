/**
 * Reads a Heaven pool from its accounts, and checks every condition under which we buy from it. Layouts: IDL 0.2.0,
 * see program.ts.
 */
import type { Address, Fetched } from "../../engine/ports.ts";
import { type Fields, readAccount } from "../bytes.ts";
import { clockOf } from "../clock.ts";
import { maximum } from "../integers.ts";
import { WRAPPED_SOL_MINT } from "../token-layout.ts";
import { transferFeeOf } from "../transfer-fee.ts";
import type { Reading } from "../venue.ts";
import { CONFIG, POOL } from "./program.ts";

export type HeavenMarket = {
  readonly mint: Address;
  readonly tokenProgram: Address;
  readonly pool: Address;
  readonly config: Address;
  readonly tokenVault: Address;
  readonly solVault: Address;
  /** The virtual reserves that determine the price. */
  readonly tokens: bigint;
  readonly lamports: bigint;
  /** One rate per kind of fee, bps: each is the highest of its brackets. */
  readonly rates: readonly bigint[];
};

const STANDARD = 2;
const U64_MAX = 2n ** 64n - 1n;
const BRACKETS_SIZE = 72;
const SLOT_BRACKETS_SIZE = 262;
const FEE_KINDS = [0, 1, 2, 3, 4] as const;
/**
 * The offsets of the brackets, in a pool and in the configuration: protocol, LP, creator, creator-protocol,
 * reflection.
 */
const POOL_FEES = 96;
const CONFIG_FEES = 88;
const POOL_SLOT_FEES = 956;
const CONFIG_SLOT_FEES = 476;
const MOST_BRACKETS = 4;

/**
 * The rate of the most expensive bracket. The bracket depends on the market cap in dollars, and the sources disagree
 * about its unit in the accounts. A fee that we assume too high only lowers the least amount.
 */
const highestRate = (fields: Fields, at: number): bigint => {
  const count = Math.min(fields.u8(at + 64), MOST_BRACKETS);
  const rates = Array.from({ length: count }, (_, bracket) => BigInt(fields.u32(at + 16 * bracket + 8)));
  return rates.reduce(maximum, 0n);
};

const ratesOf = (pool: Fields, config: Fields): bigint[] => {
  const isLocal = pool.u8(941) === 1;
  const [fields, at] = isLocal ? [pool, POOL_FEES] : [config, CONFIG_FEES];
  return FEE_KINDS.map((kind) => highestRate(fields, at + BRACKETS_SIZE * kind));
};

/** During a launch's first slots, other fees apply, which we have not modelled. */
const isInSlotWindow = (fields: Fields, at: number, slotsOld: bigint): boolean =>
  FEE_KINDS.some((kind) => {
    const brackets = at + SLOT_BRACKETS_SIZE * kind;
    return fields.u8(brackets + 257) !== 0 && slotsOld <= BigInt(fields.u16(brackets + 252));
  });

export type PoolFields = { readonly address: Address; readonly config: Address; readonly fields: Fields };

/** Returns null if the account is not a Heaven pool of this mint and SOL at its own address. */
export const readPool = (address: Address, mint: Address, fetched: Fetched): PoolFields | null => {
  const fields = readAccount(fetched.accounts.get(address), POOL);
  if (fields === null || fields.address(760) !== address) return null;
  if (fields.address(792) !== mint || fields.address(857) !== WRAPPED_SOL_MINT) return null;
  return { address, config: fields.address(728), fields };
};

const guard = (pool: Fields, config: Fields, fetched: Fetched): string | null => {
  const clock = clockOf(fetched);
  if (clock === null) return "the cluster's clock cannot be read";
  if (pool.u8(90) !== STANDARD) return "its Heaven pool is not a standard one";
  if (pool.u8(922) !== 1) return "swaps of its Heaven pool are switched off";
  if (pool.u64(72) > clock.unixSeconds) return "its Heaven pool is not open yet";
  if (pool.u8(938) !== 0) return "its Heaven pool is taxed in a way that is not known";
  if (pool.u8(929) !== 0 || config.u8(460) !== 0) return "its Heaven pool is in sandwich-resistant mode";
  if (config.u8(458) !== 0) return "its Heaven pool stakes its SOL automatically";
  if (config.u64(72) !== U64_MAX) return "its Heaven pool caps what one wallet may hold";
  const slotsOld = clock.slot - pool.u64(632);
  if (isInSlotWindow(pool, POOL_SLOT_FEES, slotsOld) || isInSlotWindow(config, CONFIG_SLOT_FEES, slotsOld))
    return "its Heaven pool still charges the fees of its first slots";
  return null;
};

export const toMarket = (
  mint: Address,
  fetched: Fetched,
  { address, config, fields }: PoolFields,
): Reading<HeavenMarket> => {
  const configFields = readAccount(fetched.accounts.get(config), CONFIG);
  const mintAccount = fetched.accounts.get(mint);
  if (configFields === null || mintAccount == null) return { state: "none" };
  const refusal = guard(fields, configFields, fetched);
  if (refusal !== null) return { state: "refused", reason: refusal };
  if (transferFeeOf(mintAccount, fetched).bps !== 0n)
    return {
      state: "refused",
      reason: "its mint takes a fee from transfers, with which Heaven's formula is not known",
    };
  const [tokens, lamports] = [fields.u64(456), fields.u64(464)];
  const rates = ratesOf(fields, configFields);
  if (tokens === 0n || lamports === 0n || rates.reduce((sum, rate) => sum + rate, 0n) >= 10_000n)
    return { state: "refused", reason: "its Heaven pool's amounts make no sense" };
  const market: HeavenMarket = {
    mint,
    tokenProgram: mintAccount.owner,
    pool: address,
    config,
    tokenVault: fields.address(664),
    solVault: fields.address(696),
    tokens,
    lamports,
    rates,
  };
  return { state: "trading", market, liquidity: fields.u64(464) };
};
