/**
 * Funding ahead of the buys, for a standard operation whose buys do not fit into one transaction with their funding:
 * the funding wallet pays the buyers directly, many in one transaction, and then each buys like a prefunded one.
 */
import { CTOError, toFailure } from "../errors/index.ts";
import { requireWithin, reserveLegs } from "./admission.ts";
import { anchorLegs } from "./anchor.ts";
import { walletMinimum } from "./cluster-facts.ts";
import { type LegShape, legCosts, MAX_COMPUTE_UNITS, raisePrice, requireFunding } from "./costs.ts";
import { draftBuy, lamportsOf } from "./draft.ts";
import { driveStep } from "./drive-step.ts";
import { requireFit, requireFitPayer } from "./fitness.ts";
import { formatFor, limitedTo } from "./format.ts";
import { change, emit, type Run } from "./journaling.ts";
import { asAsked, type Limits } from "./limits.ts";
import {
  computeUnitLimitFor,
  lacksAccount,
  type Opened,
  SIMULATED_LIFETIME,
  takeFirst,
  writableOf,
} from "./market.ts";
import { formatMemo } from "./memo-text.ts";
import { requireSimulated } from "./oversize.ts";
import { forEachLimited, once } from "./parallel.ts";
import type { Lamports, Leg, MessageFormat, NewAttempt, Step, Survey, TransactionDraft } from "./ports.ts";
import type { EngineSettings } from "./settings.ts";
import { hasLanded, isAtRest } from "./step.ts";

/** A transfer to a wallet takes 49 bytes; with the memo and the signature 17 of them would just fit. */
export const FUNDING_BATCH = 15;
/** What a buy's compute units are taken for before it can be simulated: its buyer has no funds yet. */
const ASSUMED_COMPUTE_UNITS = 400_000;

type Funder = { readonly walletId: string; readonly address: TransactionDraft["feePayer"] };

type FundingPlan = {
  /** Lamports per leg, by its index. */
  readonly amounts: ReadonlyMap<number, Lamports>;
  readonly cluster: Survey["cluster"];
  readonly computeUnitLimit: number;
  readonly computeUnitPrice: bigint;
  readonly format: MessageFormat;
};

type Batch = { readonly number: number; readonly legs: readonly Leg[] };

/** Which legs are funded by one transaction; the same for the same legs. */
export const batchesOf = (legs: readonly Leg[]): Batch[] =>
  Array.from({ length: Math.ceil(legs.length / FUNDING_BATCH) }, (_, at) => ({
    number: at + 1,
    legs: legs.slice(at * FUNDING_BATCH, (at + 1) * FUNDING_BATCH),
  }));

/** What a leg's buyer lacks for its buy, its fees and rents; what it held before is left alone. */
function amountFor(
  leg: Leg,
  survey: Survey,
  { buy }: Opened,
  price: bigint,
  settings: EngineSettings,
  again: boolean,
): Lamports {
  // A fork that took the funding back may have left a buy, whose wallet paid the rent of its account by itself.
  const openedAccount = again && leg.tokensBefore === 0n;
  const shape: LegShape = {
    mode: "prefunded",
    cluster: survey.cluster,
    rentLamports: lacksAccount(survey, leg) || openedAccount ? buy.rentLamports : 0n,
    buyerRentLamports: buy.buyerRentLamports,
    transientLamports: buy.transientLamports,
    buyerLamports: lamportsOf(survey, leg.address),
    computeUnitLimit: ASSUMED_COMPUTE_UNITS,
    computeUnitPrice: price,
  };
  const { network, priority, rent } = legCosts(shape);
  const held = lamportsOf(survey, leg.address);
  // In full, though a poor wallet may keep less: it pays the fee of its buy, and who pays fees must be exempt.
  const minimum = walletMinimum(survey.cluster);
  const floor = held < minimum ? minimum - held : 0n;
  // An attempt that fails on chain has cost its fee, and the next one must be paid for, too.
  const fees = (network + priority) * BigInt(settings.maxAttempts);
  return (leg.lamports + fees + rent + buy.transientLamports + floor) as Lamports;
}

