/**
 * Calculates how many lamports each buyer is sent ahead of its buy.
 *
 * The costs of a buy depend on the instruction. We find out which instruction the venue's program accepts before the
 * money moves. The simulation uses the funding wallet as the buyer, because the buyers have no funds yet.
 */

import { lacksAccount } from "../buy/accounts-had.ts";
import { writableOf } from "../buy/compute-price.ts";
import { draftBuy, lamportsOf } from "../buy/draft.ts";
import { AMPLE_COMPUTE_UNITS, buysOf, type LegBuys, shapeOf } from "../buy/leg-shapes.ts";
import type { Market } from "../buy/market.ts";
import { newestSlotOf } from "../buy/newest-slot.ts";
import type { Opened } from "../buy/sample-buy.ts";
import { takeFirst } from "../buy/take-first.ts";
import { rentExemption, walletMinimum } from "../cluster/cluster-facts.ts";
import type { Limits } from "../limits/limits.ts";
import { whyUnfit } from "../operation/fitness.ts";
import type { Run } from "../operation/journaling.ts";
import { notesOf } from "../operation/note.ts";
import type { Address, Buy, Costs, Lamports, Leg, MessageFormat, NewLeg, Survey } from "../ports.ts";
import type { EngineSettings } from "../settings.ts";
import {
  type LegShape,
  largest,
  legCosts,
  MAX_COMPUTE_UNITS,
  needOf,
  raisePrice,
  requireFunding,
} from "../transaction/costs.ts";
import { formatFor } from "../transaction/format.ts";
import { requireSimulated } from "../transaction/oversize.ts";
import { SIMULATED_LIFETIME } from "../transaction/simulated.ts";

/** Once they are funded, the buyers pay for themselves. */
const PAYERS = { funding: null };

export type FundingRequest = {
  readonly survey: Survey;
  readonly funder: Address;
  /** The legs that are paid. */
  readonly legs: readonly Leg[];
  /** The number of the operation's legs. */
  readonly legCount: number;
  /** The number of funding transactions that have not landed: the funding wallet still has to pay these. */
  readonly batches: number;
  /** Whether the leg's own funding has not landed. */
  readonly isOwed: (leg: Leg) => boolean;
  readonly limits: Limits;
  /** Whether a funding was signed before. */
  readonly again: boolean;
  /** What an earlier funding had brought to legs whose buys were signed afterwards, by leg index. */
  readonly reliedOn: ReadonlyMap<number, bigint>;
};

/** Lamports per leg, by leg index. */
type AmountByLeg = ReadonlyMap<number, Lamports>;

export type FundingAmounts = {
  readonly amounts: AmountByLeg;
  readonly market: Market;
};

/**
 * Returns what a leg's wallet lacks to the full rent-exempt minimum. A poor wallet may keep less in general, but this
 * one pays the fee of its buy, and a fee payer must be rent-exempt.
 */
export const minimumFor = (leg: Pick<Leg, "address">, survey: Survey): bigint => {
  const missing = walletMinimum(survey.cluster) - lamportsOf(survey, leg.address);
  return missing > 0n ? missing : 0n;
};

const ampleAt = (computeUnitPrice: bigint) => ({ computeUnitLimit: AMPLE_COMPUTE_UNITS, computeUnitPrice });

/** What the amounts follow from, besides the market. */
type Facts = Pick<FundingRequest, "survey" | "again" | "reliedOn">;

/** Returns the costs of a leg's buy for a buyer that was paid ahead. */
function shapeFor(leg: NewLeg, { survey, again }: Facts, buy: Buy, price: bigint): LegShape {
  // A fork may have taken back the funding but not a buy, whose wallet then paid the rent of its account itself.
  const openedAccount = again && leg.tokensBefore === 0n && !lacksAccount(survey, leg);
  const own = openedAccount ? rentExemption(survey.cluster, survey.tokenAccountBytes) : 0n;
  const rentLamports = (buy.rentLamports + own) as Lamports;
  return shapeOf({ ...buy, rentLamports }, leg, { survey, payers: PAYERS }, ampleAt(price));
}

/** Returns what a leg's buyer needs for this buy, its fees and rents. The balance that it held before is not used. */
function amountFor(
  leg: NewLeg,
  request: Facts,
  shape: LegShape,
  { maxAttempts }: Pick<EngineSettings, "maxAttempts">,
): Lamports {
  const { network, priority, rent } = legCosts(shape);
  // An attempt that fails on chain costs its fee, and the next attempt must be paid for, too.
  const fees = (network + priority) * BigInt(maxAttempts);
  const needed = leg.lamports + fees + rent + shape.transientLamports + minimumFor(leg, request.survey);
  // A fork may have taken back the funding but not the buy, which paid the rents of its own time.
  return largest([needed, request.reliedOn.get(leg.index) ?? 0n]) as Lamports;
}

/** The market's buys, at the highest price per compute unit that an attempt may pay. */
type Priced = {
  readonly sample: Pick<Opened, "buy">;
  readonly buys: ReadonlyMap<number, LegBuys>;
  readonly highest: bigint;
};

