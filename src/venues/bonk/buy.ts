/** A buy on a LaunchLab curve: `buy_exact_in`. Account order: `buyExactInInstruction` of @raydium-io/raydium-sdk-v2 0.2.73-alpha. */
import type { Instruction } from "@solana/kit";
import { SYSTEM_PROGRAM_ADDRESS } from "@solana-program/system";
import { TOKEN_PROGRAM_ADDRESS } from "@solana-program/token";
import { reads, signs, writes } from "../accounts.ts";
import { instructionData } from "../instruction-data.ts";
import { WRAPPED_SOL_MINT } from "../token-layout.ts";
import type { BuiltBuy, DirectBuy } from "../venue.ts";
import { buyWithWrappedSol } from "../wrapped-buy.ts";
import type { BonkMarket } from "./market.ts";
import { authorityAddress, BUY_EXACT_IN, eventAuthority, feeVaultOf, LAUNCHLAB_PROGRAM } from "./program.ts";

/** We take no share of the fees. */
const SHARE_FEE_RATE = 0n;

export const instructions = async (market: BonkMarket, buy: DirectBuy): Promise<BuiltBuy> => {
  const { mint, tokenProgram } = market;
  return buyWithWrappedSol(
    market,
    buy,
    async ({ token, wrapped }): Promise<Instruction> => ({
      programAddress: LAUNCHLAB_PROGRAM,
      accounts: [
        signs(buy.buyer),
        reads(await authorityAddress()),
        reads(market.config),
        reads(market.platform),
        writes(market.pool),
        writes(token),
        writes(wrapped),
        writes(market.tokenVault),
        writes(market.solVault),
        reads(mint),
        reads(WRAPPED_SOL_MINT),
        reads(tokenProgram),
        reads(TOKEN_PROGRAM_ADDRESS),
        reads(await eventAuthority()),
        reads(LAUNCHLAB_PROGRAM),
        reads(SYSTEM_PROGRAM_ADDRESS),
        writes(await feeVaultOf(market.platform)),
        writes(await feeVaultOf(market.creator)),
      ],
      data: instructionData(BUY_EXACT_IN, [buy.lamports, buy.minTokensOut, SHARE_FEE_RATE]),
    }),
  );
};
