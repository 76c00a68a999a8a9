/**
 * Generates PumpSwap pools as account bytes of every length that they ever had, with the official SDK's reading, quotes and
 * accounts of a buy. Run `node pumpswap-accounts.mjs [file]`.
 */
import { createRandom, require, versionOf, write } from "./common.mjs";

const sdk = require("@pump-fun/pump-swap-sdk");
const { getAssociatedTokenAddressSync } = require("@solana/spl-token");
const { PublicKey } = require("@solana/web3.js");
const BN = require("bn.js");

const SEED = 20261127;
const COUNT = 60;
const random = createRandom(SEED);
const bn = (value) => new BN(String(value));
/** The SDK chooses fee recipients at random. We make it choose the first. */
Math.random = () => 0;

const WSOL = new PublicKey("So11111111111111111111111111111111111111112");
const TOKEN = new PublicKey("TokenkegQfeZyiNwAJbNbGKPFXCWuBvf9Ss623VQ5DA");
const TOKEN_2022 = new PublicKey("TokenzQdBNbLqP5VEhdkAS6EPFLC1PHnBqCXEpPxuEb");
const PUMP = new PublicKey("6EF8rrecthR5Dkzon8Nwu78hRvfCKubJ14M5uBEwF6P");
const AMM = new PublicKey("pAMMBay6oceH9fJKBRHGP5D4bD4sWpmSwMn52FMfXEA");
const FEES = new PublicKey("pfeeUxB6jkeY1Hxd7CsFCAjcbHA9rWtchMGdZ6VojVZ");
const derived = (program, ...seeds) => PublicKey.findProgramAddressSync(seeds, program)[0];
const GLOBAL_CONFIG = derived(AMM, Buffer.from("global_config"));
const FEE_CONFIG = derived(FEES, Buffer.from("fee_config"), AMM.toBuffer());

const pick = (...choices) => choices[Number(random.between(0n, BigInt(choices.length - 1)))];
const bytes = (count) => Buffer.from(Array.from({ length: count }, () => Number(random.between(0n, 255n))));
const key = () => new PublicKey(bytes(32));
const little = (value, size) => {
  const unsigned = BigInt.asUintN(8 * size, BigInt(value));
  return Buffer.from(Array.from({ length: size }, (_, at) => Number((unsigned >> BigInt(8 * at)) & 255n)));
};
const u64 = (value) => little(value, 8);
const flag = (isSet) => Buffer.of(isSet ? 1 : 0);
const keys = (count) => Buffer.concat(Array.from({ length: count }, () => key().toBuffer()));
const sized = (data, size) =>
  Buffer.concat([data, Buffer.alloc(Math.max(0, size - data.length))]).subarray(0, size);

/** Encodes an account in Borsh, field by field in the IDL's order. The SDK decodes it again. */
const globalConfig = (isConfigurable, size) =>
  sized(
    Buffer.concat([
      Buffer.from("95089ccaa0fcb0d9", "hex"),
      ...[key().toBuffer(), u64(20), u64(5), Buffer.of(0), keys(8), u64(5), keys(3), flag(true)],
      ...[keys(7), flag(true), keys(8), u64(5_000), key().toBuffer(), flag(true), flag(isConfigurable)],
      u64(300),
    ]),
    size,
  );

const fees = () => Buffer.concat([30n, 100n, 100n].map((most) => u64(random.between(0n, most))));
const tiers = () => {
  const count = Number(random.between(1n, 6n));
  let threshold = 0n;
  const entries = Array.from({ length: count }, () => {
    const entry = Buffer.concat([little(threshold, 16), fees()]);
    threshold += random.digits(1_000_000_000n, 400_000_000_000_000n);
    return entry;
  });
  return Buffer.concat([little(count, 4), ...entries]);
};
const feeConfig = () => {
  const head = [Buffer.from("8f3492bbdb7b4c9b", "hex"), Buffer.of(255), key().toBuffer(), fees()];
  return sized(Buffer.concat([...head, tiers(), tiers(), fees()]), pick(4_073, 4_097));
};

const tokenAccount = (amount) => {
  const data = Buffer.alloc(165);
  data.writeBigUInt64LE(amount, 64);
  return data;
};

const info = (owner, data) => ({ data, executable: false, lamports: 1, owner });

