/** Simulates the sample, and sizes the transactions of all legs from it. */
import type { Costs, NewLeg, Operation, Ports, Survey } from "../ports.ts";
import type { EngineSettings } from "../settings.ts";
import { legCosts, MAX_COMPUTE_UNITS, raisePrice, requireFunds } from "../transaction/costs.ts";
import { limitedTo } from "../transaction/format.ts";
import { requireSimulated } from "../transaction/oversize.ts";
import { computeUnitLimitFor, SIMULATED_LIFETIME } from "../transaction/simulated.ts";
import { requireOffer } from "./anchor.ts";
import type { PriceReader } from "./compute-price.ts";
import { holdingsOf, requireDelivery } from "./delivery.ts";
import { draftBuy, modeOf } from "./draft.ts";
import { requireEffect } from "./effect.ts";
import { ampleUnitsOf, buysOf, shapeOf } from "./leg-shapes.ts";
import type { MarketContext, Sized } from "./market.ts";
import { meantBuy } from "./meant.ts";
import { newestSlotOf } from "./newest-slot.ts";
import type { Opened } from "./sample-buy.ts";
import { meantOf } from "./simulate-leg.ts";

type Scene = {
  readonly operation: Pick<Operation, "id">;
  readonly survey: Survey;
  readonly context: MarketContext;
  readonly priceOf: PriceReader;
};

/** Checks every payer's balance, and simulates one leg, which determines the compute limit of all transactions. */
export async function simulateSize(
  { chain, policy }: Pick<Ports, "chain" | "policy">,
  settings: EngineSettings,
  { operation, survey, context, priceOf }: Scene,
  opened: Opened,
): Promise<Sized> {
  const { legs, legCount, payers, format } = context;
  const { open, sample, buy } = opened;
  const sizing = { survey, payers, format, computeUnitLimit: MAX_COMPUTE_UNITS, computeUnitPrice: 0n };
  const receiver = holdingsOf(survey, sample.address);
  const simulate = async () => {
    const draft = draftBuy(operation, legCount, sample, buy, sizing);
    const unsigned = chain.compose({ ...draft, lifetime: SIMULATED_LIFETIME });
    // If the policy refuses the sample, we pass over this venue here, before we send the transaction to any node.
    await policy.approve(unsigned, meantBuy(operation, legCount, sample, buy, sizing));
    return chain.simulate(unsigned, {
      watch: [receiver.tokenAccount],
      notBefore: newestSlotOf(survey),
      lookupTables: buy.lookupTables,
    });
  };
  // The simulation runs while we read the fees: neither needs the other.
  const simulating = simulate();
  simulating.catch(() => undefined); // We await it below, after the checks that come first.
  const computeUnitPrice = await priceOf(opened);
  // A wallet must also be able to pay for its last attempt.
  const highest = raisePrice(computeUnitPrice, settings.maxAttempts - 1, chain.maxComputeUnitPrice);
  const served = requireOffer(open, legs);
  const scene = { survey, payers };
  const buys = await buysOf(open, scene, { legs: served, sample: { leg: sample, buy } });
  const check = (computeUnitLimit: number, most?: number): void =>
    requireFunds(modeOf(payers), payers.funding?.address ?? null, served, survey, (leg) => {
      const { now, later } = buys.get(leg.index) ?? { now: buy, later: [] };
      const ways = most === undefined ? [] : [now, ...later];
      return {
        least: shapeOf(now, leg, scene, { computeUnitLimit, computeUnitPrice: highest }),
        enough: ways.map((way) =>
          shapeOf(way, leg, scene, { computeUnitLimit: most ?? computeUnitLimit, computeUnitPrice: highest }),
        ),
      };
    });
  // This comes before the simulation's result, so that the error names a short wallet instead of a program's error
  // number.
  check(0, ampleUnitsOf(open));
  const simulation = await simulating;
  requireSimulated(simulation);
  requireDelivery(buy, receiver, simulation);
  requireEffect(simulation.effects, meantOf({ survey, payers, open }, sample, buy, 0n));
  await open.accepted?.();
  const computeUnitLimit = computeUnitLimitFor(simulation.unitsConsumed, settings);
  check(computeUnitLimit); // Now we know the instruction and the compute units.
  const limited = limitedTo(format, simulation);
  const sizes = { computeUnitLimit, computeUnitPrice };
  const costsOf = (leg: NewLeg): Costs =>
    legCosts(shapeOf(buys.get(leg.index)?.now ?? buy, leg, scene, sizes));
  return { open, survey, payers, format: limited, ...sizes, costsOf };
}
