/**
 * Generates Raydium's pools as account bytes, encoded with the official SDK's layouts, with the SDK's quotes and buy
 * instructions. Run `node raydium-accounts.mjs [folder]`.
 */
import { join } from "node:path";
import { createRandom, require, versionOf, write } from "./common.mjs";

const sdk = require("@raydium-io/raydium-sdk-v2");
const { PublicKey } = require("@solana/web3.js");
const BN = require("bn.js");

const SEED = 20261126;
const COUNT = 20;
const folder = process.argv[2] ?? "../vectors";
const bn = (value) => new BN(String(value));
const random = createRandom(SEED);

const WSOL = new PublicKey("So11111111111111111111111111111111111111112");
const TOKEN = new PublicKey("TokenkegQfeZyiNwAJbNbGKPFXCWuBvf9Ss623VQ5DA");
const TOKEN_2022 = new PublicKey("TokenzQdBNbLqP5VEhdkAS6EPFLC1PHnBqCXEpPxuEb");
const LAUNCHLAB = new PublicKey("LanMV9sAd7wArD4vJFi2qDdfnVhFxYSUg6eADduJ3uj");
const CPMM = new PublicKey("CPMMoo8L3F4NbTegBCKVNunggL7H1ZpdTHKxQB5qKP1C");

const pick = (...choices) => choices[Number(random.between(0n, BigInt(choices.length - 1)))];
const key = (first) => {
  const bytes = Array.from({ length: 32 }, () => Number(random.between(0n, 255n)));
  return new PublicKey(Uint8Array.from(first === undefined ? bytes : [first, ...bytes.slice(1)]));
};

/**
 * Encodes an account. The layouts name neither discriminators nor padding. Padding stays zero, and we set the
 * discriminator.
 */
const encode = (layout, discriminator, fields) => {
  const data = Buffer.alloc(layout.span);
  layout.encode(fields, data);
  data.set(Buffer.from(discriminator, "hex"));
  return data;
};

const account = (address, owner, data) => ({
  address: address.toBase58(),
  owner: owner.toBase58(),
  data: data.toString("base64"),
});

const tokenAccount = (address, program, amount) => {
  const data = Buffer.alloc(165);
  data.writeBigUInt64LE(amount, 64);
  return account(address, program, data);
};

const described = (instruction) => ({
  keys: instruction.keys.map(({ pubkey, isSigner, isWritable }) => [pubkey.toBase58(), isSigner, isWritable]),
  data: instruction.data.toString("hex"),
});

const buyOf = () => ({
  buyer: key(),
  input: random.digits(1_000_000n, 2_000_000_000n),
  least: random.between(1n, 10n ** 12n),
});

