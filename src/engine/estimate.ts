/**
 * Estimates what an operation would get and cost now. It uses the engine's own plan, route, quote and transactions,
 * and signs nothing.
 */
import type { TokenLabel } from "../base/token-label.ts";
import { CTOError, isOversize } from "../errors/index.ts";
import { newAnchorOf } from "./buy/anchor.ts";
import { createPriceReader } from "./buy/compute-price.ts";
import { draftBuy, modeOf, type Payers } from "./buy/draft.ts";
import { ampleUnitsOf, buysOf, type LegBuys, shapeOf } from "./buy/leg-shapes.ts";
import type { Market } from "./buy/market.ts";
import type { Opened } from "./buy/sample-buy.ts";
import { takeFirst } from "./buy/take-first.ts";
import { walletMinimum } from "./cluster/cluster-facts.ts";
import { FUNDING_BATCH } from "./funding/funding.ts";
import { amountsFor } from "./funding/funding-amounts.ts";
import { type Limits, requireWithinLimits } from "./limits/limits.ts";
import { type NewReservation, requireRoom, sumOf } from "./limits/reservations.ts";
import { chooseParticipants, planLegs } from "./operation/validate.ts";
import type {
  Address,
  Chain,
  Costs,
  DetectedPlatform,
  Keyring,
  Lamports,
  LeftOut,
  NewLeg,
  OperationRequest,
  Ports,
  PriceCheck,
  Spending,
  Survey,
  VenueCode,
  Wallet,
} from "./ports.ts";
import { ENGINE_DEFAULTS } from "./settings.ts";
import { fundingNeed, legCosts, type Need, needsOf, raisePrice, shortagesOf } from "./transaction/costs.ts";
import { formatFor } from "./transaction/format.ts";
import { SIMULATED_LIFETIME } from "./transaction/simulated.ts";

/**
 * Used instead of the simulated units, because an unfunded wallet cannot be simulated: the units of the most
 * expensive venue, with the margin.
 */
const ASSUMED_COMPUTE_UNITS = 200_000;
/** The longest operation id, so that the memo has its full length. */
const ASSUMED_ID = `op_${"1".repeat(22)}`;

export type EstimatedLeg = {
  readonly leg: number;
  readonly walletId: string;
  readonly address: Address;
  readonly lamports: Lamports;
  /** The expected tokens if the legs land in order, base units. */
  readonly tokensOut: bigint;
  /** The anchor that the leg would get: the fewest tokens that any of its transactions would accept, base units. */
  readonly minTokensOut: bigint;
  /** The market offers it less than `maxPrice` requires: this leg would buy nothing. The operation refuses it alone. */
  readonly aboveMaxPrice?: true;
  readonly costs: Costs;
};

export type Estimate = {
  readonly platform: VenueCode;
  readonly detected: DetectedPlatform;
  readonly decimals: number;
  readonly tokenLabel?: TokenLabel;
  /** The rent rate of this calculation. */
  readonly lamportsPerByte: bigint;
  readonly legs: readonly EstimatedLeg[];
  /** Wallets that cannot buy and would be left out. */
  readonly leftOut: readonly LeftOut[];
  readonly tokensOut: bigint;
  readonly priceImpactBps: number;
  readonly price: PriceCheck;
  readonly venueFeeLamports: Lamports | null;
  /** The sizes of the buy transactions. */
  readonly transactionBytes: readonly number[];
  /** The number of funding transactions ahead of the buys, in the two-step mode. */
  readonly fundingTransactions: number;
  readonly fundingMode: "atomic" | "two-step";
  /** How long the venue's rate limit takes for the builds of all legs; null without a limit. */
  readonly building: {
    readonly requestsPerSecond: number;
    readonly leastSeconds: number;
    readonly mostSeconds: number;
    /** The lifetime of a blockhash, seconds. Each leg takes its own when its build has arrived. */
    readonly blockhashSeconds: number;
  } | null;
  /**
   * What leaves the paying wallets at the fees and rents of now, the fee of a last attempt included; and what must stay in
   * them beside that. The operation reads these again, so it is no ceiling.
   */
  readonly funds: { readonly leaves: bigint; readonly stays: bigint };
  /** Wallets that hold less than they would need now. In the two-step mode, the funding wallet pays everything. */
  readonly shortOfFunds: readonly {
    readonly address: Address;
    readonly has: bigint;
    readonly needs: bigint;
  }[];
};

const noCosts: Costs = { network: 0n as Lamports, priority: 0n as Lamports, rent: 0n as Lamports };

/** What an estimate asks. It has no keys. */
export type EstimatePorts = Pick<Ports, "venues" | "chain"> & {
  readonly keyring: Pick<Keyring, "newestVersion">;
};

type Built = { readonly leg: EstimatedLeg; readonly bytes: number };

