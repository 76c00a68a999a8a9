/**
 * Opens the first venue of the route that can serve the operation, and sizes all transactions from one simulated leg.
 */
import { CTOError, isCTOError, isOutage, isOversize, isPassedOver } from "../../errors/index.ts";
import { type Limits, priceImpactLimit, requireAllowedPrograms } from "../limits/limits.ts";
import type {
  Address,
  Buy,
  Costs,
  Decision,
  Detection,
  MessageFormat,
  NewLeg,
  OpenVenue,
  Operation,
  Ports,
  PriceCheck,
  Survey,
  TransactionDraft,
  VenueCode,
} from "../ports.ts";
import type { EngineSettings } from "../settings.ts";
import { legCosts, MAX_COMPUTE_UNITS, raisePrice, requireFunds } from "../transaction/costs.ts";
import { limitedTo } from "../transaction/format.ts";
import { requireSimulated } from "../transaction/oversize.ts";
import { floorOf, type LegToBuy, requireAnchored, requireOffer } from "./anchor.ts";
import { holdingsOf, requireDelivery } from "./delivery.ts";
import { draftBuy, modeOf, type Payers, payerOf, type Sizing } from "./draft.ts";
import { requireEffect } from "./effect.ts";
import { ampleUnitsOf, buysOf, shapeOf } from "./leg-shapes.ts";
import { type Cap, capOf, larger, requireUnderCap } from "./max-price.ts";
import { meantBuy } from "./meant.ts";
import { createPriceChecks, lossBps, type PriceChecks, requireTransferFee, sayPrice } from "./price-check.ts";
import { meantOf } from "./simulate-leg.ts";

/** A venue that was opened for an operation, with everything that its legs share. */
export type Market = Sizing & {
  readonly open: OpenVenue;
  readonly detection: Detection;
  /** The result of its price check. */
  readonly price: PriceCheck;
  /** The fewest tokens that the caller's cap on the price allows. */
  readonly cap: Cap;
  /** The costs of a leg's first attempt for its payer, according to the survey. */
  readonly costsOf: (leg: NewLeg) => Costs;
  readonly limits: Limits;
};

/** The limits that apply to a venue. */
export type MarketLimits = Pick<Limits, "maxPriceImpactBps" | "maxPriceDeviationBps" | "allowedPrograms">;

/** A placeholder for simulations: the node replaces the blockhash. */
export const SIMULATED_LIFETIME: TransactionDraft["lifetime"] = {
  blockhash: "11111111111111111111111111111111" as TransactionDraft["lifetime"]["blockhash"],
  lastValidBlockHeight: 0n,
};

/** The state of the operation that opening a market needs. */
export type MarketContext = {
  /** The legs that have not landed yet. */
  readonly legs: readonly LegToBuy[];
  readonly legCount: number;
  readonly payers: Payers;
  readonly limits: Limits;
  /** The transaction format that the cluster and every signer support. */
  readonly format: MessageFormat;
  /** Called with each decision about the route's venues. */
  decided?(decision: Decision): Promise<void>;
};

/** Returns the accounts that the buy would lock for writing. We read the recent fees of these accounts. */
export const writableOf = (buy: Buy): Address[] => {
  const accounts = [...buy.setup, ...buy.swap].flatMap((instruction) => instruction.accounts ?? []);
  // Bit 0 of an account's role means "writable".
  return [...new Set(accounts.filter(({ role }) => (role & 1) === 1).map(({ address }) => address))];
};

export const lacksAccount = (survey: Survey, { address }: Pick<NewLeg, "address">): boolean =>
  survey.owners.get(address)?.tokens == null;

/** A venue that was opened for the operation, with the sample leg, which stands for all legs, and its buy. */
export type Opened = {
  readonly open: OpenVenue;
  readonly sample: LegToBuy;
  readonly buy: Buy;
};

/**
 * Checks the limit of the caller or of the installation on what the whole operation may lose, through its price
 * impact and through the mint's transfer fee.
 *
 * @throws `CTO_E_PRICE_IMPACT_ABOVE_LIMIT`
 */
export function requireImpact(
  { quote }: Pick<OpenVenue, "quote">,
  { maxPriceImpactBps }: Pick<Operation["request"], "maxPriceImpactBps">,
  limits: MarketLimits,
  { transferFeeBps = 0 }: Pick<Survey, "transferFeeBps">,
): void {
  const limitBps = priceImpactLimit(limits, maxPriceImpactBps);
  const impactBps = lossBps(quote.priceImpactBps, transferFeeBps);
  if (limitBps !== undefined && impactBps > limitBps)
    throw new CTOError("CTO_E_PRICE_IMPACT_ABOVE_LIMIT", { impactBps, limitBps, transferFeeBps });
}

