/** Builds a buy on the curve: exact lamports in, with the newest of the program's buys that serves the coin. */
import { instructionData } from "../instruction-data.ts";
import type { BuiltBuy, DirectBuy } from "../venue.ts";
import { openMissing, tokenAccountOf } from "../wrapped-sol.ts";
import { BUY_VERSIONS } from "./buy-versions.ts";
import type { PumpfunMarket } from "./market.ts";
import { PUMP_PROGRAM } from "./program.ts";

/** @param version an index of {@link BUY_VERSIONS}; if this version does not serve the coin, we use an older one */
export const instructions = async (
  market: PumpfunMarket,
  buy: DirectBuy,
  version: number,
): Promise<BuiltBuy> => {
  const { mint, tokenProgram } = market;
  const chosen = BUY_VERSIONS.slice(version).find(({ serves }) => serves(market)) ?? BUY_VERSIONS.at(-1);
  if (chosen === undefined) throw new RangeError("pump.fun has no buy instruction");
  const tokenAccount = await tokenAccountOf(buy.buyer, mint, tokenProgram);
  return {
    setup: openMissing(buy, tokenAccount, mint, tokenProgram),
    swap: [
      {
        programAddress: PUMP_PROGRAM,
        accounts: await chosen.accounts({ market, buyer: buy.buyer, tokenAccount }),
        data: instructionData(chosen.discriminator, [buy.lamports, buy.minTokensOut], chosen.tail),
      },
    ],
    cleanup: [],
    venueRentLamports: await chosen.rents(market, buy),
    transientLamports: 0n,
  };
};
