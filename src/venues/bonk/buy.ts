/**
 * Builds a buy on a LaunchLab curve: `buy_exact_in`. Account order: `buyExactInInstruction` of
 * @raydium-io/raydium-sdk-v2 0.2.73-alpha.
 */
import type { Instruction } from "@solana/kit";
import { SYSTEM_PROGRAM_ADDRESS } from "@solana-program/system";
import { TOKEN_PROGRAM_ADDRESS } from "@solana-program/token";
import { reads, signs, writes } from "../accounts.ts";
import { instructionData } from "../instruction-data.ts";
import { tokenAccountToOpen, WRAPPED_SOL_MINT } from "../token-layout.ts";
import type { BuiltBuy, DirectBuy } from "../venue.ts";
import { buyWithWrappedSol } from "../wrapped-buy.ts";
import type { BonkMarket } from "./market.ts";
import { authorityAddress, BUY_EXACT_IN, eventAuthority, feeVaultsOf, LAUNCHLAB_PROGRAM } from "./program.ts";

/** We take no share of the fees. */
const SHARE_FEE_RATE = 0n;

export const instructions = async (market: BonkMarket, buy: DirectBuy): Promise<BuiltBuy> => {
  const { mint, tokenProgram } = market;
  const feeVaults = await feeVaultsOf(market);
  // The first trade opens the missing vaults: the program takes their rents from the buyer.
  const rents = [...new Set(feeVaults)].map((vault) =>
    tokenAccountToOpen(buy, buy.fetched.accounts.get(vault)),
  );
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
        ...feeVaults.map(writes),
      ],
      data: instructionData(BUY_EXACT_IN, [buy.lamports, buy.minTokensOut, SHARE_FEE_RATE]),
    }),
    rents.reduce<bigint>((sum, rent) => sum + rent, 0n),
  );
};