/**
 * The market, with the one leg that was built when it was chosen. We reuse it, so that we do not request a quote from
 * an aggregator for every leg.
 */
type Taken = {
  readonly market: Market;
  readonly sample: Opened;
  readonly buys: ReadonlyMap<number, LegBuys>;
};

const buysOfLeg = ({ buys, sample }: Taken, leg: NewLeg): LegBuys =>
  buys.get(leg.index) ?? { now: sample.buy, later: [] };

/** Whether the market offers a leg of this many lamports less than the caller's cap on the price requires. */
const isAboveCap = ({ open, cap }: Pick<Market, "open" | "cap">, lamports: Lamports): boolean =>
  open.offer(lamports).tokensOut < cap(lamports);

function buildLeg(
  { compose }: Pick<Chain, "compose">,
  taken: Taken,
  leg: NewLeg,
  at: number,
  legCount: number,
): Built {
  const { market } = taken;
  const { open, cap } = market;
  const { now: buy } = buysOfLeg(taken, leg);
  // An aggregator's sample buy is signed by the sample leg's wallet. With another buyer there would be one signer too many.
  const { address } = open.offline ? leg : taken.sample.sample;
  const draft = draftBuy({ id: ASSUMED_ID }, legCount, { ...leg, address }, buy, market);
  return {
    bytes: compose({ ...draft, lifetime: SIMULATED_LIFETIME }).size,
    leg: {
      leg: leg.index,
      walletId: leg.walletId,
      address: leg.address,
      lamports: leg.lamports,
      tokensOut: open.quote.legs[at] ?? 0n,
      minTokensOut: newAnchorOf(open, cap, leg),
      ...(isAboveCap(market, leg.lamports) ? { aboveMaxPrice: true as const } : {}),
      costs: legCosts(shapeOf(buy, leg, market, market)),
    },
  };
}

/** Compares what the paying wallets need with what they hold. */
function fundsOf(survey: Survey, needs: readonly Need[]): Pick<Estimate, "shortOfFunds" | "funds"> {
  const stays = walletMinimum(survey.cluster) * BigInt(needs.length);
  return {
    funds: { leaves: needs.reduce((sum, { enough }) => sum + enough, -stays), stays },
    shortOfFunds: shortagesOf(survey, needs).map(({ address, has, needs }) => ({ address, has, needs })),
  };
}

const fundingBatches = (legs: readonly NewLeg[]): number => Math.ceil(legs.length / FUNDING_BATCH);

/**
 * Returns what the paying wallets need, the same as the operation checks.
 *
 * @param ahead the wallet that funds the buyers ahead of their buys; null in the other modes
 */
function needs(
  { maxComputeUnitPrice }: Pick<Chain, "maxComputeUnitPrice">,
  taken: Taken,
  legs: readonly NewLeg[],
  ahead: Address | null,
): Need[] {
  const { market, buys, sample } = taken;
  const { open, survey, payers, computeUnitLimit, computeUnitPrice } = market;
  // The operation checks the same: the wallet must also pay for its last attempt.
  const highest = raisePrice(computeUnitPrice, ENGINE_DEFAULTS.maxAttempts - 1, maxComputeUnitPrice);
  if (ahead !== null) {
    const facts = { survey, again: false, reliedOn: new Map<number, bigint>() };
    const sent = amountsFor(legs, facts, { sample, buys, highest }, ENGINE_DEFAULTS);
    const amounts = { least: [...sent.least.values()], enough: [...sent.enough.values()] };
    const transfers = { batches: fundingBatches(legs), computeUnitPrice: highest };
    return [fundingNeed(ahead, survey, amounts, transfers)];
  }
  return needsOf(modeOf(payers), payers.funding?.address ?? null, legs, survey, (leg) => {
    const { now, later } = buysOfLeg(taken, leg);
    const ample = { computeUnitLimit: ampleUnitsOf(open), computeUnitPrice: highest };
    const enough = [now, ...later].map((way) => shapeOf(way, leg, market, ample));
    return { least: shapeOf(now, leg, market, { computeUnitLimit, computeUnitPrice: highest }), enough };
  });
}

type Wanted = {
  readonly request: OperationRequest;
  readonly survey: Survey;
  readonly legs: readonly NewLeg[];
  readonly limits: Limits;
};

function buildingOf(
  chain: Pick<Chain, "blockhashLifeMs">,
  { open: { pace } }: Pick<Market, "open">,
  legs: number,
): Estimate["building"] {
  if (pace === undefined) return null;
  const { least, most } = pace.secondsFor(legs);
  return {
    requestsPerSecond: pace.requestsPerSecond,
    leastSeconds: Math.ceil(least),
    mostSeconds: Math.ceil(most),
    blockhashSeconds: Math.round(chain.blockhashLifeMs() / 1_000),
  };
}

