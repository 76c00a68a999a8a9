/**
 * Defines the swap instruction of each venue that we call directly: its accounts in order, and its data, as
 * the program's interface defines them. If a program has several buy instructions, we accept any of them,
 * because they have the same price.
 *
 * We derive everything from what was meant. We take an account from the venue's reading of the market only if
 * it does not follow from the mint. This file does not decide which market belongs to the token.
 */
import type { Address } from "@solana/kit";
import type { VenueCode } from "../engine/ports.ts";
import * as launchlab from "../venues/bonk/program.ts";
import { NOBODY } from "../venues/bytes.ts";
import * as cpmm from "../venues/cpmm/program.ts";
import * as heaven from "../venues/heaven/program.ts";
import * as damm from "../venues/meteora/damm-program.ts";
import * as dbc from "../venues/meteora/program.ts";
import { feeConfigOf, PUMP_FEES_PROGRAM } from "../venues/pump-fees.ts";
import * as pump from "../venues/pumpfun/program.ts";
import * as pumpswap from "../venues/pumpswap/program.ts";
import { WRAPPED_SOL_MINT as WSOL } from "../venues/token-layout.ts";
import { ASSOCIATED_TOKEN, accountOf, exactly, SYSTEM, TOKEN, u32, u64 } from "./instructions.ts";
import type { Exactly } from "./slots.ts";
import type { SwapScene } from "./swap-scene.ts";

/** One of the buys of a program. */
export type SwapVersion = {
  readonly program: Address;
  /** The data begin with these bytes. No two versions of a program begin the same. */
  readonly discriminator: readonly number[];
  accounts(): Promise<readonly Address[]>;
  /** The data after the discriminator. */
  readonly rest: readonly ArrayLike<number>[];
};

type Swap = (scene: SwapScene) => Promise<readonly SwapVersion[]>;

export const instructionOf = async ({
  program,
  discriminator,
  accounts,
  rest,
}: SwapVersion): Promise<Exactly> => exactly(program, await accounts(), discriminator, ...rest);

const amountsOf = ({ lamports, leastTokens }: SwapScene): readonly ArrayLike<number>[] => [
  u64(lamports),
  u64(leastTokens),
];

const wrappedOf = (owner: Address): Promise<Address> => accountOf(owner, WSOL, TOKEN);

const PUMP = {
  v3: [225, 247, 80, 30, 213, 179, 132, 136],
  v2: [194, 171, 28, 70, 104, 77, 91, 47],
  first: [56, 252, 116, 8, 158, 223, 205, 95],
};

const pumpCurve: Swap = async (scene) => {
  const { buyer, mint, tokenProgram, token } = scene;
  const amounts = amountsOf(scene);
  const buyback = scene.at("buybackFeeRecipient");
  const fees = scene.at("feeRecipient");
  const curve = await pump.curveOf(mint);
  const curveToken = await accountOf(curve, mint, tokenProgram);
  const vault = (): Promise<Address> => pump.creatorVaultOf(scene.maybe("creator") ?? NOBODY);
  const volume = await pump.userVolumeOf(buyer);
  const [global, events, feeConfig, globalVolume] = await Promise.all([
    pump.globalAddress(),
    pump.eventAuthority(),
    feeConfigOf(pump.PUMP_PROGRAM),
    pump.globalVolume(),
  ]);
  // biome-ignore format: one account a column, as in the programs' documents
  const v3 = async () => [
    global, mint, WSOL, tokenProgram, TOKEN, curve, curveToken, await wrappedOf(curve), buyer, token,
    await wrappedOf(buyer), volume, feeConfig, buyback, SYSTEM, events, pump.PUMP_PROGRAM,
  ];
  // biome-ignore format: see above
  const v2 = async () => [
    global, mint, WSOL, tokenProgram, TOKEN, ASSOCIATED_TOKEN, fees, await wrappedOf(fees), buyback,
    await wrappedOf(buyback), curve, curveToken, await wrappedOf(curve), buyer, token, await wrappedOf(buyer),
    await vault(), await wrappedOf(await vault()), await pump.sharingConfigOf(mint), globalVolume, volume,
    await wrappedOf(volume), feeConfig, PUMP_FEES_PROGRAM, SYSTEM, events, pump.PUMP_PROGRAM,
  ];
  // biome-ignore format: see above
  const first = async () => [
    global, fees, mint, curve, curveToken, token, buyer, SYSTEM, tokenProgram, await vault(), events, pump.PUMP_PROGRAM,
    globalVolume, volume, feeConfig, PUMP_FEES_PROGRAM, await pump.secondCurveOf(mint),
    ...(buyback === NOBODY ? [] : [buyback]),
  ];
  const program = pump.PUMP_PROGRAM;
  return [
    { program, discriminator: PUMP.v3, accounts: v3, rest: [...amounts, [0]] },
    { program, discriminator: PUMP.v2, accounts: v2, rest: amounts },
    { program, discriminator: PUMP.first, accounts: first, rest: [...amounts, [1]] },
  ];
};

