/**
 * Reads a DAMM v2 pool, which a completed Meteora curve migrates to. Layout and formulas: the program's IDL and
 * `math` of @meteora-ag/cp-amm-sdk 1.5.0, facts only. The pool has one segment of constant liquidity; its fees are
 * calculated as on the curve.
 */
import { type Address, address } from "@solana/kit";
import type { Fetched } from "../../engine/ports.ts";
import { sortByBytes } from "../byte-order.ts";
import { type Fields, readAccount } from "../bytes.ts";
import { clockOf } from "../clock.ts";
import { pda } from "../pda.ts";
import { TOKEN_PROGRAMS, WRAPPED_SOL_MINT } from "../token-layout.ts";
import { transferFeeOf } from "../transfer-fee.ts";
import type { Reading, VenueErrors } from "../venue.ts";
import { scheduledFee } from "./curve.ts";
import { DAMM_PROGRAM } from "./damm-program.ts";
import type { MeteoraMarket } from "./market.ts";

/** The configurations under which only the curve program may open pools: 25, 30, 100, 200, 400, 600 bps, and custom. */
const MIGRATION_CONFIGS = [
  "7F6dnUcRuyM2TwR8myT1dYypFXpPSxqwKNSFNkxyNESd",
  "2nHK1kju6XjphBLbNxpM5XRGFj7p9U8vvNzyZiha1z6k",
  "Hv8Lmzmnju6m7kcokVKvwqz7QPmdX9XfKjJsXz8RXcjp",
  "2c4cYd4reUYVRAB9kUUkrq55VPyy2FNQ3FDL4o12JXmq",
  "AkmQWebAwFvWk55wBoCr5D62C6VVDTzi84NJuD9H7cFD",
  "DbCRBj8McvPYHJG1ukj8RE15h2dCNUdTAESG49XpQ44u",
  "A8gMrEPJkacWkcb3DGwtJwTe16HktSEfvwtuDh2MCtck",
].map((config) => address(config));

/**
 * `PoolError` of MeteoraAg/damm-v2 (`error.rs`). A pool has no end, so none of these codes means that its market has
 * ended.
 */
export const DAMM_ERRORS: VenueErrors = {
  program: DAMM_PROGRAM,
  name: "Meteora DAMM v2",
  codes: {
    6002: "the price moved further than the slippage limit",
    6003: "the pool is switched off",
    6006: "it would spend nothing",
    6015: "the trade leaves the pool's price range",
    6023: "the pool does not hold that much",
    6025: "the pool is not open to this trade",
    6049: "one transaction may hold one swap only while fees grow with size",
  },
  ended: [],
  slippage: [6002],
};

/** Seeds: "pool", the configuration, then the larger of the two mints, then the smaller. */
export const dammPoolsOf = async (mint: Address): Promise<Address[]> => {
  const [smaller, larger] = sortByBytes(mint, WRAPPED_SOL_MINT);
  return Promise.all(
    MIGRATION_CONFIGS.map((config) =>
      pda(DAMM_PROGRAM, "pool", { address: config }, { address: larger }, { address: smaller }),
    ),
  );
};

/** Every Anchor account named `Pool` has this discriminator; the owner distinguishes them. */
const POOL = {
  owner: DAMM_PROGRAM,
  discriminator: [0xf1, 0x9a, 0x6d, 0x04, 0x11, 0xb1, 0x6d, 0xbc],
  size: 1_112,
};

const ENABLED = 0;
const BY_SLOT = 0;
const FEE = { linear: 0, exponential: 1 } as const;
const COLLECT = { output: 0, sol: 1 } as const;
/** The cap of the fees, in billionths, by the pool's fee version. */
const MOST_FEE = [500_000_000n, 990_000_000n] as const;

const isFlat = (pool: Fields): boolean => pool.u16(22) === 0;

const refusal = (pool: Fields, now: bigint): string | null => {
  if (pool.u8(481) !== ENABLED) return "swaps of its Meteora pool are switched off";
  if (now < pool.u64(472)) return "its Meteora pool is not open yet";
  const mode = pool.u8(16);
  if (mode > FEE.exponential && !isFlat(pool)) return "its Meteora pool has a fee that is not modelled";
  const collect = pool.u8(484);
  if (collect !== COLLECT.output && collect !== COLLECT.sol) return "its Meteora pool reinvests its fees";
  if (pool.u8(486) >= MOST_FEE.length) return "its Meteora pool is of a newer version";
  return null;
};

/** Offsets of `PoolFeesStruct` and `Pool`: see the IDL. */
export const readDamm = (mint: Address, fetched: Fetched, at: Address): Reading<MeteoraMarket> => {
  const pool = readAccount(fetched.accounts.get(at), POOL);
  const mintAccount = fetched.accounts.get(mint);
  const clock = clockOf(fetched);
  if (pool === null || mintAccount == null || !TOKEN_PROGRAMS.includes(mintAccount.owner))
    return { state: "none" };
  if (pool.address(168) !== mint || pool.address(200) !== WRAPPED_SOL_MINT) return { state: "none" };
  if (clock === null) return { state: "refused", reason: "the cluster's clock cannot be read" };
  const now = pool.u8(480) === BY_SLOT ? clock.slot : clock.unixSeconds;
  const reason = refusal(pool, now);
  if (reason !== null) return { state: "refused", reason };
  const schedule = {
    cliff: pool.u64(8),
    isExponential: pool.u8(16) === FEE.exponential,
    periods: BigInt(pool.u16(22)),
    frequency: isFlat(pool) ? 0n : pool.u64(24),
    reduction: pool.u64(32),
  };
  const [sqrtPrice, endSqrtPrice] = [pool.u128(456), pool.u128(440)];
  const market: MeteoraMarket = {
    kind: "pool",
    mint,
    tokenProgram: mintAccount.owner,
    pool: at,
    isOwn: false,
    config: at,
    tokenVault: pool.address(232),
    solVault: pool.address(264),
    sqrtPrice,
    endSqrtPrice,
    segments: [{ sqrtPrice: endSqrtPrice, liquidity: pool.u128(360) }],
    scheduledFee: scheduledFee(schedule, now - pool.u64(472)),
    mostFee: MOST_FEE[pool.u8(486)] ?? MOST_FEE[0],
    volatility:
      pool.u8(56) === 0
        ? null
        : {
            binStep: BigInt(pool.u16(72)),
            control: BigInt(pool.u32(68)),
            accumulator: pool.u128(120),
            most: BigInt(pool.u32(64)),
          },
    isFeeOnSol: pool.u8(484) === COLLECT.sol,
    transferFee: transferFeeOf(mintAccount, fetched),
  };
  if (sqrtPrice === 0n || sqrtPrice >= endSqrtPrice || pool.u128(360) === 0n)
    return { state: "refused", reason: "its Meteora pool is empty", isDry: true };
  return { state: "trading", market, liquidity: pool.u64(688) };
};