const bonk = () => {
  const [mint, tokenProgram] = [key(), pick(TOKEN, TOKEN_2022)];
  const [configId, platformId, creator] = [key(), key(), key()];
  const poolId = sdk.getPdaLaunchpadPoolId(LAUNCHLAB, mint, WSOL).publicKey;
  const [vaultA, vaultB] = [mint, WSOL].map(
    (of) => sdk.getPdaLaunchpadVaultId(LAUNCHLAB, poolId, of).publicKey,
  );
  const virtualA = random.between(10n ** 15n, 2n * 10n ** 15n);
  const totalSellA = (virtualA * 3n) / 4n;
  const curve = {
    supply: bn(10n ** 15n),
    totalSellA: bn(totalSellA),
    virtualA: bn(virtualA),
    virtualB: bn(random.between(10n ** 10n, 5n * 10n ** 10n)),
    realA: bn(random.between(0n, totalSellA / 2n)),
    realB: bn(random.between(0n, 4n * 10n ** 10n)),
    totalFundRaisingB: bn(85n * 10n ** 9n),
  };
  const zero = bn(0);
  const pool = encode(sdk.LaunchpadPool, "f7ede3f5d7c3de46", {
    ...curve,
    epoch: bn(random.between(1n, 2_000n)),
    bump: 255,
    status: 0,
    mintDecimalsA: 6,
    mintDecimalsB: 9,
    migrateType: 1,
    protocolFee: bn(random.between(1n, 10n ** 9n)),
    platformFee: bn(random.between(1n, 10n ** 9n)),
    migrateFee: bn(random.between(1n, 10n ** 9n)),
    vestingSchedule: {
      totalLockedAmount: zero,
      cliffPeriod: zero,
      unlockPeriod: zero,
      startTime: zero,
      totalAllocatedShare: zero,
    },
    configId,
    platformId,
    mintA: mint,
    mintB: WSOL,
    vaultA,
    vaultB,
    creator,
    mintProgramFlag: tokenProgram === TOKEN ? 0 : 1,
    cpmmCreatorFeeOn: 1,
    platformVestingShare: zero,
  });
  const rates = {
    protocolFeeRate: bn(random.between(1n, 5_000n)),
    platformFeeRate: bn(random.between(1n, 10_000n)),
    creatorFeeRate: bn(random.between(1n, 10_000n)),
  };
  const config = encode(sdk.LaunchpadConfig, "95089ccaa0fcb0d9", {
    epoch: bn(7),
    curveType: 0,
    index: 3,
    migrateFee: bn(random.between(1n, 10n ** 9n)),
    tradeFeeRate: rates.protocolFeeRate,
    maxShareFeeRate: bn(10_000),
    minSupplyA: bn(10_000_000),
    maxLockRate: bn(300_000),
    minSellRateA: bn(200_000),
    minMigrateRateA: bn(200_000),
    minFundRaisingB: bn(30n * 10n ** 9n),
    mintB: WSOL,
    protocolFeeOwner: key(),
    migrateFeeOwner: key(),
    migrateToAmmWallet: key(),
    migrateToCpmmWallet: key(),
  });
  const text = (length) => Array.from({ length }, () => Number(random.between(0n, 255n)));
  const cpConfigId = key();
  const platform = encode(sdk.PlatformConfig, "a04e8000f853e6a0", {
    epoch: bn(9),
    platformClaimFeeWallet: key(),
    platformLockNftWallet: key(),
    platformScale: bn(100_000),
    creatorScale: bn(0),
    burnScale: bn(900_000),
    feeRate: rates.platformFeeRate,
    name: text(64),
    web: text(256),
    img: text(256),
    cpConfigId,
    creatorFeeRate: rates.creatorFeeRate,
    transferFeeExtensionAuth: key(),
    platformVestingWallet: key(),
    platformVestingScale: bn(0),
    platformCpCreator: key(),
    restrictGlobalConfig: 0,
    restrictCurveParam: 0,
    curveRuleManager: key(),
  });
  const [mintA, mintB] = Buffer.compare(WSOL.toBuffer(), mint.toBuffer()) < 0 ? [WSOL, mint] : [mint, WSOL];
  const graduatedPool = sdk.getCpmmPdaPoolId(CPMM, cpConfigId, mintA, mintB).publicKey;
  const { buyer, input, least } = buyOf();
  const quoted = sdk.Curve.buyExactIn({
    poolInfo: sdk.LaunchpadPool.decode(pool),
    amountB: bn(input),
    ...rates,
    curveType: 0,
    shareFeeRate: zero,
    transferFeeConfigA: undefined,
    slot: 0,
  });
  const instruction = sdk.buyExactInInstruction(
    LAUNCHLAB,
    buyer,
    sdk.getPdaLaunchpadAuth(LAUNCHLAB).publicKey,
    configId,
    platformId,
    poolId,
    sdk.getATAAddress(buyer, mint, tokenProgram).publicKey,
    sdk.getATAAddress(buyer, WSOL, TOKEN).publicKey,
    vaultA,
    vaultB,
    mint,
    WSOL,
    tokenProgram,
    TOKEN,
    sdk.getPdaPlatformVault(LAUNCHLAB, platformId, WSOL).publicKey,
    sdk.getPdaCreatorVault(LAUNCHLAB, creator, WSOL).publicKey,
    bn(input),
    bn(least),
  );
  return {
    venue: "bonk",
    mint: mint.toBase58(),
    tokenProgram: tokenProgram.toBase58(),
    accounts: [
      account(poolId, LAUNCHLAB, pool),
      account(configId, LAUNCHLAB, config),
      account(platformId, LAUNCHLAB, platform),
    ],
    buyer: buyer.toBase58(),
    input,
    least,
    tokensOut: quoted.amountA.amount.toString(),
    graduatedPool: graduatedPool.toBase58(),
    instruction: described(instruction),
  };
};

