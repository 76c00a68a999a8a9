/**
 * Funds buyers ahead of their buys, for a standard operation whose buys do not fit into one transaction with their
 * funding. The funding wallet pays the buyers directly, many in one transaction. Then each buyer buys like a
 * prefunded one.
 */

import { once } from "../../base/once.ts";
import { forEachLimited } from "../../base/parallel.ts";
import { priorityFee } from "../../base/transaction-limits.ts";
import { anchorLegs } from "../buy/anchor.ts";
import { reliedOn } from "../buy/funded.ts";
import { newestSlotOf } from "../buy/newest-slot.ts";
import { requireWithin, reserveAttempt, reserveLegs } from "../limits/admission.ts";
import type { Limits } from "../limits/limits.ts";
import { costsOf } from "../limits/reservations.ts";
import { requireFitPayer } from "../operation/fitness.ts";
import { emit, type Run } from "../operation/journaling.ts";
import { fundEvent } from "../operation/step-events.ts";
import type {
  Costs,
  Lamports,
  Leg,
  MessageFormat,
  NewAttempt,
  Reservation,
  Step,
  Survey,
  TransactionDraft,
} from "../ports.ts";
import type { EngineSettings } from "../settings.ts";
import { driveStep } from "../step/drive-step.ts";
import { stepOfLeg } from "../step/of-leg.ts";
import { hasLanded, isOpen } from "../step/status.ts";
import { LAMPORTS_PER_SIGNATURE, MAX_COMPUTE_UNITS, raisePrice } from "../transaction/costs.ts";
import { formatFor, limitedTo } from "../transaction/format.ts";
import { formatMemo } from "../transaction/memo-text.ts";
import { requireSimulated } from "../transaction/oversize.ts";
import { computeUnitLimitFor, SIMULATED_LIFETIME } from "../transaction/simulated.ts";
import { minimumFor, sizeFunding } from "./funding-amounts.ts";
import {
  type Batch,
  chooseLegsToFund,
  giveUpBatch,
  giveUpLeftOut,
  giveUpUnpaid,
  type LegsToFund,
  paysNobody,
  withoutUnopenable,
} from "./legs-to-fund.ts";

/**
 * The most legs of one funding transaction. A transfer to a wallet takes 49 bytes; with the memo and the signature,
 * at most 17 transfers would fit.
 */
export const FUNDING_BATCH = 15;
type Funder = { readonly walletId: string; readonly address: TransactionDraft["feePayer"] };

type FundingPlan = {
  readonly survey: Survey;
  readonly chosen: LegsToFund;
  /** Lamports per leg that is paid, by leg index. */
  readonly amounts: ReadonlyMap<number, Lamports>;
  /** The part of the amount that a buyer that is new to the chain must keep. It spends or returns the rest. */
  readonly minimums: ReadonlyMap<number, bigint>;
  /** The costs of each leg's buy. */
  readonly costsOf: (leg: Leg) => Costs;
  readonly limits: Limits;
  readonly computeUnitLimit: number;
  readonly computeUnitPrice: bigint;
  readonly format: MessageFormat;
};

/** The funding of one operation. */
type Funding = { readonly run: Run; readonly funder: Funder; readonly batches: readonly Batch[] };

/** Divides the legs into batches of one transaction each. The same legs always give the same batches. */
export const batchesOf = (legs: readonly Leg[]): Batch[] =>
  Array.from({ length: Math.ceil(legs.length / FUNDING_BATCH) }, (_, at) => ({
    number: at + 1,
    legs: legs.slice(at * FUNDING_BATCH, (at + 1) * FUNDING_BATCH),
  }));

/** Returns the legs that the batch pays, each with its lamports. */
const paidBy = ({ amounts }: FundingPlan, { legs }: Batch): { leg: Leg; lamports: Lamports }[] =>
  legs.flatMap((leg) => {
    const lamports = amounts.get(leg.index);
    return lamports === undefined ? [] : [{ leg, lamports }];
  });

function draftFunding(
  { run, funder, batches }: Funding,
  batch: Batch,
  plan: FundingPlan,
): Omit<TransactionDraft, "lifetime"> {
  return {
    feePayer: funder.address,
    transfers: paidBy(plan, batch).map(({ leg, lamports }) => ({
      from: funder.address,
      to: leg.address,
      lamports,
    })),
    setup: [],
    swap: [],
    memo: {
      text: formatMemo({
        operationId: run.operation.id,
        kind: "fund",
        leg: batch.number,
        legs: batches.length,
      }),
      signer: funder.address,
    },
    cleanup: [],
    computeUnitLimit: plan.computeUnitLimit,
    computeUnitPrice: plan.computeUnitPrice,
    format: plan.format,
    lookupTables: {},
  };
}

