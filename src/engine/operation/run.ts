/**
 * Drives one operation through the ports, from its state in the journal to its end.
 *
 * It is safe to run an operation twice, or again after a crash at any line: a run reads from the journal what was
 * done, and only the holder of the user's lease can sign.
 */

import { once } from "../../base/once.ts";
import { forEachLimited } from "../../base/parallel.ts";
import type { TokenLabel } from "../../base/token-label.ts";
import { isOutage, isOversize } from "../../errors/index.ts";
import type { Payers } from "../buy/draft.ts";
import type { Markets } from "../buy/markets.ts";
import { signBuy } from "../buy/sign-buy.ts";
import { fundBuyers } from "../funding/funding.ts";
import { surveySince } from "../funding/survey-since.ts";
import type { Lease, Leg, Operation, Ports, Step, Survey, Wallet } from "../ports.ts";
import { runSweep } from "../recovery/sweep.ts";
import { lookBack, requireUntouched, reviewUnproved } from "../restore/look-back.ts";
import { ENGINE_DEFAULTS, type EngineSettings } from "../settings.ts";
import { driveStep, type StepRun } from "../step/drive-step.ts";
import { driveEach } from "../step/each-leg.ts";
import { expired, isExpired } from "../step/expiry.ts";
import { legOf } from "../step/of-leg.ts";
import { isAtRest, isOpen } from "../step/status.ts";
import { conclude, giveUp } from "./conclude.ts";
import { emit, enterPhase, LeaseLost, type Run, stopIfInterrupted } from "./journaling.ts";
import { marketsOf, type Opening, type Surveys } from "./run-markets.ts";
import { isOver } from "./status.ts";
import { legEvent } from "./step-events.ts";
import { writeTokens } from "./tokens-received.ts";
import { chooseParticipants, choosePayers, planLegs } from "./validate.ts";

export type RunOptions = {
  readonly lease: Lease;
  /** The user's wallets as they are in the directory now. */
  readonly wallets: readonly Wallet[];
  /** Aborts with a `LeaseLost` if the lease is lost, and with any other reason to shut down. */
  readonly signal: AbortSignal;
  readonly settings?: EngineSettings;
};

/**
 * Runs an operation to its end, or to a state where only a later run can continue.
 *
 * @returns the operation as it ended; `needs_review` if some step's outcome cannot be proved
 * @throws `LeaseLost` or `Interrupted` if another run must continue; an outage's error if it is worth trying again
 */
export async function runOperation(ports: Ports, id: string, options: RunOptions): Promise<Operation> {
  // Only we change the plan, so it may be read beside the beginning. The run remembers it.
  const [operation] = await Promise.all([
    ports.journal.beginOperation(id, options.lease),
    ports.journal.readLegs(id),
    ports.journal.readSteps(id),
  ]);
  if (operation === null) throw new LeaseLost(`operation ${id}`);
  if (isOver(operation)) return operation;
  const run: Run = { ports, operation, lease: options.lease, signal: options.signal };
  const settings = options.settings ?? ENGINE_DEFAULTS;
  if (operation.request.purpose === "sweep") return runSweep(run, settings, options.wallets);
  try {
    await Promise.all([enterPhase(run, "started"), enterPhase(run, "validating")]);
    if (operation.restored) await requireProved({ ...run, settings }, options.wallets);
    if (isExpired(operation, ports.clock.now()) && (await ports.journal.readLegs(operation.id)).length === 0)
      throw expired(operation);
    const { surveys, payers, plan, tokenLabel } = await validate(run, options.wallets);
    // These writes and reads do not depend on each other, so they share a trip.
    const [legs, limits] = await Promise.all([
      plan(),
      ports.journal.readLimits(operation.request.userId),
      enterPhase(run, "detecting", tokenLabel),
      enterPhase(run, "executing"),
    ]);
    await execute(run, settings, { ...surveys, limits }, legs, payers);
  } catch (error) {
    if (error instanceof LeaseLost || options.signal.aborted || isOutage(error)) throw error;
    await giveUp(run, error);
    return conclude(run, error);
  }
  return conclude(run);
}

