/**
 * Generates the vectors of Raydium LaunchLab and CPMM with `Curve.buyExactIn` and `CurveCalculator.swapBaseInput` of the official
 * SDK. Run `node raydium.mjs [folder]`.
 */
import { join } from "node:path";
import { createRandom, require, versionOf, write } from "./common.mjs";

const { Curve, CurveCalculator } = require("@raydium-io/raydium-sdk-v2");
const BN = require("bn.js");

const SEED = 20261124;
const COUNT = 1_500;
const SDK = versionOf("@raydium-io/raydium-sdk-v2");
const folder = process.argv[2] ?? "../vectors";
const bn = (value) => new BN(String(value));

const launchlab = () => {
  const random = createRandom(SEED);
  const vectors = [];
  while (vectors.length < COUNT) {
    const virtualTokens = random.digits(1_000_000_000n, 2_000_000_000_000_000n);
    const totalTokens = random.between(virtualTokens / 2n, (virtualTokens * 4n) / 5n);
    const soldTokens = random.between(0n, totalTokens);
    const virtualLamports = random.digits(1_000_000n, 100_000_000_000n);
    const raisedLamports = random.digits(1n, 100_000_000_000n);
    const protocolRate = random.between(0n, 5_000n);
    const platformRate = random.between(0n, 10_000n);
    const creatorRate = random.between(0n, 10_000n);
    const input = random.digits(1_000n, 50_000_000_000n);
    const { amountA, amountB } = Curve.buyExactIn({
      poolInfo: {
        virtualA: bn(virtualTokens),
        virtualB: bn(virtualLamports),
        realA: bn(soldTokens),
        realB: bn(raisedLamports),
        totalSellA: bn(totalTokens),
        totalFundRaisingB: bn(10n ** 15n),
      },
      amountB: bn(input),
      protocolFeeRate: bn(protocolRate),
      platformFeeRate: bn(platformRate),
      curveType: 0,
      shareFeeRate: bn(0n),
      creatorFeeRate: bn(creatorRate),
      transferFeeConfigA: undefined,
      slot: 0,
    });
    // For more than the curve has left, the SDK sells the rest for less. We quote nothing there.
    const isCut = amountB.toString() !== String(input);
    const tokensOut = BigInt(amountA.amount.toString());
    if (tokensOut <= 0n) continue;
    const feeRate = protocolRate + platformRate + creatorRate;
    vectors.push({
      virtualTokens,
      totalTokens,
      soldTokens,
      virtualLamports,
      raisedLamports,
      feeRate,
      input,
      tokensOut: isCut ? null : tokensOut,
    });
  }
  write(join(folder, "bonk.json"), SDK, SEED, vectors);
};

const cpmm = () => {
  const random = createRandom(SEED + 1);
  const vectors = [];
  while (vectors.length < COUNT) {
    const lamports = random.digits(1_000_000_000n, 10_000_000_000_000n);
    const tokens = random.digits(1_000_000n, 2_000_000_000_000_000n);
    const tradeFeeRate = random.between(100n, 40_000n);
    const protocolFeeRate = random.between(0n, 200_000n);
    const fundFeeRate = random.between(0n, 100_000n);
    const creatorFeeRate = random.between(0n, 1n) === 0n ? 0n : random.between(1n, 20_000n);
    const isCreatorFeeOnSol = random.between(0n, 1n) === 0n;
    const input = random.digits(1_000n, 100_000_000_000n);
    // The program deducts both fees as one sum, rounded up once. The SDK rounds each fee, so we pass the sum to it as one fee.
    const [inputRate, outputRate] = isCreatorFeeOnSol
      ? [tradeFeeRate + creatorFeeRate, 0n]
      : [tradeFeeRate, creatorFeeRate];
    const result = CurveCalculator.swapBaseInput(
      bn(input),
      bn(lamports),
      bn(tokens),
      bn(inputRate),
      bn(outputRate),
      bn(protocolFeeRate),
      bn(fundFeeRate),
      isCreatorFeeOnSol,
    );
    const tokensOut = BigInt(result.outputAmount.toString());
    if (tokensOut <= 0n) continue;
    const fee = BigInt(result.tradeFee.toString());
    vectors.push({
      lamports,
      tokens,
      tradeFeeRate,
      protocolFeeRate,
      fundFeeRate,
      creatorFeeRate,
      isCreatorFeeOnSol,
      input,
      tokensOut,
      fee,
    });
  }
  write(join(folder, "cpmm.json"), SDK, SEED + 1, vectors);
};

launchlab();
cpmm();
