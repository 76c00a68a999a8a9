/** Signs one leg's buy in the market that the operation has open. */
import { legCosts, raisePrice } from "./costs.ts";
import { draftBuy, lamportsOf, modeOf, payerOf } from "./draft.ts";
import type { Run } from "./journaling.ts";
import { requireAllowedPrograms } from "./limits.ts";
import type { Markets } from "./markets.ts";
import type { Leg, NewAttempt } from "./ports.ts";

/** @param number of the attempt: every earlier one is provably dead */
export async function signBuy(
  { ports, operation }: Run,
  markets: Markets,
  leg: Leg,
  legCount: number,
  number: number,
): Promise<NewAttempt> {
  const market = await markets.current();
  const buy = await market.open.buy({
    buyer: leg.address,
    payer: payerOf(market.payers, leg),
    lamports: leg.lamports,
  });
  const { slot: blockhashSlot, ...lifetime } = await ports.chain.latestBlockhash();
  // The step was ready, so every earlier attempt is provably dead: only then may another fee be offered.
  const { computeUnitPrice: firstPrice, computeUnitLimit } = market;
  const computeUnitPrice = raisePrice(firstPrice, number - 1, ports.chain.maxComputeUnitPrice);
  const draft = draftBuy(operation, legCount, leg, buy, { ...market, computeUnitPrice });
  requireAllowedPrograms(market.limits, draft);
  const unsigned = ports.chain.compose({ ...draft, lifetime });
  const { funding } = market.payers;
  const signed = await ports.keyring.sign(unsigned, [leg.walletId, ...(funding ? [funding.walletId] : [])]);
  return {
    number,
    ...signed,
    ...lifetime,
    blockhashSlot,
    venue: buy.venue,
    minTokensOut: buy.minTokensOut,
    costs: legCosts({
      mode: modeOf(market.payers),
      rentLamports: buy.rentLamports,
      buyerRentLamports: buy.buyerRentLamports,
      transientLamports: buy.transientLamports,
      buyerLamports: lamportsOf(market.survey, leg.address),
      computeUnitLimit,
      computeUnitPrice,
    }),
  };
}
