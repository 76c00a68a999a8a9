/** Generates the vectors of Meteora DAMM v2 with `swapQuoteExactInput` of the official SDK. Run `node damm.mjs [file]`. */
import { createRandom, require, versionOf, write } from "./common.mjs";

const sdk = require("@meteora-ag/cp-amm-sdk");
const BN = require("bn.js");

const SEED = 20261124;
const COUNT = 1_000;
const random = createRandom(SEED);
const bn = (value) => new BN(String(value));

/** `PodAlignedFeeTimeScheduler`: cliff, mode, padding, periods, frequency, reduction. */
const feeBytes = ({ cliff, isExponential, periods, frequency, reduction }) => {
  const data = Buffer.alloc(32);
  data.writeBigUInt64LE(cliff, 0);
  data[8] = isExponential ? 1 : 0;
  data.writeUInt16LE(Number(periods), 14);
  data.writeBigUInt64LE(frequency, 16);
  data.writeBigUInt64LE(reduction, 24);
  return [...data];
};

const vectors = [];
while (vectors.length < COUNT) {
  const sqrtPrice = random.digits(1n << 48n, 1n << 62n);
  const endSqrtPrice = sqrtPrice + (sqrtPrice * random.between(1n, 300n)) / 100n;
  const lamports = random.digits(10_000_000n, 1_000_000_000_000n);
  const liquidity = (lamports << 128n) / (endSqrtPrice - sqrtPrice);
  const isExponential = random.between(0n, 1n) === 1n;
  const isFlat = random.between(0n, 1n) === 0n;
  const fee = {
    cliff: random.between(2_500_000n, 400_000_000n),
    isExponential,
    periods: isFlat ? 0n : random.between(1n, 100n),
    frequency: isFlat ? 0n : random.between(1n, 1_000n),
    reduction: 0n,
  };
  if (!isFlat)
    fee.reduction = isExponential
      ? random.between(0n, 500n)
      : random.between(0n, (fee.cliff - 2_500_000n) / (fee.periods + 1n));
  const elapsed = random.digits(1n, 1_000_000n);
  const volatility =
    random.between(0n, 1n) === 0n
      ? null
      : { binStep: 1n, control: random.between(1n, 200_000_000n), accumulator: random.digits(1n, 300_000n) };
  const isFeeOnSol = random.between(0n, 1n) > 0n;
  const feeVersion = Number(random.between(0n, 1n));
  const input = random.digits(10_000n, 100_000_000_000n);
  const pool = {
    poolStatus: 0,
    activationPoint: bn(0),
    collectFeeMode: isFeeOnSol ? 1 : 0,
    feeVersion,
    layoutVersion: 0,
    liquidity: bn(liquidity),
    sqrtPrice: bn(sqrtPrice),
    sqrtMinPrice: bn(1n << 33n),
    sqrtMaxPrice: bn(endSqrtPrice),
    tokenAAmount: bn(0),
    tokenBAmount: bn(0),
    poolFees: {
      baseFee: { baseFeeInfo: { data: feeBytes(fee) } },
      protocolFeePercent: 20,
      referralFeePercent: 0,
      compoundingFeeBps: 0,
      initSqrtPrice: bn(sqrtPrice),
      dynamicFee: {
        initialized: volatility === null ? 0 : 1,
        binStep: Number(volatility?.binStep ?? 0n),
        variableFeeControl: Number(volatility?.control ?? 0n),
        volatilityAccumulator: bn(volatility?.accumulator ?? 0n),
      },
    },
  };
  let tokensOut = null;
  try {
    const { result, outputAmount, swapOutAmount } = sdk.swapQuoteExactInput(
      pool,
      bn(elapsed),
      bn(input),
      0,
      false,
      false,
      6,
      9,
    );
    const out = outputAmount ?? swapOutAmount ?? result?.outputAmount;
    tokensOut = BigInt(out.toString());
  } catch (error) {
    if (error?.name !== "PriceRangeViolationError" && !/range/i.test(String(error?.message))) throw error;
    // Outside of the pool's range we quote nothing.
  }
  if (tokensOut === 0n) continue;
  const segments = [{ sqrtPrice: endSqrtPrice, liquidity }];
  const mostFee = feeVersion === 0 ? 500_000_000n : 990_000_000n;
  vectors.push({ sqrtPrice, segments, mostFee, fee, elapsed, volatility, isFeeOnSol, input, tokensOut });
}
write(process.argv[2] ?? "../vectors/damm.json", versionOf("@meteora-ag/cp-amm-sdk"), SEED, vectors);
