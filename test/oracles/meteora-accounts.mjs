/**
 * Generates Meteora's curves and DAMM v2 pools as account bytes, with the official SDKs' quotes and accounts of a buy.
 * Run `node meteora-accounts.mjs [file]`.
 */
import { createRandom, require, versionOf, write } from "./common.mjs";

const dbc = require("@meteora-ag/dynamic-bonding-curve-sdk");
const damm = require("@meteora-ag/cp-amm-sdk");
const { Program } = require("@coral-xyz/anchor");
const { getAssociatedTokenAddressSync } = require("@solana/spl-token");
const { PublicKey } = require("@solana/web3.js");
const BN = require("bn.js");

const SEED = 20261128;
const COUNT = 40;
const random = createRandom(SEED);
const bn = (value) => new BN(String(value));

const WSOL = new PublicKey("So11111111111111111111111111111111111111112");
const TOKEN = new PublicKey("TokenkegQfeZyiNwAJbNbGKPFXCWuBvf9Ss623VQ5DA");
const TOKEN_2022 = new PublicKey("TokenzQdBNbLqP5VEhdkAS6EPFLC1PHnBqCXEpPxuEb");
/** The configuration with which the curve program opens pools with a fee of 1 %. */
const MIGRATION_CONFIG = new PublicKey("Hv8Lmzmnju6m7kcokVKvwqz7QPmdX9XfKjJsXz8RXcjp");

/** We use only functions that build and decode. No request goes to a cluster. */
const programs = {
  dbc: new Program(dbc.DynamicBondingCurveIdl, { connection: {} }),
  damm: new Program(damm.CpAmmIdl, { connection: {} }),
};

const pick = (...choices) => choices[Number(random.between(0n, BigInt(choices.length - 1)))];
const bytes = (count) => Buffer.from(Array.from({ length: count }, () => Number(random.between(0n, 255n))));
const key = () => new PublicKey(bytes(32));

/** Builds an account of the program in the IDL's layout, with the fields that `fill` sets. */
const account = ({ coder, idl, programId }, name, size, address, fill) => {
  const [lower, upper] = [name[0].toLowerCase() + name.slice(1), name[0].toUpperCase() + name.slice(1)];
  const described = idl.accounts.find((each) => each.name === lower || each.name === upper);
  const data = Buffer.alloc(size);
  Buffer.from(described.discriminator).copy(data);
  const value = coder.accounts.decode(lower, data);
  fill(value);
  coder.accounts.accountLayouts.get(lower).layout.encode(value, data.subarray(8));
  return {
    value: coder.accounts.decode(lower, data),
    shown: { address: address.toBase58(), owner: programId.toBase58(), data: data.toString("base64") },
  };
};

const keysOf = ({ keys, data }) => ({
  keys: keys.map(({ pubkey, isSigner, isWritable }) => [pubkey.toBase58(), isSigner, isWritable]),
  data: data.toString("base64"),
});

const sortedPair = (mint) =>
  Buffer.compare(mint.toBuffer(), WSOL.toBuffer()) > 0
    ? [mint.toBuffer(), WSOL.toBuffer()]
    : [WSOL.toBuffer(), mint.toBuffer()];

const drawMarket = () => {
  const sqrtPrice = random.digits(1n << 48n, 1n << 60n);
  const endSqrtPrice = sqrtPrice + (sqrtPrice * random.between(5n, 200n)) / 100n;
  const lamports = random.digits(1_000_000_000n, 200_000_000_000n);
  const tokenProgram = pick(TOKEN, TOKEN_2022);
  const mint = key();
  const buyer = key();
  return {
    mint,
    tokenProgram,
    buyer,
    vaults: [key(), key()],
    sqrtPrice,
    endSqrtPrice,
    liquidity: (lamports << 128n) / (endSqrtPrice - sqrtPrice),
    fee: {
      cliff: random.between(2_500_000n, 100_000_000n),
      periods: random.between(1n, 100n),
      frequency: random.between(1n, 1_000n),
      reduction: random.between(0n, 20_000n),
    },
    volatility: { control: random.between(1n, 200_000_000n), accumulator: random.digits(1n, 300_000n) },
    isFeeOnSol: random.between(0n, 1n) === 1n,
    isBySlot: random.between(0n, 1n) === 0n,
    activation: random.between(1n, 1_000_000n),
    elapsed: random.digits(1n, 1_000_000n),
    input: random.between(1n, lamports / 4n),
    accounts: [
      getAssociatedTokenAddressSync(WSOL, buyer, true, TOKEN),
      getAssociatedTokenAddressSync(mint, buyer, true, tokenProgram),
    ],
  };
};

const dynamicFee = ({ volatility }) => ({
  initialized: 1,
  binStep: 1,
  variableFeeControl: Number(volatility.control),
  maxVolatilityAccumulator: 350_000,
});

