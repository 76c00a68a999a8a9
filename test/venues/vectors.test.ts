/** Our arithmetic against the answers of the venues' official SDKs: see test/oracles. */
import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { z } from "zod";
import { bonk } from "../../src/venues/bonk/index.ts";
import { cpmm } from "../../src/venues/cpmm/index.ts";
import { scheduledFee } from "../../src/venues/meteora/curve.ts";
import { createMeteora } from "../../src/venues/meteora/index.ts";
import { pumpfun } from "../../src/venues/pumpfun/index.ts";
import { pumpswap } from "../../src/venues/pumpswap/index.ts";
import { bonkMarket, cpmmMarket, meteoraMarket, pumpfunMarket, pumpswapMarket } from "./markets.ts";

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

const PUMPFUN = read(
  "pumpfun",
  z.object({
    virtualTokens: integer,
    virtualLamports: integer,
    realTokens: integer,
    tiers: z.array(
      z.object({
        marketCap: integer,
        fees: z.object({ lpBps: integer, protocolBps: integer, creatorBps: integer }),
      }),
    ),
    lamports: integer,
    tokensOut: integer.nullable(),
  }),
);
const meteoraVector = z.object({
  sqrtPrice: integer,
  segments: z.array(z.object({ sqrtPrice: integer, liquidity: integer })),
  mostFee: integer.default(990_000_000n),
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
});
const METEORA: [string, ReturnType<typeof read<typeof meteoraVector>>][] = [
  ["DBC", read("meteora", meteoraVector)],
  ["DAMM v2", read("damm", meteoraVector)],
];

describe("the official SDKs' vectors", () => {
  it(`pump.fun: ${PUMPFUN.vectors.length} of ${PUMPFUN.sdk} are equal; what it refuses is not quoted`, () => {
    for (const { lamports, tokensOut, ...market } of PUMPFUN.vectors) {
      expect(pumpfun.quote(pumpfunMarket(market), lamports)?.tokensOut ?? null).toBe(tokensOut);
    }
  });

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

  it.each(METEORA)("Meteora %s: all are equal; beyond its end nothing is quoted", (_name, { vectors }) => {
    const meteora = createMeteora();
    for (const { input, tokensOut, segments, fee, elapsed, volatility, ...rest } of vectors) {
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