const cpmm = () => {
  // The bytes of wrapped SOL start with a 6. A mint with smaller bytes is the pool's first mint.
  const [mint, tokenProgram] = [pick(key(1), key(200)), pick(TOKEN, TOKEN_2022)];
  const index = Number(random.between(0n, 7n));
  const configId = sdk.getCpmmPdaAmmConfigId(CPMM, index).publicKey;
  const isSolFirst = Buffer.compare(WSOL.toBuffer(), mint.toBuffer()) < 0;
  const [mintA, mintB] = isSolFirst ? [WSOL, mint] : [mint, WSOL];
  const poolId = sdk.getCpmmPdaPoolId(CPMM, configId, mintA, mintB).publicKey;
  const [solVault, tokenVault] = [WSOL, mint].map((of) => sdk.getPdaVault(CPMM, poolId, of).publicKey);
  const observationId = sdk.getPdaObservationId(CPMM, poolId).publicKey;
  const aside = () => random.digits(1n, 10n ** 7n);
  const names = ["protocolFeesMint", "fundFeesMint", "creatorFeesMint"];
  const asideA = names.map((name) => [`${name}A`, aside()]);
  const asideB = names.map((name) => [`${name}B`, aside()]);
  const [feeOn, hasCreatorFee] = [pick(0, 1, 2), pick(true, false)];
  const pool = encode(sdk.CpmmPoolInfoLayout, "f7ede3f5d7c3de46", {
    ...Object.fromEntries([...asideA, ...asideB].map(([name, value]) => [name, bn(value)])),
    configId,
    poolCreator: key(),
    vaultA: isSolFirst ? solVault : tokenVault,
    vaultB: isSolFirst ? tokenVault : solVault,
    mintLp: key(),
    mintA,
    mintB,
    mintProgramA: isSolFirst ? TOKEN : tokenProgram,
    mintProgramB: isSolFirst ? tokenProgram : TOKEN,
    observationId,
    bump: 254,
    // Deposits and withdrawals may be disabled. Swaps stay enabled.
    status: pick(0, 1, 3),
    lpDecimals: 9,
    mintDecimalA: 9,
    mintDecimalB: 6,
    lpAmount: bn(10n ** 12n),
    openTime: bn(1_700_000_000),
    epoch: bn(900),
    feeOn,
    enableCreatorFee: hasCreatorFee,
  });
  const rates = {
    trade: random.between(100n, 40_000n),
    protocol: random.between(0n, 200_000n),
    fund: random.between(0n, 100_000n),
    creator: random.between(1n, 20_000n),
  };
  const config = encode(sdk.CpmmConfigInfoLayout, "daf42168cbcb2b6f", {
    bump: 253,
    disableCreatePool: false,
    index,
    tradeFeeRate: bn(rates.trade),
    protocolFeeRate: bn(rates.protocol),
    fundFeeRate: bn(rates.fund),
    createPoolFee: bn(150_000_000),
    protocolOwner: key(),
    fundOwner: key(),
    creatorFeeRate: bn(rates.creator),
    creatorFeeShareRate: bn(0),
  });
  const [lamports, tokens] = [
    random.between(2n * 10n ** 9n, 10n ** 12n),
    random.between(10n ** 12n, 10n ** 15n),
  ];
  const sum = (sides) => sides.reduce((total, [, value]) => total + value, 0n);
  const [solAside, tokenAside] = isSolFirst ? [sum(asideA), sum(asideB)] : [sum(asideB), sum(asideA)];
  const { buyer, input, least } = buyOf();
  // This is the program's `is_creator_fee_on_input`. The SDK's own choice ignores the direction.
  const isOnSol = feeOn === 0 || (feeOn === 1) === isSolFirst;
  const creatorRate = hasCreatorFee ? rates.creator : 0n;
  const [inputRate, outputRate] = isOnSol ? [rates.trade + creatorRate, 0n] : [rates.trade, creatorRate];
  const { outputAmount } = sdk.CurveCalculator.swapBaseInput(
    bn(input),
    bn(lamports - solAside),
    bn(tokens - tokenAside),
    bn(inputRate),
    bn(outputRate),
    bn(rates.protocol),
    bn(rates.fund),
    isOnSol,
  );
  const instruction = sdk.makeSwapCpmmBaseInInstruction(
    CPMM,
    buyer,
    sdk.getPdaPoolAuthority(CPMM).publicKey,
    configId,
    poolId,
    sdk.getATAAddress(buyer, WSOL, TOKEN).publicKey,
    sdk.getATAAddress(buyer, mint, tokenProgram).publicKey,
    solVault,
    tokenVault,
    TOKEN,
    tokenProgram,
    WSOL,
    mint,
    observationId,
    bn(input),
    bn(least),
  );
  return {
    venue: "cpmm",
    mint: mint.toBase58(),
    tokenProgram: tokenProgram.toBase58(),
    accounts: [
      account(poolId, CPMM, pool),
      account(configId, CPMM, config),
      tokenAccount(solVault, TOKEN, lamports),
      tokenAccount(tokenVault, tokenProgram, tokens),
    ],
    buyer: buyer.toBase58(),
    input,
    least,
    tokensOut: outputAmount.toString(),
    instruction: described(instruction),
  };
};

const many = (one) => Array.from({ length: COUNT }, one);
write(join(folder, "raydium-accounts.json"), versionOf("@raydium-io/raydium-sdk-v2"), SEED, [
  ...many(bonk),
  ...many(cpmm),
]);
