/** Buys, as another user, all tokens that a curve has left, which completes it; or all except a number of base units. */
import type { Instruction } from "@solana/kit";
import { instructionData } from "../../../src/venues/instruction-data.ts";
import { instructions } from "../../../src/venues/pumpfun/buy.ts";
import { BUY_VERSIONS } from "../../../src/venues/pumpfun/buy-versions.ts";
import type { PumpfunMarket } from "../../../src/venues/pumpfun/market.ts";
import type { DirectBuy } from "../../../src/venues/venue.ts";

/**
 * The discriminator of `buy`: an exact amount of tokens for at most a number of lamports. It has the accounts of
 * `buy_exact_sol_in`.
 */
const BUY = [102, 6, 61, 18, 1, 218, 235, 234];
const MOST_LAMPORTS = 900_000_000_000n;

export const buyRest = async (
  market: PumpfunMarket,
  buy: Pick<DirectBuy, "buyer" | "payer" | "lamportsPerByte" | "fetched">,
  leaving = 0n,
): Promise<Instruction[]> => {
  const version = BUY_VERSIONS.findIndex(({ name }) => name === "buy_exact_sol_in");
  const built = await instructions(market, { ...buy, lamports: 1n, minTokensOut: 1n }, version);
  const data = instructionData(BUY, [market.realTokens - leaving, MOST_LAMPORTS], [1]);
  return [...built.setup, ...built.swap.map((swap) => ({ ...swap, data }))];
};
