/**
 * Builds a buy on a curve or in its pool: `swap2` or the older `swap`, exact lamports in. Account order: the IDLs of
 * both programs.
 */
import type { Instruction } from "@solana/kit";
import { TOKEN_PROGRAM_ADDRESS } from "@solana-program/token";
import { reads, signs, writes } from "../accounts.ts";
import { instructionData } from "../instruction-data.ts";
import { WRAPPED_SOL_MINT } from "../token-layout.ts";
import type { BuiltBuy, DirectBuy } from "../venue.ts";
import { buyWithWrappedSol } from "../wrapped-buy.ts";
import { DAMM_AUTHORITY, DAMM_PROGRAM, dammEventAuthority } from "./damm-program.ts";
import type { MeteoraMarket } from "./market.ts";
import { DBC_PROGRAM, eventAuthority, POOL_AUTHORITY } from "./program.ts";

/** SwapMode::ExactIn */
const EXACT_IN = 0;

/** Newest first. */
export const BUY_VERSIONS = [
  { name: "swap2", discriminator: [65, 75, 63, 76, 235, 91, 91, 136], tail: [EXACT_IN] },
  { name: "swap", discriminator: [248, 198, 158, 145, 225, 117, 135, 200], tail: [] },
] as const;

export const instructions = async (
  market: MeteoraMarket,
  buy: DirectBuy,
  version: number,
): Promise<BuiltBuy> => {
  const { mint, tokenProgram } = market;
  const { discriminator, tail } = BUY_VERSIONS[version] ?? BUY_VERSIONS[0];
  const isCurve = market.kind === "curve";
  const program = isCurve ? DBC_PROGRAM : DAMM_PROGRAM;
  return buyWithWrappedSol(
    market,
    buy,
    async ({ token, wrapped }): Promise<Instruction> => ({
      programAddress: program,
      accounts: [
        reads(isCurve ? POOL_AUTHORITY : DAMM_AUTHORITY),
        // The only difference between the two: a curve's fees are in its configuration.
        ...(isCurve ? [reads(market.config)] : []),
        writes(market.pool),
        writes(wrapped),
        writes(token),
        writes(market.tokenVault),
        writes(market.solVault),
        reads(mint),
        reads(WRAPPED_SOL_MINT),
        signs(buy.buyer),
        reads(tokenProgram),
        reads(TOKEN_PROGRAM_ADDRESS),
        // No referral: the program's own address takes the place of an optional account that is left out.
        reads(program),
        reads(await (isCurve ? eventAuthority() : dammEventAuthority())),
        reads(program),
      ],
      data: instructionData(discriminator, [buy.lamports, buy.minTokensOut], tail),
    }),
  );
};
