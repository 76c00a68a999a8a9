/** A buy from a CPMM pool: `swap_base_input`, exact lamports in. Account order: instructions/swap_base_input.rs of the program. */
import type { Instruction } from "@solana/kit";
import { TOKEN_PROGRAM_ADDRESS } from "@solana-program/token";
import { reads, signs, writes } from "../accounts.ts";
import { instructionData } from "../instruction-data.ts";
import { WRAPPED_SOL_MINT } from "../token-layout.ts";
import type { BuiltBuy, DirectBuy } from "../venue.ts";
import { openTokenAccount, tokenAccountOf, wrapSol } from "../wrapped-sol.ts";
import type { CpmmMarket } from "./market.ts";
import { authorityAddress, CPMM_PROGRAM, SWAP_BASE_INPUT } from "./program.ts";

export const instructions = async (market: CpmmMarket, buy: DirectBuy): Promise<BuiltBuy> => {
  const { mint, tokenProgram } = market;
  const tokenAccount = await tokenAccountOf(buy.buyer, mint, tokenProgram);
  const wrapped = await wrapSol(buy, buy.lamports);
  const swap: Instruction = {
    programAddress: CPMM_PROGRAM,
    accounts: [
      signs(buy.buyer),
      reads(await authorityAddress()),
      reads(market.config),
      writes(market.pool),
      writes(wrapped.account),
      writes(tokenAccount),
      writes(market.solVault),
      writes(market.tokenVault),
      reads(TOKEN_PROGRAM_ADDRESS),
      reads(tokenProgram),
      reads(WRAPPED_SOL_MINT),
      reads(mint),
      writes(market.observation),
    ],
    data: instructionData(SWAP_BASE_INPUT, [buy.lamports, buy.minTokensOut]),
  };
  return {
    setup: [openTokenAccount(buy, tokenAccount, mint, tokenProgram), ...wrapped.setup],
    swap: [swap],
    cleanup: wrapped.cleanup,
    venueRentLamports: 0n,
    transientLamports: wrapped.transientLamports,
  };
};