function draftFunding(
  { operation }: Run,
  funder: Funder,
  { number, legs }: Batch,
  batches: number,
  plan: FundingPlan,
): Omit<TransactionDraft, "lifetime"> {
  return {
    feePayer: funder.address,
    transfers: legs.map((leg) => ({
      from: funder.address,
      to: leg.address,
      lamports: plan.amounts.get(leg.index) ?? (0n as Lamports),
    })),
    setup: [],
    swap: [],
    memo: {
      text: formatMemo({ operationId: operation.id, kind: "fund", leg: number, legs: batches }),
      signer: funder.address,
    },
    cleanup: [],
    computeUnitLimit: plan.computeUnitLimit,
    computeUnitPrice: plan.computeUnitPrice,
    format: plan.format,
    lookupTables: {},
  };
}

/**
 * How much each buyer needs, from a venue that serves the operation once the buyers pay for themselves. The first
 * batch is simulated.
 *
 * @param again whether the funding was signed before
 * @throws `CTO_E_WALLET_SHORT_OF_FUNDS`, and the refusals of the route's venues
 */
async function planFunding(
  run: Run,
  settings: EngineSettings,
  survey: Survey,
  funder: Funder,
  legs: readonly Leg[],
  limits: Limits,
  again: boolean,
): Promise<FundingPlan> {
  const { chain, venues, keyring } = run.ports;
  requireFitPayer(survey, funder);
  requireFit(survey, legs);
  const payers = { funding: null };
  const buyers = legs.map(({ walletId }) => walletId);
  const buysIn = await formatFor(keyring, survey.cluster, buyers);
  let taken: Opened | undefined;
  const market = await takeFirst(
    { venues },
    run.operation.request,
    survey,
    { legs, legCount: legs.length, payers, limits, format: buysIn },
    async (opened) => {
      const computeUnitPrice = await chain.computeUnitPrice(writableOf(opened.buy));
      const sizing = {
        survey,
        payers,
        format: buysIn,
        computeUnitLimit: ASSUMED_COMPUTE_UNITS,
        computeUnitPrice,
      };
      const draft = draftBuy(run.operation, legs.length, opened.sample, opened.buy, sizing);
      chain.compose({ ...draft, lifetime: SIMULATED_LIFETIME }); // It must fit, now that it has one signer less.
      taken = opened;
      return { open: opened.open, ...sizing, measured: asAsked(opened.sample) };
    },
  );
  const opened = taken;
  // The buys come later, in a market that is opened then: it is held to the price that the funding was decided on.
  await anchorLegs(run, market.open, legs);
  if (opened === undefined) throw new CTOError("CTO_E_INTERNAL", { reason: "no venue was opened" });
  const highest = raisePrice(market.computeUnitPrice, settings.maxAttempts - 1, chain.maxComputeUnitPrice);
  const amounts = new Map(
    legs.map((leg) => [leg.index, amountFor(leg, survey, opened, highest, settings, again)] as const),
  );
  const batches = batchesOf(legs);
  const { cluster } = survey;
  const format = await formatFor(keyring, cluster, [funder.walletId]);
  const planned = { amounts, cluster, computeUnitLimit: MAX_COMPUTE_UNITS, computeUnitPrice: 0n, format };
  requireFunding(funder.address, survey, [...amounts.values()], batches.length, highest);
  const [first] = batches;
  if (first === undefined) return planned;
  const draft = draftFunding(run, funder, first, batches.length, planned);
  const simulation = await chain.simulate(chain.compose({ ...draft, lifetime: SIMULATED_LIFETIME }), []);
  requireSimulated(simulation);
  const computeUnitLimit = computeUnitLimitFor(simulation.unitsConsumed, settings);
  const { computeUnitPrice } = market;
  return { amounts, cluster, computeUnitLimit, computeUnitPrice, format: limitedTo(format, simulation) };
}

