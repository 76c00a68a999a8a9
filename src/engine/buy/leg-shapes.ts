/**
 * Estimates the costs of each leg's transaction before they are known exactly. An offline venue builds every leg's
 * own buy, with each instruction that its program may need. For an aggregator, the sample leg's buy stands for all
 * legs.
 */

import { rentExemption } from "../cluster/cluster-facts.ts";
import type { Buy, Lamports, NewLeg, OpenVenue, Survey } from "../ports.ts";
import { type LegShape, MAX_COMPUTE_UNITS } from "../transaction/costs.ts";
import { rentOfOwn } from "./accounts-had.ts";
import { lamportsOf, modeOf, type Payers, payerOf } from "./draft.ts";

/** More compute units than a buy at any direct venue uses, including the margin. */
export const AMPLE_COMPUTE_UNITS = 400_000;

/** A leg's buys: with the instruction that is tried now, and with those that may be tried later. */
export type LegBuys = { readonly now: Buy; readonly later: readonly Buy[] };

/** Returns the venue's older instructions, which may be tried after this one. */
const olderOf = (open: OpenVenue): OpenVenue[] =>
  open.older === undefined ? [] : [open.older, ...olderOf(open.older)];

/** The size of a wrapped-SOL account: it belongs to the Token program. */
const WRAPPED_ACCOUNT_BYTES = 165;

/**
 * Returns an aggregator's sample buy for another leg. Its rent is what opening this leg's own token account costs, and not
 * the sample leg's. The rents of other accounts on the route are the same for both.
 *
 * A wallet that has a wrapped-SOL account lends no rent for one. If the sample's has one and this leg's has not, the route may
 * wrap SOL or not: then `later` is the buy with that rent.
 */
function asSample(sample: Buy, survey: Survey, sampleLeg: NewLeg, leg: NewLeg): LegBuys {
  const onTheWay = sample.rentLamports - rentOfOwn(survey, sampleLeg);
  const own = { ...sample, rentLamports: (onTheWay + rentOfOwn(survey, leg)) as Lamports };
  const has = ({ address }: NewLeg): boolean => survey.owners.get(address)?.wrappedAccount !== undefined;
  if (has(leg)) return { now: { ...own, transientLamports: 0n as Lamports }, later: [] };
  const lent = rentExemption(survey.cluster, WRAPPED_ACCOUNT_BYTES);
  return { now: own, later: has(sampleLeg) ? [{ ...own, transientLamports: lent }] : [] };
}

type Scene = { readonly survey: Survey; readonly payers: Payers };

type Wanted = {
  readonly legs: readonly NewLeg[];
  readonly sample: { readonly leg: NewLeg; readonly buy: Buy };
  /** Returns the fewest tokens for this many lamports, independent of the quote. By default none. */
  readonly atLeast?: (lamports: Lamports) => bigint;
};

/** Returns the buys of every leg, by leg index. */
export async function buysOf(
  open: OpenVenue,
  { survey, payers }: Scene,
  { legs, sample, atLeast = () => 0n }: Wanted,
): Promise<ReadonlyMap<number, LegBuys>> {
  const entries = legs.map(async (leg): Promise<[number, LegBuys]> => {
    if (!open.offline) return [leg.index, asSample(sample.buy, survey, sample.leg, leg)];
    const { address: buyer, lamports } = leg;
    const terms = { buyer, payer: payerOf(payers, leg), lamports, atLeast: atLeast(lamports) };
    const [now, ...later] = await Promise.all([open, ...olderOf(open)].map((way) => way.buy(terms)));
    return [leg.index, { now: now ?? sample.buy, later }];
  });
  return new Map(await Promise.all(entries));
}

/** Returns the compute units that certainly suffice for a buy at this venue. */
export const ampleUnitsOf = ({ offline }: Pick<OpenVenue, "offline">): number =>
  offline ? AMPLE_COMPUTE_UNITS : MAX_COMPUTE_UNITS;

export const shapeOf = (
  buy: Pick<Buy, "rentLamports" | "buyerRentLamports" | "transientLamports">,
  leg: NewLeg,
  { survey, payers }: Scene,
  { computeUnitLimit, computeUnitPrice }: Pick<LegShape, "computeUnitLimit" | "computeUnitPrice">,
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
