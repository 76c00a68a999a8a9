/** Our arithmetic against the answers of the venues' official SDKs: see test/oracles. */
import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { z } from "zod";
import { bonk } from "../../src/venues/bonk/index.ts";
import { cpmm } from "../../src/venues/cpmm/index.ts";
import { scheduledFee } from "../../src/venues/meteora/curve.ts";
import { createMeteora } from "../../src/venues/meteora/index.ts";
import { pumpswap } from "../../src/venues/pumpswap/index.ts";
import { bonkMarket, cpmmMarket, meteoraMarket, pumpswapMarket } from "./markets.ts";

const integer = z.string().transform(BigInt);

const read = <Vector extends z.ZodType>(name: string, vector: Vector) => {
  const text = readFileSync(new URL(`../vectors/${name}.json`, import.meta.url), "utf8");
  const schema = z.object({ sdk: z.string(), vectors: z.array(vector).min(1_000) });
  return schema.parse(JSON.parse(text));
};

const PUMPSWAP = read(
  "pumpswap",
  z.object({
    tokens: integer,
    lamports: integer,
    virtualLamports: integer,
    supply: integer,
    creatorFeeBps: integer,
    hasCreator: z.boolean(),
    tiers: z.array(
      z
        .object({ marketCap: integer, lpBps: integer, protocolBps: integer, creatorBps: integer })
        .transform(({ marketCap, ...fees }) => ({ marketCap, fees })),
    ),
    input: integer,
    tokensOut: integer,
  }),
);
const BONK = read(
  "bonk",
  z.object({
    virtualTokens: integer,
    totalTokens: integer,
    soldTokens: integer,
    virtualLamports: integer,
    raisedLamports: integer,
    feeRate: integer,
    input: integer,
    tokensOut: integer.nullable(),
  }),
);
const CPMM = read(
  "cpmm",
  z.object({
    lamports: integer,
    tokens: integer,
    tradeFeeRate: integer,
    protocolFeeRate: integer,
    fundFeeRate: integer,
    creatorFeeRate: integer,
    isCreatorFeeOnSol: z.boolean(),
    input: integer,
    tokensOut: integer,
    fee: integer,
  }),
);

const METEORA = read(
  "meteora",
  z.object({
    sqrtPrice: integer,
    segments: z.array(z.object({ sqrtPrice: integer, liquidity: integer })),
    fee: z.object({
      cliff: integer,
      periods: integer,
      frequency: integer,
      reduction: integer,
      isExponential: z.boolean(),
    }),
    elapsed: integer,
    volatility: z.object({ binStep: integer, control: integer, accumulator: integer }).nullable(),
    isFeeOnSol: z.boolean(),
    input: integer,
    tokensOut: integer.nullable(),
  }),
);

describe("the official SDKs' vectors", () => {
  it(`PumpSwap: ${PUMPSWAP.vectors.length} of ${PUMPSWAP.sdk} are equal`, () => {
    for (const { input, tokensOut, ...market } of PUMPSWAP.vectors) {
      expect(pumpswap.quote(pumpswapMarket(market), input)?.tokensOut).toBe(tokensOut);
    }
  });

  it(`LaunchLab: ${BONK.vectors.length} of ${BONK.sdk} are equal; where it cuts the amount, nothing is quoted`, () => {
    for (const { input, tokensOut, ...market } of BONK.vectors) {
      expect(bonk.quote(bonkMarket(market), input)?.tokensOut ?? null).toBe(tokensOut);
    }
  });

  it(`CPMM: ${CPMM.vectors.length} of ${CPMM.sdk} are equal, fees included`, () => {
    for (const { input, tokensOut, fee, ...market } of CPMM.vectors) {
      expect(cpmm.quote(cpmmMarket(market), input)).toMatchObject({ tokensOut, feeLamports: fee });
    }
  });

  it(`Meteora DBC: ${METEORA.vectors.length} of ${METEORA.sdk} are equal; beyond the curve's end nothing is quoted`, () => {
    const meteora = createMeteora();
    for (const { input, tokensOut, segments, fee, elapsed, volatility, ...rest } of METEORA.vectors) {
      const market = meteoraMarket({
        ...rest,
        segments,
        endSqrtPrice: segments.at(-1)?.sqrtPrice ?? 0n,
        scheduledFee: scheduledFee(fee, elapsed),
        volatility: volatility && { ...volatility, most: volatility.accumulator },
      });
      expect(meteora.quote(market, input)?.tokensOut ?? null).toBe(tokensOut);
    }
  });
});
