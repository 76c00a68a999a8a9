/** Generates the vectors of Meteora DBC with `swapQuoteExactIn` of the official SDK. Run `node meteora.mjs [file]`. */
import { createRandom, require, versionOf, write } from "./common.mjs";

const { swapQuoteExactIn } = require("@meteora-ag/dynamic-bonding-curve-sdk");
const BN = require("bn.js");

const SEED = 20261124;
const COUNT = 1_500;
const random = createRandom(SEED);
const bn = (value) => new BN(String(value));

/** Square-root prices in Q64.64 and liquidities, of a size that is usual for launches. */
const drawCurve = () => {
  let sqrtPrice = random.digits(1n << 48n, 1n << 60n);
  const start = sqrtPrice;
  const count = Number(random.between(1n, 5n));
  const segments = [];
  for (let point = 0; point < count; point += 1) {
    sqrtPrice += (sqrtPrice * random.between(5n, 100n)) / 100n;
    // A segment takes about 0.01 to 200 SOL.
    const lamports = random.digits(10_000_000n, 200_000_000_000n);
    const width = sqrtPrice - (segments.at(-1)?.sqrtPrice ?? start);
    segments.push({ sqrtPrice, liquidity: (lamports << 128n) / width });
  }
  return { start, segments };
};

const vectors = [];
while (vectors.length < COUNT) {
  const { start, segments } = drawCurve();
  const end = segments.at(-1).sqrtPrice;
  const sqrtPrice = start + ((end - start) * random.between(0n, 90n)) / 100n;
  const isExponential = random.between(0n, 1n) === 1n;
  const fee = {
    cliff: random.between(2_500_000n, 500_000_000n),
    periods: random.between(0n, 100n),
    frequency: random.between(0n, 1n) === 0n ? 0n : random.between(1n, 1_000n),
    reduction: 0n,
    isExponential,
  };
  fee.reduction = isExponential
    ? random.between(0n, 500n)
    : random.between(0n, (fee.cliff - 2_500_000n) / (fee.periods + 1n));
  const elapsed = random.digits(1n, 1_000_000n);
  const volatility =
    random.between(0n, 1n) === 0n
      ? null
      : { binStep: 1n, control: random.between(1n, 200_000_000n), accumulator: random.digits(1n, 300_000n) };
  const isFeeOnSol = random.between(0n, 2n) > 0n;
  const input = random.digits(10_000n, 100_000_000_000n);
  const pool = {
    poolState: {
      quoteReserve: bn(0),
      sqrtPrice: bn(sqrtPrice),
      activationPoint: bn(0),
      volatilityTracker: { volatilityAccumulator: bn(volatility?.accumulator ?? 0n) },
    },
  };
  const config = {
    migrationQuoteThreshold: bn(10n ** 18n),
    migrationSqrtPrice: bn(end),
    collectFeeMode: isFeeOnSol ? 0 : 1,
    curve: segments.map((segment) => ({
      sqrtPrice: bn(segment.sqrtPrice),
      liquidity: bn(segment.liquidity),
    })),
    poolFees: {
      baseFee: {
        cliffFeeNumerator: bn(fee.cliff),
        firstFactor: Number(fee.periods),
        secondFactor: bn(fee.frequency),
        thirdFactor: bn(fee.reduction),
        baseFeeMode: isExponential ? 1 : 0,
      },
      dynamicFee: {
        initialized: volatility === null ? 0 : 1,
        binStep: Number(volatility?.binStep ?? 0n),
        variableFeeControl: Number(volatility?.control ?? 0n),
      },
    },
  };
  let tokensOut = null;
  try {
    tokensOut = BigInt(
      swapQuoteExactIn(pool, config, false, bn(input), 0, false, bn(elapsed), false).outputAmount.toString(),
    );
  } catch (error) {
    if (error.message !== "Insufficient Liquidity") throw error;
    // Beyond the end of the curve we quote nothing.
  }
  if (tokensOut === 0n) continue;
  vectors.push({ sqrtPrice, segments, fee, elapsed, volatility, isFeeOnSol, input, tokensOut });
}
write(
  process.argv[2] ?? "../vectors/meteora.json",
  versionOf("@meteora-ag/dynamic-bonding-curve-sdk"),
  SEED,
  vectors,
);