/**
 * Estimates what the legs get and cost with these payers: the funding wallet in the same transactions, or the buyers.
 * It uses the newest of the venue's instructions that fits.
 *
 * @param ahead the wallet that funds the buyers ahead of their buys
 */
async function estimateFor(
  { venues, chain, keyring }: EstimatePorts,
  { request, survey, legs, limits }: Wanted,
  payers: Payers,
  ahead: Address | null = null,
): Promise<Omit<Estimate, "leftOut">> {
  // The operation asks the same wallets, and so decides the same: one transaction for each leg, or a funding ahead.
  const signers = [...(payers.funding ? [payers.funding] : []), ...legs].map(({ walletId }) => walletId);
  const format = await formatFor(keyring, survey.cluster, signers);
  const context = { legs, legCount: legs.length, payers, limits, format };
  const priceOf = createPriceReader(chain);
  let opened: Opened | undefined;
  const market = await takeFirst({ venues }, request, survey, context, async (taken) => {
    const computeUnitPrice = await priceOf(taken);
    const sizing = { survey, payers, format, computeUnitLimit: ASSUMED_COMPUTE_UNITS, computeUnitPrice };
    const draft = draftBuy({ id: ASSUMED_ID }, legs.length, taken.sample, taken.buy, sizing);
    chain.compose({ ...draft, lifetime: SIMULATED_LIFETIME });
    opened = taken;
    const costsOf = (): Costs => noCosts; // The costs of each leg are computed below.
    return { open: taken.open, ...sizing, costsOf };
  });
  if (opened === undefined) throw new CTOError("CTO_E_INTERNAL", { reason: "no venue was opened" });
  const { sample, buy } = opened;
  const atLeast = (lamports: Lamports) => (isAboveCap(market, lamports) ? 0n : market.cap(lamports));
  const buys = await buysOf(market.open, market, { legs, sample: { leg: sample, buy }, atLeast });
  const taken: Taken = { market, sample: opened, buys };
  const built = legs.map((leg, at) => buildLeg(chain, taken, leg, at, legs.length));
  const { quote, venue } = market.open;
  return {
    platform: venue,
    detected: market.detection.platform,
    decimals: survey.decimals,
    ...(survey.label ? { tokenLabel: survey.label } : {}),
    lamportsPerByte: survey.cluster.lamportsPerByte,
    legs: built.map(({ leg }) => leg),
    tokensOut: quote.tokensOut,
    priceImpactBps: quote.priceImpactBps,
    price: market.price,
    venueFeeLamports: quote.feeLamports,
    transactionBytes: built.map(({ bytes }) => bytes),
    building: buildingOf(chain, market, legs.length),
    fundingTransactions: 0,
    fundingMode: "atomic",
    ...fundsOf(survey, needs(chain, taken, legs, ahead)),
  };
}

/**
 * @throws the errors that refuse the operation before anything is signed: its mint, its route, its limits
 * @example
 * const { tokensOut } = await estimateOperation(ports, request, wallets, limits, await journal.readSpending(userId));
 */
export async function estimateOperation(
  ports: EstimatePorts,
  request: OperationRequest,
  wallets: readonly Wallet[],
  limits: Limits,
  spending: Spending,
): Promise<Estimate> {
  const participants = chooseParticipants(request, wallets);
  const { buyers, payers } = participants;
  const survey = await ports.venues.survey(request.tokenAddress, [
    ...buyers.map(({ address }) => address),
    ...(payers.funding ? [payers.funding.address] : []),
  ]);
  const { legs, leftOut } = planLegs(request, participants, survey);
  requireWithinLimits(limits, request, legs.length);
  const estimate = { ...(await estimateEither(ports, { request, survey, legs, limits }, payers)), leftOut };
  const payer = estimate.fundingMode === "atomic" ? payers.funding?.walletId : undefined;
  requireRoom(
    limits,
    spending,
    estimate.legs.flatMap((leg) => newReservationsOf(leg, payer ?? leg.walletId)),
  );
  return estimate;
}

/** Estimates one transaction per leg if that fits; otherwise with funding ahead of the buys. */
async function estimateEither(
  ports: EstimatePorts,
  wanted: Wanted,
  payers: Payers,
): Promise<Omit<Estimate, "leftOut">> {
  try {
    return await estimateFor(ports, wanted, payers);
  } catch (error) {
    if (payers.funding === null || !isOversize(error)) throw error;
    const estimate = await estimateFor(ports, wanted, { funding: null }, payers.funding.address);
    return { ...estimate, fundingMode: "two-step", fundingTransactions: fundingBatches(wanted.legs) };
  }
}

/** The reservations of a leg under the limits. */
const newReservationsOf = ({ walletId, lamports, costs }: EstimatedLeg, payer: string): NewReservation[] => [
  { kind: "spending", walletId, lamports },
  { kind: "costs", walletId: payer, lamports: sumOf(costs) as Lamports },
];
