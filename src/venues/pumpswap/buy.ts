/**
 * Builds a buy from a PumpSwap pool: exact lamports in, with one of two instructions of the same price (see
 * `BUY_VERSIONS`).
 *
 * Instructions before and after it manage the buyer's token account, and a wrapped-SOL account with the buy's
 * lamports.
 */
import type { AccountMeta, Address, Instruction } from "@solana/kit";
import { SYSTEM_PROGRAM_ADDRESS } from "@solana-program/system";
import { ASSOCIATED_TOKEN_PROGRAM_ADDRESS, TOKEN_PROGRAM_ADDRESS } from "@solana-program/token";
import { reads, signs, writes } from "../accounts.ts";
import { NOBODY } from "../bytes.ts";
import { instructionData } from "../instruction-data.ts";
import { feeConfigOf, PUMP_FEES_PROGRAM } from "../pump-fees.ts";
import { WRAPPED_SOL_MINT } from "../token-layout.ts";
import type { BuiltBuy, DirectBuy } from "../venue.ts";
import { type BuyerAccounts, buyWithWrappedSol } from "../wrapped-buy.ts";
import type { PumpswapMarket } from "./market.ts";
import {
  BUY_EXACT_QUOTE_IN,
  BUY_EXACT_QUOTE_IN_V2,
  creatorVaultAuthorityOf,
  eventAuthority,
  globalConfigAddress,
  globalVolume,
  PUMPSWAP_PROGRAM,
  secondPoolOf,
  userVolumeOf,
  wrappedOf,
} from "./program.ts";
import { rentsOfOlder, rentsOfV2 } from "./rents.ts";

type Parts = { readonly market: PumpswapMarket; readonly buyer: Address; readonly accounts: BuyerAccounts };

/** The first accounts of both instructions. */
const trade = async ({ market, buyer, accounts }: Parts): Promise<AccountMeta[]> => [
  writes(market.pool),
  signs(buyer),
  reads(await globalConfigAddress()),
  reads(market.mint),
  reads(WRAPPED_SOL_MINT),
  writes(accounts.token),
  writes(accounts.wrapped),
  writes(market.tokenVault),
  writes(market.solVault),
];

/** Source: pump.fun's public documentation, `PUMP_SWAP_TRADE_V2.md`, and the builders' tests of pump-swap-sdk 2.1.0. */
const accountsOfV2 = async (parts: Parts): Promise<AccountMeta[]> => [
  ...(await trade(parts)),
  reads(parts.market.tokenProgram),
  reads(TOKEN_PROGRAM_ADDRESS),
  reads(SYSTEM_PROGRAM_ADDRESS),
  writes(await userVolumeOf(parts.buyer)),
  reads(await feeConfigOf(PUMPSWAP_PROGRAM)),
  writes(await wrappedOf(parts.market.buybackFeeRecipient)),
  reads(await eventAuthority()),
  reads(PUMPSWAP_PROGRAM),
];

/** Source: the IDL named in program.ts. Its SDK appends the accounts after the first twenty-three. */
const accountsOfOlder = async (parts: Parts): Promise<AccountMeta[]> => {
  const { market, buyer } = parts;
  const { feeRecipient, buybackFeeRecipient: buyback } = market;
  const volume = await userVolumeOf(buyer);
  const vaultAuthority = await creatorVaultAuthorityOf(market.creator ?? NOBODY);
  return [
    ...(await trade(parts)),
    reads(feeRecipient),
    writes(await wrappedOf(feeRecipient)),
    reads(market.tokenProgram),
    reads(TOKEN_PROGRAM_ADDRESS),
    reads(SYSTEM_PROGRAM_ADDRESS),
    reads(ASSOCIATED_TOKEN_PROGRAM_ADDRESS),
    reads(await eventAuthority()),
    reads(PUMPSWAP_PROGRAM),
    writes(await wrappedOf(vaultAuthority)),
    reads(vaultAuthority),
    reads(await globalVolume()),
    writes(volume),
    reads(await feeConfigOf(PUMPSWAP_PROGRAM)),
    reads(PUMP_FEES_PROGRAM),
    ...(market.isCashback ? [writes(await wrappedOf(volume))] : []),
    ...(market.creator === null ? [] : [reads(await secondPoolOf(market.mint))]),
    ...(buyback === NOBODY ? [] : [reads(buyback), writes(await wrappedOf(buyback))]),
  ];
};

type Version = {
  readonly name: string;
  readonly discriminator: readonly number[];
  /** The bytes after the two amounts. */
  readonly tail: readonly number[];
  accounts(parts: Parts): Promise<AccountMeta[]>;
  /** The lamports that the program takes from the buyer for accounts that do not exist yet, or that it extends. */
  rents(market: PumpswapMarket, buy: DirectBuy): Promise<bigint>;
};

/** Seventeen accounts: the fees stay in the pool until someone collects them. */
const V2: Version = {
  name: "buy_exact_quote_in_v2",
  discriminator: BUY_EXACT_QUOTE_IN_V2,
  tail: [],
  accounts: accountsOfV2,
  rents: rentsOfV2,
};
const OLDER: Version = {
  name: "buy_exact_quote_in",
  discriminator: BUY_EXACT_QUOTE_IN,
  // track_volume: OptionBool(true)
  tail: [1],
  accounts: accountsOfOlder,
  rents: rentsOfOlder,
};

/** Newest first: a deployed program may lack the newer version. */
export const BUY_VERSIONS: readonly Version[] = [V2, OLDER];

/** The newer version refuses coins that return their fees to buyers (6079), and always needs a buyback recipient. */
const versionFor = (market: PumpswapMarket, version: number): Version =>
  version > 0 || market.isCashback || market.buybackFeeRecipient === NOBODY ? OLDER : V2;

/** @param version an index of {@link BUY_VERSIONS} */
export const instructions = async (
  market: PumpswapMarket,
  buy: DirectBuy,
  version: number,
): Promise<BuiltBuy> => {
  const chosen = versionFor(market, version);
  return buyWithWrappedSol(
    market,
    buy,
    async (accounts): Promise<Instruction> => ({
      programAddress: PUMPSWAP_PROGRAM,
      accounts: await chosen.accounts({ market, buyer: buy.buyer, accounts }),
      data: instructionData(chosen.discriminator, [buy.lamports, buy.minTokensOut], chosen.tail),
    }),
    await chosen.rents(market, buy),
  );
};
