/**
 * Builds markets of every venue for tests. A test sets the fields for the arithmetic; the other fields only serve the
 * instructions.
 */
import { getAddressDecoder } from "@solana/kit";
import type { Address } from "../../src/engine/ports.ts";
import type { BonkMarket } from "../../src/venues/bonk/market.ts";
import type { CpmmMarket } from "../../src/venues/cpmm/market.ts";
import type { HeavenMarket } from "../../src/venues/heaven/market.ts";
import type { MeteoraMarket } from "../../src/venues/meteora/market.ts";
import type { PumpfunMarket } from "../../src/venues/pumpfun/market.ts";
import type { PumpswapMarket } from "../../src/venues/pumpswap/market.ts";

/** Arbitrary addresses. All are different, because equal accounts would make a transaction smaller. */
const [A, B, C, D, E, F] = [11, 12, 13, 14, 15, 16].map((byte) =>
  getAddressDecoder().decode(new Uint8Array(32).fill(byte)),
) as [Address, Address, Address, Address, Address, Address];
const MINT = "LiGHtkg3uTa9836RaNkKLLriqTNRcMdRAhqjGWNv777" as Address;
const TOKEN = "TokenkegQfeZyiNwAJbNbGKPFXCWuBvf9Ss623VQ5DA" as Address;
const NO_FEE = { bps: 0n, maximum: 0n };
const COMMON = { mint: MINT, tokenProgram: TOKEN, transferFee: NO_FEE };

export const pumpfunMarket = (
  given: Pick<PumpfunMarket, "virtualTokens" | "virtualLamports" | "realTokens" | "tiers"> &
    Partial<PumpfunMarket>,
): PumpfunMarket => ({
  ...COMMON,
  realLamports: 0n,
  supply: 10n ** 15n,
  creator: A,
  creatorFeeBps: 0n,
  feeRecipient: B,
  buybackFeeRecipient: C,
  isCashback: false,
  curveBytes: 166n,
  curveRent: 294n * 6_960n,
  ...given,
});

export const pumpswapMarket = (
  given: Pick<
    PumpswapMarket,
    "tokens" | "lamports" | "virtualLamports" | "supply" | "tiers" | "creatorFeeBps"
  > & {
    readonly hasCreator: boolean;
  },
): PumpswapMarket => {
  const { hasCreator, ...fields } = given;
  return {
    ...COMMON,
    pool: A,
    poolBytes: 301n,
    poolRent: 429n * 6_960n,
    tokenVault: B,
    solVault: C,
    isCashback: false,
    creator: hasCreator ? D : null,
    feeRecipient: E,
    buybackFeeRecipient: F,
    ...fields,
  };
};

export const bonkMarket = (
  given: Pick<
    BonkMarket,
    "virtualTokens" | "totalTokens" | "soldTokens" | "virtualLamports" | "raisedLamports" | "feeRate"
  >,
): BonkMarket => ({
  ...COMMON,
  pool: A,
  config: B,
  platform: C,
  tokenVault: D,
  solVault: E,
  creator: F,
  ...given,
});

export const cpmmMarket = (
  given: Pick<
    CpmmMarket,
    | "lamports"
    | "tokens"
    | "tradeFeeRate"
    | "protocolFeeRate"
    | "fundFeeRate"
    | "creatorFeeRate"
    | "isCreatorFeeOnSol"
  >,
): CpmmMarket => ({
  ...COMMON,
  pool: A,
  config: B,
  solVault: C,
  tokenVault: D,
  observation: E,
  ...given,
});

export const heavenMarket = (given: Pick<HeavenMarket, "tokens" | "lamports" | "rates">): HeavenMarket => ({
  mint: MINT,
  tokenProgram: TOKEN,
  pool: A,
  config: B,
  tokenVault: C,
  solVault: D,
  ...given,
});

export const meteoraMarket = (
  given: Pick<
    MeteoraMarket,
    "sqrtPrice" | "endSqrtPrice" | "segments" | "scheduledFee" | "volatility" | "isFeeOnSol"
  > &
    Partial<Pick<MeteoraMarket, "kind" | "mostFee">>,
): MeteoraMarket => ({
  kind: "curve",
  isOwn: true,
  mostFee: 990_000_000n,
  ...COMMON,
  pool: A,
  config: B,
  tokenVault: C,
  solVault: D,
  ...given,
});