/** Returns what each leg's buyer is sent: with the instruction that is tried now, and with the most expensive one. */
export function amountsFor(
  legs: readonly NewLeg[],
  request: Facts,
  { sample, buys, highest }: Priced,
  settings: Pick<EngineSettings, "maxAttempts">,
): { readonly least: AmountByLeg; readonly enough: AmountByLeg } {
  const sizedBy = (ways: (buys: LegBuys) => readonly Buy[]): AmountByLeg =>
    new Map(
      legs.map((leg) => {
        const own = ways(buys.get(leg.index) ?? { now: sample.buy, later: [] });
        const amounts = own.map((way) =>
          amountFor(leg, request, shapeFor(leg, request, way, highest), settings),
        );
        return [leg.index, largest(amounts) as Lamports];
      }),
    );
  return { least: sizedBy(({ now }) => [now]), enough: sizedBy(({ now, later }) => [now, ...later]) };
}

/**
 * Whether a simulation showed that the program accepts this instruction. False if we did not simulate: there is no
 * older instruction, or the funding wallet itself cannot buy.
 *
 * @throws `CTO_E_TRANSACTION_REFUSED`: the program may accept an older instruction
 */
async function isSeenToPass(
  { ports: { chain }, operation }: Run,
  { survey, funder, legCount }: FundingRequest,
  { open, sample }: Opened,
  format: MessageFormat,
  price: bigint,
): Promise<boolean> {
  if (open.older === undefined || whyUnfit(survey, funder).length > 0) return false;
  const leg = { ...sample, address: funder };
  const buy = await open.buy({ buyer: funder, payer: funder, lamports: leg.lamports });
  const sizing = {
    survey,
    payers: PAYERS,
    format,
    computeUnitLimit: MAX_COMPUTE_UNITS,
    computeUnitPrice: 0n,
  };
  const needs = needOf(leg, shapeOf(buy, leg, sizing, ampleAt(price)));
  if (lamportsOf(survey, funder) < needs + walletMinimum(survey.cluster)) return false;
  const draft = draftBuy(operation, legCount, leg, buy, sizing);
  const unsigned = chain.compose({ ...draft, lifetime: SIMULATED_LIFETIME });
  requireSimulated(await chain.simulate(unsigned, { notBefore: newestSlotOf(survey) }));
  await open.accepted?.();
  return true;
}

/**
 * Chooses a venue that can serve the operation when the buyers pay for themselves, and calculates what they are sent:
 * for the instruction that passed a simulation, or for the most expensive one if none was simulated.
 *
 * @throws `CTO_E_WALLET_SHORT_OF_FUNDS`, and the refusals of the route's venues
 */
export async function sizeFunding(
  run: Run,
  settings: EngineSettings,
  request: FundingRequest,
): Promise<FundingAmounts> {
  const { ports, operation } = run;
  const { chain } = ports;
  const { survey, funder, legs, legCount, batches, limits, isOwed } = request;
  let amounts: FundingAmounts["amounts"] = new Map();
  const buyers = legs.map(({ walletId }) => walletId);
  const format = await formatFor(ports.keyring, survey.cluster, buyers);
  const context = { legs, legCount, payers: PAYERS, limits, format, decided: notesOf(run) };
  const market = await takeFirst(ports, operation.request, survey, context, async (opened) => {
    const { open, sample, buy } = opened;
    const computeUnitPrice = await chain.computeUnitPrice(writableOf(buy));
    const sizing = {
      survey,
      payers: PAYERS,
      format,
      computeUnitLimit: AMPLE_COMPUTE_UNITS,
      computeUnitPrice,
    };
    const draft = draftBuy(operation, legCount, sample, buy, sizing);
    chain.compose({ ...draft, lifetime: SIMULATED_LIFETIME }); // It must fit, because it now has one signer less.
    const highest = raisePrice(computeUnitPrice, settings.maxAttempts - 1, chain.maxComputeUnitPrice);
    const buys = await buysOf(open, { survey, payers: PAYERS }, { legs, sample: { leg: sample, buy } });
    const { least, enough } = amountsFor(legs, request, { sample: opened, buys, highest }, settings);
    const owed = (amounts: AmountByLeg): Lamports[] =>
      legs.filter(isOwed).map(({ index }) => amounts.get(index) ?? (0n as Lamports));
    const sent = { least: owed(least), enough: owed(enough) };
    requireFunding(funder, survey, sent, { batches, computeUnitPrice: highest });
    amounts = (await isSeenToPass(run, request, opened, format, highest)) ? least : enough;
    const costsOf = (leg: NewLeg): Costs => {
      const found = legs.find(({ index }) => index === leg.index);
      const way = buys.get(leg.index)?.now ?? buy;
      return legCosts(
        found === undefined
          ? shapeOf(way, leg, sizing, sizing)
          : shapeFor(found, request, way, computeUnitPrice),
      );
    };
    return { open, ...sizing, costsOf };
  });
  return { amounts, market };
}