const isFunding = ({ kind, number }: Step, batch: number): boolean => kind === "fund" && number === batch;

type ToFund = {
  readonly survey: Survey;
  readonly legs: readonly Leg[];
  readonly limits: Limits;
  /** The operation's steps that exist already. */
  readonly steps: readonly Step[];
};

/**
 * Plans how much each buyer is sent, with a venue that can serve the operation when the buyers pay for themselves.
 * The first batch is simulated.
 *
 * @throws `CTO_E_WALLET_SHORT_OF_FUNDS`, and the refusals of the route's venues
 */
async function planFunding(
  funding: Funding,
  settings: EngineSettings,
  { survey, legs, limits, steps }: ToFund,
): Promise<FundingPlan> {
  const { run, funder, batches } = funding;
  const { chain, keyring } = run.ports;
  requireFitPayer(survey, funder);
  const fit = chooseLegsToFund(run, survey, legs, steps);
  if (fit.paid.length === 0) throw paysNobody(1);
  const chosen = await withoutUnopenable(run, fit, (leg) => {
    const batch = batches.find((one) => one.legs.includes(leg));
    const fund = steps.find((step) => batch !== undefined && isFunding(step, batch.number));
    const isSent = fund !== undefined && fund.status !== "ready";
    return isSent || (stepOfLeg(steps, "buy", leg)?.attempts.length ?? 0) > 0;
  });
  // After an interruption, what has landed is no longer in the funding wallet.
  const owed = batches.filter(
    ({ number }) => !steps.some((step) => isFunding(step, number) && hasLanded(step.status)),
  );
  const { amounts, market } = await sizeFunding(run, settings, {
    survey,
    funder: funder.address,
    legs: chosen.paid,
    legCount: legs.length,
    batches: owed.length,
    isOwed: (leg) => owed.some((batch) => batch.legs.includes(leg)),
    limits,
    again: steps.some(({ kind, attempts }) => kind === "fund" && attempts.length > 0),
    reliedOn: reliedOn(steps),
  });
  // The buys come later, in a market that is opened then. The anchors bind it to the price on which the funding was
  // decided.
  await anchorLegs(run, market.open, chosen.paid, market.cap, chosen.leftOut);
  const format = await formatFor(keyring, survey.cluster, [funder.walletId]);
  const planned: FundingPlan = {
    survey,
    chosen,
    amounts,
    minimums: new Map(chosen.paid.map((leg) => [leg.index, minimumFor(leg, survey)] as const)),
    costsOf: market.costsOf,
    limits,
    computeUnitLimit: MAX_COMPUTE_UNITS,
    computeUnitPrice: 0n,
    format,
  };
  const first = batches.find((batch) => paidBy(planned, batch).length > 0);
  if (first === undefined) return planned;
  const draft = draftFunding(funding, first, planned);
  const unsigned = chain.compose({ ...draft, lifetime: SIMULATED_LIFETIME });
  const simulation = await chain.simulate(unsigned, { notBefore: newestSlotOf(survey) });
  requireSimulated(simulation);
  const computeUnitLimit = computeUnitLimitFor(simulation.unitsConsumed, settings);
  const { computeUnitPrice } = market;
  return { ...planned, computeUnitLimit, computeUnitPrice, format: limitedTo(format, simulation) };
}

const feesOf = (computeUnitLimit: number, computeUnitPrice: bigint): Costs => ({
  network: LAMPORTS_PER_SIGNATURE as Lamports,
  priority: priorityFee(computeUnitLimit, computeUnitPrice) as Lamports,
  rent: 0n as Lamports,
});

/**
 * Returns what a batch costs the funding wallet besides what its buyers spend: fees, and the minimums that stay with
 * the buyers.
 */
const costsOfBatch = ({ minimums }: FundingPlan, { legs }: Batch, fees: Costs): Costs => ({
  ...fees,
  rent: legs.reduce((all, { index }) => all + (minimums.get(index) ?? 0n), 0n) as Lamports,
});

