/**
 * Generates pump.fun's vectors with `getBuyTokenAmountFromSolAmount` of the official SDK. Run `node pumpfun-sdk.mjs [file]`.
 *
 * The SDK quotes the instruction with an exact output. The doc comment of `buy_exact_sol_in` in the IDL defines how much of an
 * exact input remains for the curve. We call the SDK with the amount for which the same remains.
 */
import { createRandom, require, versionOf, write } from "./common.mjs";

const { computeFeesBps, getBuyTokenAmountFromSolAmount } = require("@pump-fun/pump-sdk");
const BN = require("bn.js");
const { PublicKey } = require("@solana/web3.js");

const SEED = 20261125;
const COUNT = 1_500;
const random = createRandom(SEED);
const bn = (value) => new BN(String(value));
const creator = new PublicKey("CreiuhfwdWCN5mJbMJtA9bBpYQrQF2tCBuZwSPWfpump");

const drawTiers = () => {
  const count = Number(random.between(1n, 5n));
  const thresholds = [random.between(0n, 1n) === 0n ? 0n : random.digits(1_000_000_000n, 100_000_000_000n)];
  while (thresholds.length < count)
    thresholds.push(thresholds.at(-1) + random.digits(1_000_000_000n, 400_000_000_000n));
  return thresholds.map((marketCap) => ({
    marketCap,
    lpBps: 0n,
    protocolBps: random.between(0n, 200n),
    creatorBps: random.between(0n, 200n),
  }));
};

const ceilDiv = (dividend, divisor) => (dividend + divisor - 1n) / divisor;

/** Implements steps 1 to 3 of that doc comment. */
const netOf = (lamports, rates) => {
  const total = rates.reduce((sum, rate) => sum + rate, 0n);
  const net = (lamports * 10_000n) / (10_000n + total);
  const spent = rates.reduce((sum, rate) => sum + ceilDiv(net * rate, 10_000n), net);
  return spent > lamports ? net - (spent - lamports) : net;
};

const vectors = [];
while (vectors.length < COUNT) {
  const virtualTokens = random.between(300_000_000_000_000n, 1_073_000_000_000_000n);
  const virtualLamports = random.digits(1_000_000_000n, 200_000_000_000n);
  const realTokens = virtualTokens - 279_900_000_000_000n;
  const supply = random.between(0n, 2n) === 0n ? random.digits(10n ** 14n, 10n ** 15n) : 10n ** 15n;
  const hasCreator = random.between(0n, 3n) > 0n;
  const creatorFeeBps = random.between(0n, 3n) === 0n ? random.between(1n, 300n) : 0n;
  const tiers = drawTiers();
  const input = random.digits(20_000n, 60_000_000_000n);
  const market = {
    global: { creatorFeeConfigurable: true },
    feeConfig: {
      feeTiers: tiers.map((tier) => ({
        marketCapLamportsThreshold: bn(tier.marketCap),
        fees: {
          lpFeeBps: bn(tier.lpBps),
          protocolFeeBps: bn(tier.protocolBps),
          creatorFeeBps: bn(tier.creatorBps),
        },
      })),
    },
    mintSupply: bn(supply),
  };
  const curve = {
    virtualTokenReserves: bn(virtualTokens),
    virtualQuoteReserves: bn(virtualLamports),
    realTokenReserves: bn(10n ** 18n),
    creator: hasCreator ? creator : PublicKey.default,
    quoteMint: PublicKey.default,
    creatorFeeBps: bn(creatorFeeBps),
  };
  const fees = computeFeesBps({ ...market, ...curve });
  const rates = [
    BigInt(fees.protocolFeeBps.toString()),
    hasCreator ? BigInt(fees.creatorFeeBps.toString()) : 0n,
  ];
  const net = netOf(input, rates);
  if (net <= 1n) continue;
  // This is the least amount for which the SDK also leaves one lamport less than the net input for the curve.
  const amount = ceilDiv((net - 1n) * (10_000n + rates[0] + rates[1]), 10_000n) + 1n;
  const answer = getBuyTokenAmountFromSolAmount({
    ...market,
    bondingCurve: curve,
    amount: bn(amount),
    quoteMint: PublicKey.default,
  });
  const tokens = BigInt(answer.toString());
  if (tokens === 0n) continue;
  // We quote nothing for more than the curve has left.
  const tokensOut = tokens > realTokens ? null : tokens;
  vectors.push({
    virtualTokens,
    virtualLamports,
    realTokens,
    supply,
    hasCreator,
    creatorFeeBps,
    tiers,
    input,
    tokensOut,
  });
}
write(process.argv[2] ?? "../vectors/pumpfun-sdk.json", versionOf("@pump-fun/pump-sdk"), SEED, vectors);