/**
 * Chooses a leg that must create its token account, because it needs the most compute units; the other legs need no
 * more.
 */
function sampleOf(legs: readonly LegToBuy[], survey: Survey): LegToBuy {
  const sample = legs.find((leg) => lacksAccount(survey, leg)) ?? legs[0];
  if (sample !== undefined) return sample;
  throw new CTOError("CTO_E_INTERNAL", { reason: "a market is opened for no legs" });
}

/**
 * Builds the sample's buy, if the venue's price is within the limits, the caller's cap and the legs' anchors, and if
 * its programs are allowed.
 */
async function buySample(
  open: OpenVenue,
  request: Operation["request"],
  survey: Survey,
  { legs, payers, limits }: MarketContext,
  prices: PriceChecks,
): Promise<Opened> {
  requireImpact(open, request, limits, survey);
  const sample = sampleOf(requireOffer(open, legs), survey);
  const cap = capOf(request, survey);
  requireUnderCap(open, request, cap, sample.lamports);
  await prices.check(open);
  const payer = payerOf(payers, sample);
  const atLeast = larger(floorOf(sample), cap(sample.lamports));
  const buy = await open.buy({ buyer: sample.address, payer, lamports: sample.lamports, atLeast });
  requireAnchored(buy, atLeast);
  requireAllowedPrograms(limits, buy);
  return { open, sample, buy };
}

/** Returns the simulated units with a margin, at most what a transaction may request. */
export const computeUnitLimitFor = (used: number, settings: EngineSettings): number =>
  Math.min(
    MAX_COMPUTE_UNITS,
    Math.max(
      Math.ceil((used * settings.computeUnitMarginPercent) / 100),
      used + settings.computeUnitHeadroom,
    ),
  );

/** Reads the compute-unit price for the accounts that the sample's buy writes. */
export type PriceReader = (opened: Opened) => Promise<bigint>;

/** Reads the price once per venue, because the venue's other instructions and routes write to the same market. */
export function createPriceReader({
  computeUnitPrice,
}: Pick<Ports["chain"], "computeUnitPrice">): PriceReader {
  const read = new Map<VenueCode, Promise<bigint>>();
  return ({ open: { venue }, buy }) => {
    const price = read.get(venue) ?? computeUnitPrice(writableOf(buy));
    read.set(venue, price);
    return price;
  };
}