const PUMPSWAP = {
  v2: [194, 171, 28, 70, 104, 77, 91, 47],
  older: [198, 46, 21, 82, 180, 217, 232, 112],
};

const pumpPool: Swap = async (scene) => {
  const { buyer, mint, tokenProgram } = scene;
  const amounts = amountsOf(scene);
  const pool = scene.at("pool");
  const [fees, buyback] = [scene.at("feeRecipient"), scene.at("buybackFeeRecipient")];
  const creator = scene.maybe("creator");
  const vaultAuthority = (): Promise<Address> => pumpswap.creatorVaultAuthorityOf(creator ?? NOBODY);
  const volume = await pumpswap.userVolumeOf(buyer);
  const [events, feeConfig] = await Promise.all([
    pumpswap.eventAuthority(),
    feeConfigOf(pumpswap.PUMPSWAP_PROGRAM),
  ]);
  // biome-ignore format: one account a column, as in the programs' documents
  const trade = [
    pool, buyer, await pumpswap.globalConfigAddress(), mint, WSOL, scene.token, scene.wrapped,
    scene.at("tokenVault"), scene.at("solVault"),
  ];
  // biome-ignore format: see above
  const v2 = async () => [
    ...trade, tokenProgram, TOKEN, SYSTEM, volume, feeConfig, await wrappedOf(buyback), events,
    pumpswap.PUMPSWAP_PROGRAM,
  ];
  // biome-ignore format: see above
  const older = async () => [
    ...trade, fees, await wrappedOf(fees), tokenProgram, TOKEN, SYSTEM, ASSOCIATED_TOKEN, events,
    pumpswap.PUMPSWAP_PROGRAM, await wrappedOf(await vaultAuthority()), await vaultAuthority(),
    await pumpswap.globalVolume(), volume, feeConfig, PUMP_FEES_PROGRAM,
    ...(scene.is("isCashback") ? [await wrappedOf(volume)] : []),
    ...(creator === null ? [] : [await pumpswap.secondPoolOf(mint)]),
    ...(buyback === NOBODY ? [] : [buyback, await wrappedOf(buyback)]),
  ];
  const program = pumpswap.PUMPSWAP_PROGRAM;
  return [
    { program, discriminator: PUMPSWAP.v2, accounts: v2, rest: amounts },
    { program, discriminator: PUMPSWAP.older, accounts: older, rest: [...amounts, [1]] },
  ];
};

const cpmmPool: Swap = async (scene) => {
  const { buyer, mint, tokenProgram, token, wrapped } = scene;
  const pool = scene.at("pool");
  // biome-ignore format: one account a column, as in the program's source
  const accounts = [
    buyer, await cpmm.authorityAddress(), scene.at("config"), pool, wrapped, token, await cpmm.vaultOf(pool, WSOL),
    await cpmm.vaultOf(pool, mint), TOKEN, tokenProgram, WSOL, mint, await cpmm.observationOf(pool),
  ];
  const amounts = amountsOf(scene);
  const discriminator = [143, 190, 90, 218, 196, 30, 51, 222];
  return [{ program: cpmm.CPMM_PROGRAM, discriminator, accounts: async () => accounts, rest: amounts }];
};