async function signFunding(
  run: Run,
  funder: Funder,
  batch: Batch,
  batches: number,
  plan: FundingPlan,
  number: number,
): Promise<NewAttempt> {
  const { chain, keyring } = run.ports;
  const { slot: blockhashSlot, ...lifetime } = await chain.latestBlockhash();
  const computeUnitPrice = raisePrice(plan.computeUnitPrice, number - 1, chain.maxComputeUnitPrice);
  const draft = draftFunding(run, funder, batch, batches, { ...plan, computeUnitPrice });
  const signed = await keyring.sign(chain.compose({ ...draft, lifetime }), [funder.walletId]);
  const costs = legCosts({
    mode: "prefunded",
    cluster: plan.cluster,
    rentLamports: 0n,
    buyerRentLamports: 0n,
    transientLamports: 0n,
    buyerLamports: 0n,
    computeUnitLimit: plan.computeUnitLimit,
    computeUnitPrice,
  });
  return { number, ...signed, ...lifetime, blockhashSlot, costs };
}

const told = (run: Run, { legs }: Batch, step: Step): Promise<void> => {
  const attempt = step.attempts.at(-1);
  return emit(run.ports, run.operation.id, {
    type: "fund",
    batch: step.leg,
    firstLeg: legs[0]?.index ?? 0,
    lastLeg: legs.at(-1)?.index ?? 0,
    status: step.status,
    progress: 70,
    ...(attempt ? { signature: attempt.signature } : {}),
    ...(attempt?.slot !== undefined ? { slot: attempt.slot } : {}),
    ...(step.failure ? { failure: step.failure } : {}),
  });
};

/** The buys of a batch that was not funded never begin. */
async function giveUpBatch(run: Run, { number, legs }: Batch, fund: Step): Promise<void> {
  const reason = fund.failure?.message ?? `its funding is ${fund.status}`;
  const failure = toFailure(new CTOError("CTO_E_FUNDING_NOT_LANDED", { batch: number, reason }));
  const status = fund.status === "cancelled" ? "cancelled" : "failed";
  for (const step of await run.ports.journal.readSteps(run.operation.id)) {
    const concerned = step.kind === "buy" && legs.some(({ index }) => index === step.leg);
    if (concerned && step.status === "ready") await change(run, step, { status, failure });
  }
}

/**
 * Brings the funding of all buyers to rest, from wherever the journal says it is; then the buys of those that were
 * paid may begin, and the others' are given up.
 *
 * @param survey of now
 */
export async function fundBuyers(
  run: Run,
  settings: EngineSettings,
  survey: () => Promise<Survey>,
  funder: Funder,
  legs: readonly Leg[],
): Promise<void> {
  const { journal } = run.ports;
  const plan = once(async () => {
    const limits = await requireWithin(run, settings, legs.length);
    const again = (await funds()).some(({ attempts }) => attempts.length > 0);
    const planned = await planFunding(run, settings, await survey(), funder, legs, limits, again);
    // What is sent to the buyers is meant to be spent: it is reserved before it leaves the funding wallet.
    await reserveLegs(run, limits, legs, asAsked);
    return planned;
  });
  const batches = batchesOf(legs);
  const funds = async (): Promise<Step[]> =>
    (await journal.readSteps(run.operation.id)).filter(({ kind }) => kind === "fund");
  if ((await funds()).length === 0) {
    await plan(); // Refused before anything is written, where it is refused.
    await journal.writeFunding(run.operation.id, run.lease, batches.length);
  }
  const open = (await funds()).filter(({ status }) => !isAtRest(status) || status === "needs_review");
  await forEachLimited(open, run.operation.request.parallelism, async (step) => {
    const batch = batches[step.leg - 1];
    if (batch === undefined) return;
    const fundRun = {
      ...run,
      settings,
      cancellable: true,
      sign: async (number: number) => signFunding(run, funder, batch, batches.length, await plan(), number),
      movesOn: () => false,
    };
    await driveStep(fundRun, step, (changed) => told(run, batch, changed));
  });
  for (const step of await funds()) {
    const batch = batches[step.leg - 1];
    if (batch !== undefined && !hasLanded(step.status)) await giveUpBatch(run, batch, step);
  }
}