async function signFunding(
  funding: Funding,
  batch: Batch,
  plan: FundingPlan,
  step: Step,
): Promise<NewAttempt> {
  const { run, funder, batches } = funding;
  const { chain, policy, keyring } = run.ports;
  const paid = paidBy(plan, batch);
  if (paid.length === 0) throw paysNobody(batch.number);
  const number = step.attempts.length + 1;
  const { slot: blockhashSlot, ...lifetime } = await chain.latestBlockhash();
  const computeUnitPrice = raisePrice(plan.computeUnitPrice, number - 1, chain.maxComputeUnitPrice);
  const draft = draftFunding(funding, batch, { ...plan, computeUnitPrice });
  const approved = await policy.approve(chain.compose({ ...draft, lifetime }), {
    kind: "fund",
    operationId: run.operation.id,
    leg: batch.number,
    legs: batches.length,
    payer: funder.address,
    transfers: paid.map(({ leg, lamports }) => ({ to: leg.address, lamports })),
    computeUnitLimit: plan.computeUnitLimit,
    computeUnitPrice,
  });
  const costs = feesOf(plan.computeUnitLimit, computeUnitPrice);
  const reserved = feesOf(plan.computeUnitLimit, plan.computeUnitPrice);
  const counted = (fees: Costs): Costs => costsOfBatch(plan, batch, fees);
  await reserveAttempt(run, plan.limits, {
    step,
    walletId: funder.walletId,
    costs: counted(costs),
    reserved: counted(reserved),
  });
  const signed = await keyring.sign(approved, [funder.walletId]);
  const funded = paid.map(({ leg, lamports }) => ({ leg: leg.index, lamports }));
  return { number, ...signed, ...lifetime, blockhashSlot, costs, funded };
}

const report = ({ ports, operation }: Run, { legs }: Batch, step: Step): Promise<void> =>
  emit(ports, operation.id, fundEvent(legs, step));

export type Buyers = {
  readonly funder: Funder;
  readonly legs: readonly Leg[];
  /** Returns a present survey. */
  readonly survey: () => Promise<Survey>;
};

/**
 * Drives the funding of all buyers to rest, from its state in the journal. Then the buys of paid buyers may begin,
 * and those of the others are given up.
 */
export async function fundBuyers(
  run: Run,
  settings: EngineSettings,
  { funder, legs, survey }: Buyers,
): Promise<void> {
  const { journal } = run.ports;
  const batches = batchesOf(legs);
  const funding: Funding = { run, funder, batches };
  const planned = once(async () => {
    const limits = await requireWithin(run, settings, legs.length);
    const steps = await journal.readSteps(run.operation.id);
    return planFunding(funding, settings, { survey: await survey(), legs, limits, steps });
  });
  const plan = once(async () => {
    const found = await planned();
    // The buyers will spend what they are sent, so we reserve it before it leaves the funding wallet. The transfers
    // themselves stay between the user's own wallets, and count through the buys.
    const bill = { costsOf: found.costsOf, funding: null };
    await reserveLegs(run, found.limits, found.chosen.paid, bill, fundings(found, await funds()));
    await giveUpLeftOut(run, found.survey, found.chosen);
    return found;
  });
  const fundings = (found: FundingPlan, steps: readonly Step[]): Reservation[] =>
    steps.flatMap((step) => {
      const batch = batches[step.number - 1];
      const fees = feesOf(found.computeUnitLimit, found.computeUnitPrice);
      return batch ? [costsOf(step, funder.walletId, costsOfBatch(found, batch, fees))] : [];
    });
  const funds = async (): Promise<Step[]> =>
    (await journal.readSteps(run.operation.id)).filter(({ kind }) => kind === "fund");
  if ((await funds()).length === 0) {
    await planned(); // A refusal must come before anything is written.
    await journal.writeFunding(run.operation.id, run.lease, batches.length);
    await plan();
  }
  const open = (await funds()).filter(isOpen);
  await forEachLimited(open, run.operation.request.parallelism, async (step) => {
    const batch = batches[step.number - 1];
    if (batch === undefined) return;
    const fundRun = {
      ...run,
      settings,
      wallet: funder.address,
      cancellable: true,
      sign: async (_number: number, ready: Step) => signFunding(funding, batch, await plan(), ready),
      movesOn: () => false,
    };
    await driveStep(fundRun, step, (changed) => report(run, batch, changed));
  });
  for (const step of await funds()) {
    const batch = batches[step.number - 1];
    if (batch === undefined) continue;
    await (hasLanded(step.status) ? giveUpUnpaid : giveUpBatch)(run, batch, step);
  }
}
