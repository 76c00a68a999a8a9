/**
 * What each leg's transaction is reckoned to cost before it is known exactly: a venue that asks nobody builds every leg's own
 * buy, by each instruction that its program may turn out to take; of an aggregator the sample stands for all.
 */

import type { Buy, Lamports, NewLeg, OpenVenue, Survey } from "../ports.ts";
import { type LegShape, MAX_COMPUTE_UNITS } from "../transaction/costs.ts";
import { lamportsOf, modeOf, type Payers, payerOf } from "./draft.ts";

/** More compute units than a buy of any venue that is spoken directly takes, with the margin. */
export const AMPLE_COMPUTE_UNITS = 400_000;

/** A leg's buys: by the instruction that is tried now, and by those that may have to be. */
export type LegBuys = { readonly now: Buy; readonly later: readonly Buy[] };

/** The venue's other ways that may come after this one, where building them asks nobody. */
const olderOf = (open: OpenVenue): OpenVenue[] =>
  open.older === undefined ? [] : [open.older, ...olderOf(open.older)];

/** Of an aggregator a leg gets the sample's buy, without the rent of the token account that it has. */
const asSample = (sample: Buy, survey: Survey, sampleLeg: NewLeg, leg: NewLeg): Buy => {
  const lacks = ({ address }: NewLeg): boolean => survey.owners.get(address)?.tokens == null;
  return lacks(leg) === lacks(sampleLeg) ? sample : { ...sample, rentLamports: 0n as Buy["rentLamports"] };
};

/**
 * What every leg buys, by its index.
 *
 * @param atLeast the least tokens for so many lamports, whatever the quote says
 */
export async function buysOf(
  open: OpenVenue,
  payers: Payers,
  survey: Survey,
  legs: readonly NewLeg[],
  sample: { readonly leg: NewLeg; readonly buy: Buy },
  atLeast: (lamports: Lamports) => bigint = () => 0n,
): Promise<ReadonlyMap<number, LegBuys>> {
  const entries = legs.map(async (leg): Promise<[number, LegBuys]> => {
    if (!open.offline) return [leg.index, { now: asSample(sample.buy, survey, sample.leg, leg), later: [] }];
    const { address: buyer, lamports } = leg;
    const asked = { buyer, payer: payerOf(payers, leg), lamports, atLeast: atLeast(lamports) };
    const [now, ...later] = await Promise.all([open, ...olderOf(open)].map((way) => way.buy(asked)));
    return [leg.index, { now: now ?? sample.buy, later }];
  });
  return new Map(await Promise.all(entries));
}

/** The compute units that surely suffice for a buy of this venue. */
export const ampleUnitsOf = ({ offline }: Pick<OpenVenue, "offline">): number =>
  offline ? AMPLE_COMPUTE_UNITS : MAX_COMPUTE_UNITS;

export const shapeOf = (
  buy: Pick<Buy, "rentLamports" | "buyerRentLamports" | "transientLamports">,
  leg: NewLeg,
  { survey, payers }: { readonly survey: Survey; readonly payers: Payers },
  computeUnitLimit: number,
  computeUnitPrice: bigint,
): LegShape => ({
  mode: modeOf(payers),
  cluster: survey.cluster,
  rentLamports: buy.rentLamports,
  buyerRentLamports: buy.buyerRentLamports,
  transientLamports: buy.transientLamports,
  buyerLamports: lamportsOf(survey, leg.address),
  computeUnitLimit,
  computeUnitPrice,
});
