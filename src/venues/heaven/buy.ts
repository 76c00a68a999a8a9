/**
 * Builds a buy from a Heaven pool: `buy`, exact lamports in. Account order: IDL 0.2.0. The price feed and its program
 * follow the fourteen accounts; every client of the program appends them.
 */
import type { Instruction } from "@solana/kit";
import { SYSTEM_PROGRAM_ADDRESS } from "@solana-program/system";
import { ASSOCIATED_TOKEN_PROGRAM_ADDRESS, TOKEN_PROGRAM_ADDRESS } from "@solana-program/token";
import { reads, signs, writes } from "../accounts.ts";
import { instructionData } from "../instruction-data.ts";
import { WRAPPED_SOL_MINT } from "../token-layout.ts";
import type { BuiltBuy, DirectBuy } from "../venue.ts";
import { buyWithWrappedSol } from "../wrapped-buy.ts";
import type { HeavenMarket } from "./market.ts";
import { BUY, CHAINLINK_PROGRAM, HEAVEN_PROGRAM, INSTRUCTIONS_SYSVAR, SOL_USD_FEED } from "./program.ts";

/** The length of a text that we leave empty. */
const NO_EVENT_DATA = [0, 0, 0, 0];

export const instructions = async (market: HeavenMarket, buy: DirectBuy): Promise<BuiltBuy> => {
  const { mint, tokenProgram } = market;
  return buyWithWrappedSol(
    market,
    buy,
    async ({ token, wrapped }): Promise<Instruction> => ({
      programAddress: HEAVEN_PROGRAM,
      accounts: [
        reads(tokenProgram),
        reads(TOKEN_PROGRAM_ADDRESS),
        reads(ASSOCIATED_TOKEN_PROGRAM_ADDRESS),
        reads(SYSTEM_PROGRAM_ADDRESS),
        writes(market.pool),
        signs(buy.buyer),
        reads(mint),
        reads(WRAPPED_SOL_MINT),
        writes(token),
        writes(wrapped),
        writes(market.tokenVault),
        writes(market.solVault),
        writes(market.config),
        reads(INSTRUCTIONS_SYSVAR),
        reads(CHAINLINK_PROGRAM),
        reads(SOL_USD_FEED),
      ],
      data: instructionData(BUY, [buy.lamports, buy.minTokensOut], NO_EVENT_DATA),
    }),
  );
};