/** Reads all accounts in one batch, and plans, unless an earlier run has. `plan` writes the plan. */
async function validate(
  run: Run,
  wallets: readonly Wallet[],
): Promise<{
  surveys: Surveys;
  payers: Payers;
  plan: () => Promise<Leg[]>;
  tokenLabel: TokenLabel | undefined;
}> {
  const { ports, operation, lease } = run;
  const { request } = operation;
  const legs = await ports.journal.readLegs(operation.id);
  const chosen = legs.length === 0 ? chooseParticipants(request, wallets) : null;
  const payers = chosen?.payers ?? choosePayers(request, wallets);
  const fresh = () =>
    ports.venues.survey(request.tokenAddress, [
      ...(chosen?.buyers ?? legs).map(({ address }) => address),
      ...(payers.funding ? [payers.funding.address] : []),
    ]);
  const first = once(fresh);
  if (chosen === null)
    return {
      surveys: { first, fresh, isFirst: false },
      payers,
      plan: async () => legs,
      tokenLabel: undefined,
    };
  const survey = await first();
  const { legs: planned, leftOut } = planLegs(request, chosen, survey);
  const plan = async (): Promise<Leg[]> => {
    // This comes before the plan, which is written once. Anyone who reads the legs can then also read which wallets
    // have none.
    const isRecorded = leftOut.length > 0 || operation.leftOut !== undefined;
    if (isRecorded) await ports.journal.changeOperation(operation.id, lease, { leftOut });
    if (!(await ports.journal.writePlan(operation.id, lease, planned))) throw new LeaseLost(operation.id);
    return ports.journal.readLegs(operation.id);
  };
  return { surveys: { first, fresh, isFirst: true }, payers, plan, tokenLabel: survey.label };
}

/**
 * Searches the chain for what a restored journal does not have. It comes first, because any later error gives up the
 * `ready` steps, and one of these may be on chain.
 */
async function requireProved(
  run: Run & { readonly settings: EngineSettings },
  wallets: readonly Wallet[],
): Promise<void> {
  const { journal } = run.ports;
  const { id, request } = run.operation;
  const [legs, steps] = await Promise.all([journal.readLegs(id), journal.readSteps(id)]);
  if (legs.length === 0) return requireUntouched(run, wallets);
  const ready = steps.filter(({ status }) => status === "ready");
  await forEachLimited(ready, request.parallelism, async (step) => {
    const wallet = step.kind === "fund" ? wallets.find(({ role }) => role === "funding") : legOf(legs, step);
    if (wallet === undefined) await reviewUnproved(run, step, "the user has no funding wallet to search");
    else await lookBack(run, step, wallet.address);
  });
}

/**
 * Funds the buyers ahead if that has begun or is necessary. Then drives every leg that is not at rest, a bounded
 * number at a time.
 */
