/** Reads a PumpSwap pool from its accounts. Layouts: `Pool`, `GlobalConfig` of the IDL named in program.ts. */
import type { Address, Fetched } from "../../engine/ports.ts";
import { type Fields, fieldsOf, NOBODY, readAccount } from "../bytes.ts";
import { minimum } from "../integers.ts";
import { type FeeTier, readTiers } from "../pump-fees.ts";
import { vaultBalance, WRAPPED_SOL_MINT } from "../token-layout.ts";
import { type TransferFee, transferFeeOf } from "../transfer-fee.ts";
import type { Reading } from "../venue.ts";
import { GLOBAL_CONFIG, POOL } from "./program.ts";

export type PumpswapMarket = {
  readonly mint: Address;
  readonly tokenProgram: Address;
  readonly pool: Address;
  /** The size of the pool's account. Older pools are shorter, and a buy extends them. */
  readonly poolBytes: bigint;
  /** The lamports of the pool's account. All are rent: what it trades is in its vaults. */
  readonly poolRent: bigint;
  readonly tokenVault: Address;
  readonly solVault: Address;
  readonly tokens: bigint;
  readonly lamports: bigint;
  /**
   * Added to the reserves for the price. Positive if the pool is boosted above what it holds; negative by the fees
   * that the pool holds but owes (pump.fun's public documentation, `NEGATIVE_VIRTUAL_QUOTE_RESERVES.md`).
   */
  readonly virtualLamports: bigint;
  /** The supply for calculating the market cap. */
  readonly supply: bigint;
  readonly creator: Address | null;
  /** The pool's own creator rate, which replaces the tier's; 0 if there is none. */
  readonly creatorFeeBps: bigint;
  readonly isCashback: boolean;
  readonly tiers: readonly FeeTier[];
  readonly feeRecipient: Address;
  readonly buybackFeeRecipient: Address;
  readonly transferFee: TransferFee;
};

export type Addresses = {
  readonly pool: Address;
  readonly globalConfig: Address;
  readonly feeConfig: Address;
  readonly poolAuthority: Address;
};

/** Bit 3 means that buys are switched off. */
const BUY_DISABLED = 0b1000;
const MAYHEM_SUPPLY = 1_000_000_000_000_000n;

/** Returns null if the account is not the coin's canonical pool. */
export const readPool = (
  mint: Address,
  fetched: Fetched,
  { pool, poolAuthority }: Addresses,
): Fields | null => {
  const fields = readAccount(fetched.accounts.get(pool), POOL);
  if (fields === null || fields.address(11) !== poolAuthority) return null;
  return fields.address(43) === mint && fields.address(75) === WRAPPED_SOL_MINT ? fields : null;
};

export const creatorOf = (pool: Fields): Address | null => {
  const creator = pool.address(211);
  return creator === NOBODY ? null : creator;
};

export const toMarket = (
  mint: Address,
  fetched: Fetched,
  addresses: Addresses,
  pool: Fields,
): Reading<PumpswapMarket> => {
  const config = readAccount(fetched.accounts.get(addresses.globalConfig), GLOBAL_CONFIG);
  const tiers = readTiers(fetched.accounts.get(addresses.feeConfig));
  const mintAccount = fetched.accounts.get(mint);
  const account = fetched.accounts.get(addresses.pool);
  const [tokenVault, solVault] = [pool.address(139), pool.address(171)];
  const [tokens, lamports] = [
    vaultBalance(fetched.accounts.get(tokenVault)),
    vaultBalance(fetched.accounts.get(solVault)),
  ];
  if (mintAccount == null || tokens === null || lamports === null) return { state: "none" };
  if (config === null || tiers === null)
    return { state: "refused", reason: "PumpSwap's global accounts cannot be read" };
  if ((config.u8(56) & BUY_DISABLED) !== 0)
    return { state: "refused", reason: "PumpSwap has switched buys off" };
  const virtualLamports = pool.i128(245);
  if (tokens <= 0n || lamports + virtualLamports <= 0n)
    return { state: "refused", reason: "its PumpSwap pool is empty", isDry: true };
  const isMayhem = pool.u8(243) !== 0;
  const market: PumpswapMarket = {
    mint,
    tokenProgram: mintAccount.owner,
    pool: addresses.pool,
    poolBytes: BigInt(account?.data.length ?? 0),
    poolRent: account?.lamports ?? 0n,
    tokenVault,
    solVault,
    tokens,
    lamports,
    virtualLamports,
    supply: isMayhem ? MAYHEM_SUPPLY : fieldsOf(mintAccount.data).u64(36),
    creator: creatorOf(pool),
    creatorFeeBps: config.u8(940) === 1 ? pool.u64(261) : 0n,
    isCashback: pool.u8(244) !== 0,
    tiers,
    feeRecipient: config.address(isMayhem ? 385 : 57),
    buybackFeeRecipient: config.address(643),
    transferFee: transferFeeOf(mintAccount, fetched),
  };
  return { state: "trading", market, liquidity: minimum(lamports, lamports + virtualLamports) };
};