/** Checks every payer's balance, and simulates one leg, which determines the compute limit of all transactions. */
async function simulateSize(
  { chain, policy }: Pick<Ports, "chain" | "policy">,
  settings: EngineSettings,
  operation: Pick<Operation, "id">,
  survey: Survey,
  { legs, legCount, payers, format }: MarketContext,
  opened: Opened,
  priceOf: PriceReader,
): Promise<Sized> {
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
      notBefore: survey.slot,
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
  const buys = await buysOf(open, payers, survey, served, { leg: sample, buy });
  const scene = { survey, payers };
  const check = (computeUnitLimit: number, most?: number): void =>
    requireFunds(modeOf(payers), payers.funding?.address ?? null, served, survey, (leg) => {
      const { now, later } = buys.get(leg.index) ?? { now: buy, later: [] };
      const ways = most === undefined ? [] : [now, ...later];
      return {
        least: shapeOf(now, leg, scene, computeUnitLimit, highest),
        enough: ways.map((way) => shapeOf(way, leg, scene, most ?? computeUnitLimit, highest)),
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
    legCosts(shapeOf(buys.get(leg.index)?.now ?? buy, leg, scene, computeUnitLimit, computeUnitPrice));
  return { open, survey, payers, format: limited, ...sizes, costsOf };
}

/** The kinds of refusals, the most useful one first. */
const TELLING = [
  // Funding ahead of the buys may help.
  isOversize,
  // It may pass with time.
  isOutage,
  (refusal: CTOError) => refusal.code.startsWith("CTO_E_PRICE_"),
];

/** Returns the most useful refusal of several venues; within one kind, the first venue's. */
const worthiest = (refusals: readonly CTOError[]): unknown =>
  TELLING.map((tells) => refusals.find(tells)).find((refusal) => refusal !== undefined) ??
  refusals[0] ??
  new CTOError("CTO_E_INTERNAL", { reason: "the route has no venue" });

/** A market without the fields that come from the route and the operation. */
export type Sized = Omit<Market, "detection" | "limits" | "price" | "cap">;

/** Sizes the transactions of an opened venue, and checks what else must hold before it is chosen. */
export type Sizer = (opened: Opened) => Promise<Sized>;

type Sampler = (open: OpenVenue) => Promise<Opened>;

/**
 * Returns another way through the same venue, for a buy that was too large or refused: a shorter route, or an older
 * instruction. Null if there is none, or if the other way cannot serve.
 */
async function otherWay({ open }: Opened, refusal: unknown, buy: Sampler): Promise<Opened | null> {
  if (!isOversize(refusal) && !isCTOError(refusal, "CTO_E_TRANSACTION_REFUSED")) return null;
  try {
    if (isOversize(refusal) && open.shorter !== undefined) return await buy(await open.shorter());
    return open.older === undefined ? null : await buy(open.older);
  } catch (error) {
    if (isPassedOver(error)) return null;
    throw error;
  }
}

/**
 * Sizes a venue with the newest instruction that the deployed program accepts, and with the longest route that fits.
 */
async function sizeFitting(opened: Opened, size: Sizer, buy: Sampler): Promise<Sized> {
  try {
    return await size(opened);
  } catch (error) {
    const other = await otherWay(opened, error, buy);
    if (other === null) throw error;
    return sizeFitting(other, size, buy);
  }
}

/**
 * Whether the caller leaves the venue to us. A caller who names a venue gets that one. The others get the best price,
 * if it is worth an aggregator's route.
 */
const isFree = (platform: Operation["request"]["platform"]): boolean =>
  platform === "auto" || platform === "unknown";

/**
 * Returns the first venue of the route that quotes the operation within its limits and that `size` accepts. If the
 * aggregator's price is better by enough, the aggregator is tried first, and this venue after it.
 *
 * @throws `CTO_E_TRANSFER_FEE_ABOVE_LIMIT`, and the refusals of the route's venues
 */
export async function takeFirst(
  { venues }: Pick<Ports, "venues">,
  request: Operation["request"],
  survey: Survey,
  context: MarketContext,
  size: Sizer,
): Promise<Market> {
  requireTransferFee(survey, request);
  const { platform } = request;
  const detection = await venues.detect(survey, platform);
  const refusals: CTOError[] = [];
  const asked = {
    legs: context.legs.map(({ lamports }) => lamports),
    slippageBps: request.slippageBps,
    taker: payerOf(context.payers, sampleOf(context.legs, survey)),
  };
  const { limits } = context;
  const prices = createPriceChecks(venues, request, limits, survey, asked);
  const buy: Sampler = (open) => buySample(open, request, survey, context, prices);
  const route = [...venues.route(platform, survey.mint, detection)];
  for (let venue = route.shift(); venue !== undefined; venue = route.shift()) {
    try {
      const away = venue === "jupiter" ? prices.away() : null;
      if (away !== null) throw away;
      const open = await venues.open(venue, survey, asked);
      if (isFree(platform) && route.includes("jupiter") && (await prices.isBeaten(open))) {
        route.push(venue);
        continue;
      }
      const sized = await sizeFitting(await buy(open), size, buy);
      const price = await prices.check(sized.open);
      await context.decided?.({ kind: "takes", venue, why: sayPrice(price) });
      return { ...sized, detection, limits, price, cap: capOf(request, survey) };
    } catch (error) {
      if (!isPassedOver(error)) throw error;
      refusals.push(error);
      await context.decided?.({ kind: "passesOver", venue, why: error.message, code: error.code });
    }
  }
  throw worthiest(refusals);
}

/**
 * Opens a market for the legs that have not landed: the first venue of the route that quotes the whole operation
 * within its limits and whose sample transaction passes a simulation. A wrong assumption about a venue's program is
 * therefore found before anything is signed.
 *
 * @throws `CTO_E_TOKEN_MIGRATING`, `CTO_E_WALLET_SHORT_OF_FUNDS`, and the refusals of the route's venues:
 * `CTO_E_NO_ROUTE`, `CTO_E_NO_LIQUIDITY`, `CTO_E_PRICE_IMPACT_ABOVE_LIMIT`, `CTO_E_PRICE_MOVED`,
 * `CTO_E_PRICE_ABOVE_MAX`, `CTO_E_PRICE_DEVIATES`, `CTO_E_PRICE_UNCHECKED`, `CTO_E_TRANSFER_FEE_ABOVE_LIMIT`,
 * `CTO_E_POLICY_REFUSED`, `CTO_E_TRANSACTION_REFUSED`, `CTO_E_TRANSACTION_EFFECT`, `CTO_E_TRANSACTION_TOO_LARGE` and
 * similar errors, `CTO_E_VENUE_UNAVAILABLE`
 */
export const openMarket = (
  ports: Pick<Ports, "venues" | "chain" | "policy">,
  settings: EngineSettings,
  operation: Pick<Operation, "id" | "request">,
  survey: Survey,
  context: MarketContext,
): Promise<Market> => {
  const priceOf = createPriceReader(ports.chain);
  return takeFirst(ports, operation.request, survey, context, (opened) =>
    simulateSize(ports, settings, operation, survey, context, opened, priceOf),
  );
};