async function execute(
  run: Run,
  settings: EngineSettings,
  surveys: Opening,
  legs: readonly Leg[],
  payers: Payers,
): Promise<void> {
  const { ports, operation } = run;
  let markets = marketsOf(run, settings, surveys, legs, payers);
  const { funding } = payers;
  const ahead = funding !== null && (await hasFunding(run));
  let refusal = ahead ? null : await tryMarket(run, markets);
  // The wallet that signs every buy beside its buyer.
  let shared = funding?.address ?? null;
  if (funding !== null && (ahead || refusal?.tooLarge)) {
    const since = (): Promise<Survey> => surveySince(run, surveys.fresh);
    markets = marketsOf(run, settings, { ...surveys, first: since, fresh: since }, legs, { funding: null });
    shared = null;
    refusal = await tried(run, () =>
      fundBuyers(run, settings, { funder: funding, legs, survey: surveys.fresh }),
    );
    refusal ??= await tryMarket(run, markets);
  }
  if (refusal !== null) await giveUp(run, refusal.error);

  const steps = await ports.journal.readSteps(operation.id);
  const buys = steps.filter(({ kind }) => kind === "buy");
  const open = buys.filter(isOpen);
  let settledLegs = buys.length - open.length;
  // We count a leg when we emit its event, and events are stored in the order of emission. The progress therefore
  // only grows.
  const report = (leg: Leg, step: Step): Promise<void> => {
    if (isAtRest(step.status)) settledLegs += 1;
    return reportLeg(run, leg, step, 70 + Math.floor((29 * settledLegs) / legs.length));
  };
  await driveEach(open, { parallelism: operation.request.parallelism, shared }, async (step) => {
    const leg = legOf(legs, step);
    if (leg === undefined) return;
    const stepRun: StepRun = {
      ...run,
      settings,
      wallet: leg.address,
      cancellable: true,
      sign: (_number, ready) => signBuy(run, markets, leg, legs.length, ready),
      movesOn: (attempt, failure) =>
        markets.ends(attempt.venue, failure) || markets.outgrew(attempt, failure),
    };
    await driveStep(stepRun, step, (changed) => report(leg, changed));
  });
  // Between two runs, other operations may have changed the balances of the same accounts. Then the settlement reads
  // the tokens from the final transactions.
  if (surveys.isFirst) await writeTokens(run, legs);
  if (refusal !== null) throw refusal.error;
}

const hasFunding = async ({ ports, operation }: Run): Promise<boolean> =>
  (await ports.journal.readSteps(operation.id)).some(({ kind }) => kind === "fund");

/** Why nothing can be signed. `tooLarge`: a buy does not fit into one transaction with its funding. */
type Refusal = { readonly error: unknown; readonly tooLarge: boolean };

/** Runs `work`. Returns a refusal, and throws an outage, which is worth trying again later. */
async function tried(run: Run, work: () => Promise<unknown>): Promise<Refusal | null> {
  try {
    await work();
    return null;
  } catch (error) {
    if (error instanceof LeaseLost || run.signal.aborted || isOutage(error)) throw error;
    return { error, tooLarge: isOversize(error) };
  }
}

/**
 * Opens the market before the first leg, if a leg must be signed. If the market refuses, unsigned legs fail with that
 * reason, but legs that an earlier run left in flight are still driven to rest.
 */
async function tryMarket(run: Run, markets: Markets): Promise<Refusal | null> {
  const steps = await run.ports.journal.readSteps(run.operation.id);
  const signing = steps.some(({ kind, status }) => kind === "buy" && status === "ready");
  if (run.operation.cancelRequested || !signing) return null;
  if (isExpired(run.operation, run.ports.clock.now()))
    return { error: expired(run.operation), tooLarge: false };
  return tried(run, () => markets.current());
}

async function reportLeg(
  { ports, operation, lease }: Run,
  leg: Leg,
  step: Step,
  progress: number,
): Promise<void> {
  await Promise.all([
    emit(ports, operation.id, legEvent(leg, step, progress)),
    ports.journal.changeOperation(operation.id, lease, { progress }),
  ]);
}

/**
 * Ends an operation whose outage has lasted too long, if nothing of it can land. Returns false if it must be resumed
 * later.
 */
export async function abandonOperation(
  ports: Ports,
  id: string,
  options: RunOptions,
  error: unknown,
): Promise<boolean> {
  const operation = await ports.journal.beginOperation(id, options.lease);
  if (operation === null || isOver(operation)) return operation !== null;
  const steps = await ports.journal.readSteps(id);
  if (steps.some(({ status }) => status === "in_flight")) return false;
  // Nothing was proved about these steps, or about a lost plan: they may be on chain.
  const isUnproved = steps.length === 0 || steps.some(({ status }) => status === "ready");
  if (operation.restored && isUnproved) return false;
  stopIfInterrupted(options.signal);
  const run: Run = { ports, operation, lease: options.lease, signal: options.signal };
  await giveUp(run, error);
  await conclude(run, error);
  return true;
}