const curveVector = async (market) => {
  const { mint, tokenProgram, vaults, fee } = market;
  const configAddress = key();
  const [poolAddress] = PublicKey.findProgramAddressSync(
    [Buffer.from("pool"), configAddress.toBuffer(), ...sortedPair(mint)],
    programs.dbc.programId,
  );
  const config = account(programs.dbc, "poolConfig", 1_048, configAddress, (value) => {
    value.quoteMint = WSOL;
    Object.assign(value.poolFees.baseFee, {
      cliffFeeNumerator: bn(fee.cliff),
      firstFactor: Number(fee.periods),
      secondFactor: bn(fee.frequency),
      thirdFactor: bn(fee.reduction),
      baseFeeMode: 0,
    });
    Object.assign(value.poolFees.dynamicFee, dynamicFee(market));
    value.collectFeeMode = market.isFeeOnSol ? 0 : 1;
    value.activationType = market.isBySlot ? 0 : 1;
    value.migrationQuoteThreshold = bn(10n ** 18n);
    value.migrationSqrtPrice = bn(market.endSqrtPrice);
    value.sqrtStartPrice = bn(market.sqrtPrice / 2n);
    value.curve[0] = { sqrtPrice: bn(market.endSqrtPrice), liquidity: bn(market.liquidity) };
  });
  const pool = account(programs.dbc, "virtualPool", 424, poolAddress, ({ poolState }) => {
    Object.assign(poolState, { config: configAddress, creator: key(), baseMint: mint });
    Object.assign(poolState, { baseVault: vaults[0], quoteVault: vaults[1] });
    Object.assign(poolState, { sqrtPrice: bn(market.sqrtPrice), activationPoint: bn(market.activation) });
    poolState.quoteReserve = bn(random.between(0n, 10n ** 12n));
    poolState.volatilityTracker.volatilityAccumulator = bn(market.volatility.accumulator);
  });
  const point = bn(market.activation + market.elapsed);
  const quoted = dbc.swapQuoteExactIn(
    pool.value,
    config.value,
    false,
    bn(market.input),
    0,
    false,
    point,
    false,
  );
  const instruction = await programs.dbc.methods
    .swap2({ amount0: bn(market.input), amount1: bn(7), swapMode: 0 })
    .accountsPartial({
      config: configAddress,
      pool: poolAddress,
      inputTokenAccount: market.accounts[0],
      outputTokenAccount: market.accounts[1],
      baseVault: vaults[0],
      quoteVault: vaults[1],
      baseMint: mint,
      quoteMint: WSOL,
      payer: market.buyer,
      tokenBaseProgram: tokenProgram,
      tokenQuoteProgram: TOKEN,
      referralTokenAccount: null,
    })
    .instruction();
  return { accounts: [pool.shown, config.shown], tokensOut: quoted.outputAmount, instruction };
};

/** `baseFeeInfo` of DAMM v2, byte by byte: cliff u64, mode u8, periods u16, frequency u64, reduction u64. */
const feeData = ({ cliff, periods, frequency, reduction }) => {
  const data = Buffer.alloc(32);
  data.writeBigUInt64LE(cliff, 0);
  data.writeUInt16LE(Number(periods), 14);
  data.writeBigUInt64LE(frequency, 16);
  data.writeBigUInt64LE(reduction, 24);
  return [...data];
};

const poolVector = async (market) => {
  const { mint, tokenProgram, vaults } = market;
  const [poolAddress] = PublicKey.findProgramAddressSync(
    [Buffer.from("pool"), MIGRATION_CONFIG.toBuffer(), ...sortedPair(mint)],
    programs.damm.programId,
  );
  const pool = account(programs.damm, "pool", 1_112, poolAddress, (value) => {
    Object.assign(value, {
      tokenAMint: mint,
      tokenBMint: WSOL,
      tokenAVault: vaults[0],
      tokenBVault: vaults[1],
    });
    Object.assign(value, { liquidity: bn(market.liquidity), sqrtPrice: bn(market.sqrtPrice) });
    Object.assign(value, { sqrtMinPrice: bn(market.sqrtPrice / 2n), sqrtMaxPrice: bn(market.endSqrtPrice) });
    Object.assign(value, { activationPoint: bn(market.activation), activationType: market.isBySlot ? 0 : 1 });
    Object.assign(value, { collectFeeMode: market.isFeeOnSol ? 1 : 0, poolStatus: 0, feeVersion: 1 });
    value.poolFees.baseFee.baseFeeInfo.data = feeData(market.fee);
    Object.assign(value.poolFees.dynamicFee, dynamicFee(market));
    value.poolFees.dynamicFee.volatilityAccumulator = bn(market.volatility.accumulator);
    value.poolFees.protocolFeePercent = 20;
  });
  const point = bn(market.activation + market.elapsed);
  const quoted = damm.swapQuoteExactInput(pool.value, point, bn(market.input), 0, false, false, 6, 9);
  const instruction = await programs.damm.methods
    .swap2({ amount0: bn(market.input), amount1: bn(7), swapMode: 0 })
    .accountsPartial({
      pool: poolAddress,
      inputTokenAccount: market.accounts[0],
      outputTokenAccount: market.accounts[1],
      tokenAVault: vaults[0],
      tokenBVault: vaults[1],
      tokenAMint: mint,
      tokenBMint: WSOL,
      payer: market.buyer,
      tokenAProgram: tokenProgram,
      tokenBProgram: TOKEN,
      referralTokenAccount: null,
    })
    .instruction();
  return { accounts: [pool.shown], tokensOut: quoted.outputAmount, instruction };
};

const vectors = [];
while (vectors.length < COUNT) {
  const market = drawMarket();
  const kind = vectors.length < COUNT / 2 ? "curve" : "pool";
  const { accounts, tokensOut, instruction } = await (kind === "curve" ? curveVector : poolVector)(market);
  if (tokensOut.isZero()) continue;
  vectors.push({
    kind,
    mint: market.mint.toBase58(),
    tokenProgram: market.tokenProgram.toBase58(),
    buyer: market.buyer.toBase58(),
    accounts,
    /** The cluster's slot or Unix time, depending on the unit of the market. */
    now: market.activation + market.elapsed,
    input: market.input,
    tokensOut: tokensOut.toString(),
    instruction: keysOf(instruction),
  });
}
const versions = ["@meteora-ag/dynamic-bonding-curve-sdk", "@meteora-ag/cp-amm-sdk"]
  .map(versionOf)
  .join(", ");
write(process.argv[2] ?? "../vectors/meteora-accounts.json", versions, SEED, vectors);
