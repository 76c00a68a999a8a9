/** Opens the first venue of the route that trades the token, and sizes the transactions from one simulated leg. */
import { CTOError, isCTOError } from "../errors/index.ts";
import { type LegShape, MAX_COMPUTE_UNITS, raisePrice, requireFunds } from "./costs.ts";
import { draftBuy, lamportsOf, type Payers, payerOf, type Sizing } from "./draft.ts";
import type { Address, Buy, Leg, OpenVenue, Operation, Ports, Survey, TransactionDraft } from "./ports.ts";
import type { EngineSettings } from "./settings.ts";

/** A venue opened for an operation, with everything that its legs share. */
export type Market = Sizing & { readonly open: OpenVenue };

/** Any blockhash stands in while a transaction is only simulated: the node replaces it. */
const SIMULATED_LIFETIME: TransactionDraft["lifetime"] = {
  blockhash: "11111111111111111111111111111111" as TransactionDraft["lifetime"]["blockhash"],
  lastValidBlockHeight: 0n,
};

/**
 * Opens the first venue of the route that has a market; venues without one are passed over.
 * @throws the last venue's `CTO_E_NO_ROUTE`, `CTO_E_PRICE_IMPACT_ABOVE_LIMIT`
 */
async function openFirst(
  venues: Ports["venues"],
  { request: { platform, slippageBps, maxPriceImpactBps } }: Operation,
  survey: Survey,
  legs: readonly Leg[],
  taker: Address,
): Promise<OpenVenue> {
  let refusal: unknown = new CTOError("CTO_E_INTERNAL", { reason: "the route has no venue" });
  for (const venue of venues.route(platform, survey)) {
    try {
      const amounts = legs.map(({ lamports }) => lamports);
      const open = await venues.open(venue, survey, { legs: amounts, slippageBps, taker });
      const impactBps = open.quote.priceImpactBps;
      if (maxPriceImpactBps !== undefined && impactBps > maxPriceImpactBps) {
        throw new CTOError("CTO_E_PRICE_IMPACT_ABOVE_LIMIT", { impactBps, limitBps: maxPriceImpactBps });
      }
      return open;
    } catch (error) {
      if (!isCTOError(error, "CTO_E_NO_ROUTE")) throw error;
      refusal = error;
    }
  }
  throw refusal;
}

/** Accounts that the buy would lock for writing; recent fees are asked for these. */
const writableOf = (buy: Buy): Address[] => {
  const accounts = [...buy.setup, ...buy.swap].flatMap((instruction) => instruction.accounts ?? []);
  // Bit 0 of an account's role says "writable".
  return [...new Set(accounts.filter(({ role }) => (role & 1) === 1).map(({ address }) => address))];
};

/**
 * Opens a market for the legs that have not landed, checks every payer's balance, and simulates one leg, from
 * which all transactions' compute limit follows.
 *
 * @throws `CTO_E_WALLET_SHORT_OF_FUNDS`, `CTO_E_TRANSACTION_REFUSED`, and what opening a venue throws
 */
export async function openMarket(
  { venues, chain }: Pick<Ports, "venues" | "chain">,
  settings: EngineSettings,
  operation: Operation,
  survey: Survey,
  { legs, legCount, payers }: { legs: readonly Leg[]; legCount: number; payers: Payers },
): Promise<Market> {
  const lacksAccount = ({ address }: Leg): boolean => survey.owners.get(address)?.tokens == null;
  // The leg that has to create its token account does the most work; the others need no more than it.
  const sample = legs.find(lacksAccount) ?? legs[0];
  if (sample === undefined)
    throw new CTOError("CTO_E_INTERNAL", { reason: "a market is opened for no legs" });
  const payer = payerOf(payers, sample);
  const open = await openFirst(venues, operation, survey, legs, payer);
  const buy = await open.buy({ buyer: sample.address, payer, lamports: sample.lamports });
  const computeUnitPrice = await chain.computeUnitPrice(writableOf(buy));
  // A wallet must be able to pay for its last attempt, too.
  const highest = raisePrice(computeUnitPrice, settings.maxAttempts - 1, chain.maxComputeUnitPrice);

  const check = (computeUnitLimit: number): void =>
    requireFunds(
      operation.request.mode,
      payers.funding?.address ?? null,
      legs,
      survey,
      (leg): LegShape => ({
        mode: operation.request.mode,
        rentLamports: lacksAccount(leg as Leg) === lacksAccount(sample) ? buy.rentLamports : 0n,
        transientLamports: buy.transientLamports,
        buyerLamports: lamportsOf(survey, leg.address),
        computeUnitLimit,
        computeUnitPrice: highest,
      }),
    );
  check(0); // Before the simulation, so that a short wallet is named rather than a program's error number.

  const draft = draftBuy(operation, legCount, sample, buy, {
    survey,
    payers,
    computeUnitLimit: MAX_COMPUTE_UNITS,
    computeUnitPrice: 0n,
  });
  const simulation = await chain.simulate(chain.compose({ ...draft, lifetime: SIMULATED_LIFETIME }), []);
  if (simulation.failure !== null) {
    throw new CTOError("CTO_E_TRANSACTION_REFUSED", { reason: simulation.failure.message });
  }
  const used = simulation.unitsConsumed;
  const withMargin = Math.ceil((used * settings.computeUnitMarginPercent) / 100);
  const computeUnitLimit = Math.min(
    MAX_COMPUTE_UNITS,
    Math.max(withMargin, used + settings.computeUnitHeadroom),
  );
  check(computeUnitLimit);
  return { open, survey, payers, computeUnitLimit, computeUnitPrice };
}
