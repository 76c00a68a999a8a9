/**
 * Compares our results for random markets with those of the official SDKs and of pump.fun's own program (see
 * test/oracles).
 */
import { readFileSync } from "node:fs";
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

const flatTiers = z.array(
  z
    .object({ marketCap: integer, lpBps: integer, protocolBps: integer, creatorBps: integer })
    .transform(({ marketCap, ...fees }) => ({ marketCap, fees })),
);

const PUMPSWAP = read(
  "pumpswap",
  z.object({
    tokens: integer,
    lamports: integer,
    virtualLamports: integer,
    supply: integer,
    creatorFeeBps: integer,
    hasCreator: z.boolean(),
    tiers: flatTiers,
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

const PUMPFUN_SDK = read(
  "pumpfun-sdk",
  z.object({
    virtualTokens: integer,
    virtualLamports: integer,
    realTokens: integer,
    supply: integer,
    hasCreator: z.boolean(),
    creatorFeeBps: integer,
    tiers: flatTiers,
    input: integer,
    tokensOut: integer.nullable(),
  }),
);

/** All vectors of one oracle. */
export type VectorSet = {
  readonly venue: string;
  /** The SDK or program that gave the results, with its version. */
  readonly oracle: string;
  readonly count: number;
  /** Returns the vectors for which our result differs, as text. */
  wrong(): string[];
};

const shown = (value: unknown): string =>
  JSON.stringify(value, (_key, each: unknown) => (typeof each === "bigint" ? String(each) : each));

const setOf = <Vector>(
  venue: string,
  { sdk, vectors }: { sdk: string; vectors: readonly Vector[] },
  check: (vector: Vector) => { readonly ours: unknown; readonly theirs: unknown },
): VectorSet => ({
  venue,
  oracle: sdk,
  count: vectors.length,
  wrong: () =>
    vectors.flatMap((vector) => {
      const { ours, theirs } = check(vector);
      return shown(ours) === shown(theirs) ? [] : [`${shown(vector)}: ${shown(ours)}`];
    }),
});

const METEORA = createMeteora();

const meteoraSet = (venue: string, answers: ReturnType<typeof read<typeof meteoraVector>>): VectorSet =>
  setOf(venue, answers, ({ input, tokensOut, segments, fee, elapsed, volatility, ...rest }) => {
    const market = meteoraMarket({
      ...rest,
      segments,
      endSqrtPrice: segments.at(-1)?.sqrtPrice ?? 0n,
      scheduledFee: scheduledFee(fee, elapsed),
      volatility: volatility && { ...volatility, most: volatility.accumulator },
    });
    return { ours: METEORA.quote(market, input)?.tokensOut ?? null, theirs: tokensOut };
  });

/** The sets of all venues. If the oracle refuses or reduces an amount, its result is null, and we must quote nothing. */
export const VECTOR_SETS: readonly VectorSet[] = [
  setOf("pumpfun", PUMPFUN, ({ lamports, tokensOut, ...market }) => ({
    ours: pumpfun.quote(pumpfunMarket(market), lamports)?.tokensOut ?? null,
    theirs: tokensOut,
  })),
  setOf("pumpfun", PUMPFUN_SDK, ({ input, tokensOut, hasCreator, ...market }) => ({
    ours:
      pumpfun.quote(pumpfunMarket(hasCreator ? market : { ...market, creator: null }), input)?.tokensOut ??
      null,
    theirs: tokensOut,
  })),
  setOf("pumpswap", PUMPSWAP, ({ input, tokensOut, ...market }) => ({
    ours: pumpswap.quote(pumpswapMarket(market), input)?.tokensOut ?? null,
    theirs: tokensOut,
  })),
  setOf("bonk", BONK, ({ input, tokensOut, ...market }) => ({
    ours: bonk.quote(bonkMarket(market), input)?.tokensOut ?? null,
    theirs: tokensOut,
  })),
  setOf("cpmm", CPMM, ({ input, tokensOut, fee, ...market }) => {
    const quote = cpmm.quote(cpmmMarket(market), input);
    // Theirs is the fee on SOL alone.
    const { isCreatorFeeOnSol, creatorFeeRate } = market;
    const isAllOnSol = isCreatorFeeOnSol || creatorFeeRate === 0n;
    const ours = [quote?.tokensOut, isAllOnSol ? quote?.feeLamports : fee];
    return { ours, theirs: [tokensOut, fee] };
  }),
  meteoraSet("meteora DBC", read("meteora", meteoraVector)),
  meteoraSet("meteora DAMM v2", read("damm", meteoraVector)),
];
