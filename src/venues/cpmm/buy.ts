/**
 * Builds a buy from a CPMM pool: `swap_base_input`, exact lamports in. Account order: instructions/swap_base_input.rs
 * of the program.
 */
import type { Instruction } from "@solana/kit";
import { TOKEN_PROGRAM_ADDRESS } from "@solana-program/token";
import { reads, signs, writes } from "../accounts.ts";
import { instructionData } from "../instruction-data.ts";
import { WRAPPED_SOL_MINT } from "../token-layout.ts";
import type { BuiltBuy, DirectBuy } from "../venue.ts";
import { buyWithWrappedSol } from "../wrapped-buy.ts";
import type { CpmmMarket } from "./market.ts";
import { authorityAddress, CPMM_PROGRAM, SWAP_BASE_INPUT } from "./program.ts";

export const instructions = async (market: CpmmMarket, buy: DirectBuy): Promise<BuiltBuy> => {
  const { mint, tokenProgram } = market;
  return buyWithWrappedSol(
    market,
    buy,
    async ({ token, wrapped }): Promise<Instruction> => ({
      programAddress: CPMM_PROGRAM,
      accounts: [
        signs(buy.buyer),
        reads(await authorityAddress()),
        reads(market.config),
        writes(market.pool),
        writes(wrapped),
        writes(token),
        writes(market.solVault),
        writes(market.tokenVault),
        reads(TOKEN_PROGRAM_ADDRESS),
        reads(tokenProgram),
        reads(WRAPPED_SOL_MINT),
        reads(mint),
        writes(market.observation),
      ],
      data: instructionData(SWAP_BASE_INPUT, [buy.lamports, buy.minTokensOut]),
    }),
  );
};
