/** Generates PumpSwap's vectors with `buyQuoteInput` of the official SDK. Run `node pumpswap.mjs [file]`. */
import { createRandom, require, versionOf, write } from "./common.mjs";

const { buyQuoteInput } = require("@pump-fun/pump-swap-sdk");
const BN = require("bn.js");
const { PublicKey } = require("@solana/web3.js");

const SEED = 20261124;
const COUNT = 1_400;
const random = createRandom(SEED);
const bn = (value) => new BN(String(value));
const mint = new PublicKey("CreiuhfwdWCN5mJbMJtA9bBpYQrQF2tCBuZwSPWfpump");
const PUMP = new PublicKey("6EF8rrecthR5Dkzon8Nwu78hRvfCKubJ14M5uBEwF6P");
/** The creator of the canonical pool. The fee tiers apply only with this creator. */
const [creator] = PublicKey.findProgramAddressSync([Buffer.from("pool-authority"), mint.toBuffer()], PUMP);

const drawTiers = () => {
  const count = Number(random.between(1n, 5n));
  const thresholds = [0n];
  while (thresholds.length < count)
    thresholds.push(thresholds.at(-1) + random.digits(1_000_000_000n, 400_000_000_000_000n));
  return thresholds.map((marketCap) => ({
    marketCap,
    lpBps: random.between(0n, 30n),
    protocolBps: random.between(0n, 100n),
    creatorBps: random.between(0n, 100n),
  }));
};

const vectors = [];
while (vectors.length < COUNT) {
  const tokens = random.digits(1_000_000n, 1_000_000_000_000_000n);
  const lamports = random.digits(1_000_000n, 10_000_000_000_000n);
  const virtualLamports = random.between(0n, 3n) === 0n ? random.digits(1n, lamports) : 0n;
  const supply = random.digits(tokens, 1_000_000_000_000_000n);
  const input = random.digits(1_000n, 100_000_000_000n);
  const hasCreator = random.between(0n, 2n) > 0n;
  const creatorFeeBps = random.between(0n, 3n) === 0n ? random.between(1n, 300n) : 0n;
  const tiers = drawTiers();
  const { base } = buyQuoteInput({
    quote: bn(input),
    slippage: 1,
    baseReserve: bn(tokens),
    quoteReserve: bn(lamports),
    virtualQuoteReserves: bn(virtualLamports),
    globalConfig: { creatorFeeConfigurable: true },
    baseMintAccount: { supply },
    baseMint: mint,
    coinCreator: hasCreator ? mint : PublicKey.default,
    creator,
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
    creatorFeeBps: bn(creatorFeeBps),
  });
  const tokensOut = BigInt(base.toString());
  if (tokensOut <= 0n) continue;
  vectors.push({
    tokens,
    lamports,
    virtualLamports,
    supply,
    tiers,
    hasCreator,
    creatorFeeBps,
    input,
    tokensOut,
  });
}
write(process.argv[2] ?? "../vectors/pumpswap.json", versionOf("@pump-fun/pump-swap-sdk"), SEED, vectors);