const draw = () => {
  const [mint, tokenProgram, buyer] = [key(), pick(TOKEN, TOKEN_2022), key()];
  const authority = derived(PUMP, Buffer.from("pool-authority"), mint.toBuffer());
  const pool = derived(
    AMM,
    Buffer.from("pool"),
    u64(0).subarray(0, 2),
    authority.toBuffer(),
    mint.toBuffer(),
    WSOL.toBuffer(),
  );
  const [tokenVault, solVault] = [
    getAssociatedTokenAddressSync(mint, pool, true, tokenProgram),
    getAssociatedTokenAddressSync(WSOL, pool, true, TOKEN),
  ];
  const tokens = random.digits(1_000_000_000n, 1_000_000_000_000_000n);
  const lamports = random.digits(1_000_000_000n, 10_000_000_000_000n);
  const isCashback = random.between(0n, 3n) === 0n;
  const poolData = sized(
    Buffer.concat([
      Buffer.from("f19a6d0411b16dbc", "hex"),
      ...[
        Buffer.of(254),
        Buffer.alloc(2),
        authority.toBuffer(),
        mint.toBuffer(),
        WSOL.toBuffer(),
        key().toBuffer(),
      ],
      ...[tokenVault.toBuffer(), solVault.toBuffer(), u64(10n ** 12n)],
      random.between(0n, 4n) === 0n ? Buffer.alloc(32) : key().toBuffer(),
      ...[flag(random.between(0n, 3n) === 0n), flag(isCashback)],
      little(pick(0n, -random.between(1n, lamports / 2n), random.between(1n, lamports)), 16),
      ...[u64(isCashback ? 0n : pick(0n, random.between(1n, 300n))), flag(true)],
    ]),
    pick(211, 243, 244, 245, 261, 270, 300, 301, 301, 301),
  );
  const configData = globalConfig(pick(true, true, false), pick(940, 949));
  const feeData = feeConfig();
  const supply = random.digits(tokens, 1_000_000_000_000_000n);
  const input = random.digits(1_000_000n, 100_000_000_000n);
  const least = random.between(1n, 10n ** 12n);
  return {
    ...{ mint, tokenProgram, buyer, pool, tokenVault, solVault, tokens, lamports },
    ...{ poolData, configData, feeData, supply, input, least },
  };
};

/** Returns the SDK's reading of the bytes. */
const answer = async (drawn) => {
  const { mint, tokenProgram, buyer, pool, tokens, lamports, supply, input, least } = drawn;
  const state = {
    globalConfig: sdk.PUMP_AMM_SDK.decodeGlobalConfig(info(AMM, drawn.configData)),
    feeConfig: sdk.PUMP_AMM_SDK.decodeFeeConfig(info(FEES, drawn.feeData)),
    poolKey: pool,
    poolAccountInfo: info(AMM, drawn.poolData),
    pool: sdk.PUMP_AMM_SDK.decodePool(info(AMM, drawn.poolData)),
    poolBaseAmount: bn(tokens),
    poolQuoteAmount: bn(lamports),
    baseTokenProgram: tokenProgram,
    quoteTokenProgram: TOKEN,
    baseMint: mint,
    baseMintAccount: { supply },
    user: buyer,
    userBaseTokenAccount: getAssociatedTokenAddressSync(mint, buyer, true, tokenProgram),
    userQuoteTokenAccount: getAssociatedTokenAddressSync(WSOL, buyer, true, TOKEN),
    userBaseAccountInfo: null,
    userQuoteAccountInfo: null,
  };
  const { pool: read } = state;
  const { base, internalQuoteWithoutFees } = sdk.buyQuoteInput({
    ...{ quote: bn(input), slippage: 0, baseReserve: bn(tokens), quoteReserve: bn(lamports) },
    ...{ virtualQuoteReserves: read.virtualQuoteReserves, globalConfig: state.globalConfig, baseMint: mint },
    ...{ baseMintAccount: { supply }, coinCreator: read.coinCreator, creator: read.creator },
    ...{ feeConfig: state.feeConfig, quoteMint: read.quoteMint, isMayhemMode: read.isMayhemMode },
    creatorFeeBps: read.creatorFeeBps,
  });
  // Both instructions have the same accounts. The SDK builds only the instruction with an exact output.
  const built = await sdk.PUMP_AMM_SDK.buyInstructions(state, bn(least), bn(input));
  const buy = built.findLast((each) => each.programId.equals(AMM));
  const data = sdk.OFFLINE_PUMP_AMM_PROGRAM.coder.instruction.encode("buyExactQuoteIn", {
    spendableQuoteIn: bn(input),
    minBaseAmountOut: bn(least),
    trackVolume: { 0: true },
  });
  return {
    tokensOut: BigInt(base.toString()),
    net: BigInt(internalQuoteWithoutFees.toString()),
    isCashback: read.isCashbackCoin,
    instruction: {
      keys: buy.keys.map(({ pubkey, isSigner, isWritable }) => [pubkey.toBase58(), isSigner, isWritable]),
      data: data.toString("hex"),
    },
  };
};

/** Removes the zeros at the end, which are most of a fee configuration. */
const account = (address, owner, data) => ({
  address: address.toBase58(),
  owner: owner.toBase58(),
  size: data.length,
  data: data.subarray(0, data.findLastIndex((byte) => byte !== 0) + 1).toString("base64"),
});

const vectors = [];
while (vectors.length < COUNT) {
  const drawn = draw();
  const answered = await answer(drawn);
  if (answered.tokensOut <= 0n) continue;
  const { mint, tokenProgram, buyer, supply, input, least } = drawn;
  vectors.push({
    ...{
      mint: mint.toBase58(),
      tokenProgram: tokenProgram.toBase58(),
      buyer: buyer.toBase58(),
      supply,
      input,
      least,
    },
    accounts: [
      account(drawn.pool, AMM, drawn.poolData),
      account(GLOBAL_CONFIG, AMM, drawn.configData),
      account(FEE_CONFIG, FEES, drawn.feeData),
      account(drawn.tokenVault, tokenProgram, tokenAccount(drawn.tokens)),
      account(drawn.solVault, TOKEN, tokenAccount(drawn.lamports)),
    ],
    ...answered,
  });
}
const file = process.argv[2] ?? "../vectors/pumpswap-accounts.json";
write(file, versionOf("@pump-fun/pump-swap-sdk"), SEED, vectors);
