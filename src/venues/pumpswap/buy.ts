/**
 * A buy from a PumpSwap pool: `buy_exact_quote_in`, exact lamports in. Account order: the IDL named in program.ts; the
 * accounts after the twenty-three are those that the SDK appends.
 */
import type { AccountMeta, Address, Instruction } from "@solana/kit";
import { SYSTEM_PROGRAM_ADDRESS } from "@solana-program/system";
import { ASSOCIATED_TOKEN_PROGRAM_ADDRESS, TOKEN_PROGRAM_ADDRESS } from "@solana-program/token";
import { reads, signs, writes } from "../accounts.ts";
import { instructionData } from "../instruction-data.ts";
import { feeConfigOf, PUMP_FEES_PROGRAM } from "../pump-fees.ts";
import { TOKEN_ACCOUNT_RENT, WRAPPED_SOL_MINT } from "../token-layout.ts";
import type { BuiltBuy, DirectBuy } from "../venue.ts";
import { buyWithWrappedSol } from "../wrapped-buy.ts";
import { tokenAccountOf } from "../wrapped-sol.ts";
import { NOBODY, type PumpswapMarket } from "./market.ts";
import {
  BUY_EXACT_QUOTE_IN,
  creatorVaultAuthorityOf,
  eventAuthority,
  globalConfigAddress,
  globalVolume,
  PUMPSWAP_PROGRAM,
  secondPoolOf,
  userVolumeOf,
} from "./program.ts";

/** 137 bytes: taken from the buyer with a wallet's first buy. */
const USER_VOLUME_RENT = 1_844_400n;

const wrappedOf = (owner: Address): Promise<Address> =>
  tokenAccountOf(owner, WRAPPED_SOL_MINT, TOKEN_PROGRAM_ADDRESS);

/** Where a creator's share of the fees goes. */
export const creatorAccountOf = async (creator: Address): Promise<Address> =>
  wrappedOf(await creatorVaultAuthorityOf(creator));

const furtherAccounts = async (market: PumpswapMarket, buyer: Address): Promise<AccountMeta[]> => {
  const { buybackFeeRecipient: buyback } = market;
  return [
    ...(market.isCashback ? [writes(await wrappedOf(await userVolumeOf(buyer)))] : []),
    ...(market.creator === null ? [] : [reads(await secondPoolOf(market.mint))]),
    ...(buyback === NOBODY ? [] : [reads(buyback), writes(await wrappedOf(buyback))]),
  ];
};

export const instructions = async (market: PumpswapMarket, buy: DirectBuy): Promise<BuiltBuy> => {
  const { mint, tokenProgram, feeRecipient } = market;
  const creator = market.creator ?? NOBODY;
  const volume = await userVolumeOf(buy.buyer);
  const creatorAccount = await creatorAccountOf(creator);
  const opens = (account: Address, rent: bigint): bigint =>
    (buy.fetched.accounts.get(account)?.lamports ?? 0n) > 0n ? 0n : rent;
  return buyWithWrappedSol(
    market,
    buy,
    async ({ token, wrapped }): Promise<Instruction> => ({
      programAddress: PUMPSWAP_PROGRAM,
      accounts: [
        writes(market.pool),
        signs(buy.buyer),
        reads(await globalConfigAddress()),
        reads(mint),
        reads(WRAPPED_SOL_MINT),
        writes(token),
        writes(wrapped),
        writes(market.tokenVault),
        writes(market.solVault),
        reads(feeRecipient),
        writes(await wrappedOf(feeRecipient)),
        reads(tokenProgram),
        reads(TOKEN_PROGRAM_ADDRESS),
        reads(SYSTEM_PROGRAM_ADDRESS),
        reads(ASSOCIATED_TOKEN_PROGRAM_ADDRESS),
        reads(await eventAuthority()),
        reads(PUMPSWAP_PROGRAM),
        writes(creatorAccount),
        reads(await creatorVaultAuthorityOf(creator)),
        reads(await globalVolume()),
        writes(volume),
        reads(await feeConfigOf(PUMPSWAP_PROGRAM)),
        reads(PUMP_FEES_PROGRAM),
        ...(await furtherAccounts(market, buy.buyer)),
      ],
      // track_volume: OptionBool(true)
      data: instructionData(BUY_EXACT_QUOTE_IN, [buy.lamports, buy.minTokensOut], [1]),
    }),
    opens(volume, USER_VOLUME_RENT) + opens(creatorAccount, TOKEN_ACCOUNT_RENT),
  );
};