const launchLabCurve: Swap = async (scene) => {
  const { buyer, mint, tokenProgram, token, wrapped } = scene;
  const platform = scene.at("platform");
  const feeVaults = await launchlab.feeVaultsOf({ platform, creator: scene.maybe("creator") ?? NOBODY });
  // biome-ignore format: one account a column, as in the program's interface
  const accounts = [
    buyer, await launchlab.authorityAddress(), scene.at("config"), platform, scene.at("pool"), token, wrapped,
    scene.at("tokenVault"), scene.at("solVault"), mint, WSOL, tokenProgram, TOKEN, await launchlab.eventAuthority(),
    launchlab.LAUNCHLAB_PROGRAM, SYSTEM, ...feeVaults,
  ];
  // The last amount is a third party's share of the fees: none.
  const rest = [...amountsOf(scene), u64(0n)];
  const discriminator = [250, 234, 13, 123, 213, 156, 19, 236];
  return [{ program: launchlab.LAUNCHLAB_PROGRAM, discriminator, accounts: async () => accounts, rest }];
};

const METEORA = { swap2: [65, 75, 63, 76, 235, 91, 91, 136], swap: [248, 198, 158, 145, 225, 117, 135, 200] };

/**
 * The curve, or the pool that it migrates to. The curve takes one more account, its configuration; a pool takes none.
 */
const meteora: Swap = async (scene) => {
  const isCurve = scene.kind() === "curve";
  const program = isCurve ? dbc.DBC_PROGRAM : damm.DAMM_PROGRAM;
  // biome-ignore format: one account a column, as in the programs' interfaces
  const accounts = async () => [
    isCurve ? dbc.POOL_AUTHORITY : damm.DAMM_AUTHORITY, ...(isCurve ? [scene.at("config")] : []), scene.at("pool"),
    scene.wrapped, scene.token, scene.at("tokenVault"), scene.at("solVault"), scene.mint, WSOL, scene.buyer,
    scene.tokenProgram, TOKEN, program, await (isCurve ? dbc.eventAuthority() : damm.dammEventAuthority()), program,
  ];
  const amounts = amountsOf(scene);
  return [
    { program, discriminator: METEORA.swap2, accounts, rest: [...amounts, [0]] },
    { program, discriminator: METEORA.swap, accounts, rest: amounts },
  ];
};

const heavenPool: Swap = async (scene) => {
  const { buyer, mint, tokenProgram, token, wrapped } = scene;
  // biome-ignore format: one account a column, as in the program's interface
  const accounts = [
    tokenProgram, TOKEN, ASSOCIATED_TOKEN, SYSTEM, scene.at("pool"), buyer, mint, WSOL, token, wrapped,
    scene.at("tokenVault"), scene.at("solVault"), scene.at("config"), heaven.INSTRUCTIONS_SYSVAR,
    heaven.CHAINLINK_PROGRAM, heaven.SOL_USD_FEED,
  ];
  const amounts = amountsOf(scene);
  const discriminator = [0x66, 0x06, 0x3d, 0x12, 0x01, 0xda, 0xeb, 0xea];
  // The data end with a text of length 0.
  const rest = [...amounts, u32(0)];
  return [{ program: heaven.HEAVEN_PROGRAM, discriminator, accounts: async () => accounts, rest }];
};

export const DIRECT_SWAPS: Readonly<Record<Exclude<VenueCode, "jupiter">, Swap>> = {
  pumpfun: pumpCurve,
  pumpswap: pumpPool,
  cpmm: cpmmPool,
  bonk: launchLabCurve,
  meteora,
  heaven: heavenPool,
};
