/**
 * Drives one operation through the ports, from wherever the journal says it is to its end.
 *
 * Running an operation twice, or again after a crash at any line, does no harm: what has been done is read from
 * the journal, and only the holder of the user's lease can sign.
 */
import { conclude, giveUp } from "./conclude.ts";
import type { Payers } from "./draft.ts";
import { driveStep, isOutage } from "./drive-step.ts";
import { emit, enterPhase, LeaseLost, type Run, stopIfInterrupted } from "./journaling.ts";
import { type Market, openMarket } from "./market.ts";
import { forEachLimited, once } from "./parallel.ts";
import type { Lease, Leg, Operation, Ports, Step, Survey, Wallet } from "./ports.ts";
import { ENGINE_DEFAULTS, type EngineSettings } from "./settings.ts";
import { isAtRest } from "./step.ts";
import { writeTokens } from "./tokens.ts";
import { chooseParticipants, planLegs } from "./validate.ts";

export type RunOptions = {
  readonly lease: Lease;
  /** The user's wallets, as the directory has them now. */
  readonly wallets: readonly Wallet[];
  /** Aborted with a `LeaseLost` when the lease is lost, with anything else to shut down. */
  readonly signal: AbortSignal;
  readonly settings?: EngineSettings;
};

const isTerminal = ({ status }: Operation): boolean =>
  status === "completed" || status === "failed" || status === "cancelled";

/**
 * Runs an operation to its end, or to where only a later run can go on.
 *
 * @returns the operation as it ended; `needs_review` when some step's fate cannot be proved
 * @throws `LeaseLost` or `Interrupted` when another run must go on; an outage's error when it is worth trying again
 */
export async function runOperation(ports: Ports, id: string, options: RunOptions): Promise<Operation> {
  const operation = await ports.journal.beginOperation(id, options.lease);
  if (operation === null) throw new LeaseLost(`operation ${id}`);
  if (isTerminal(operation)) return operation;
  const run: Run = { ports, operation, lease: options.lease, signal: options.signal };
  const settings = options.settings ?? ENGINE_DEFAULTS;
  try {
    await enterPhase(run, "started");
    const { survey, payers, legs } = await validate(run, options.wallets);
    await enterPhase(run, "detecting");
    await execute(run, settings, survey, legs, payers);
  } catch (error) {
    if (error instanceof LeaseLost || options.signal.aborted || isOutage(error)) throw error;
    await giveUp(run, error);
    return conclude(run, error);
  }
  return conclude(run);
}

/** Reads the world in one batch and writes the plan, unless an earlier run has. */
async function validate(
  run: Run,
  wallets: readonly Wallet[],
): Promise<{ survey: () => Promise<Survey>; payers: Payers; legs: Leg[] }> {
  await enterPhase(run, "validating");
  const { ports, operation, lease } = run;
  const { buyers, payers } = chooseParticipants(operation.request, wallets);
  const survey = once(() =>
    ports.venues.survey(operation.request.tokenAddress, [
      ...buyers.map(({ address }) => address),
      ...(payers.funding ? [payers.funding.address] : []),
    ]),
  );
  let legs = await ports.journal.readLegs(operation.id);
  if (legs.length === 0) {
    const planned = planLegs(operation.request, buyers, await survey());
    if (!(await ports.journal.writePlan(operation.id, lease, planned))) throw new LeaseLost(operation.id);
    legs = await ports.journal.readLegs(operation.id);
  }
  return { survey, payers, legs };
}

/** Drives every leg that is not at rest, a bounded number at a time. */
async function execute(
  run: Run,
  settings: EngineSettings,
  survey: () => Promise<Survey>,
  legs: readonly Leg[],
  payers: Payers,
): Promise<void> {
  const { ports, operation, lease } = run;
  const steps = await ports.journal.readSteps(operation.id);
  const open = steps.filter(({ status }) => !isAtRest(status) || status === "needs_review");
  const openLegs = legs.filter(({ index }) => open.some(({ leg }) => leg === index));
  const market = once(async (): Promise<Market> => {
    const context = { legs: openLegs, legCount: legs.length, payers };
    const opened = await openMarket(ports, settings, operation, await survey(), context);
    await ports.journal.changeOperation(operation.id, lease, { venue: opened.open.venue });
    return opened;
  });
  await enterPhase(run, "executing");
  const refusal = await refusalOf(run, open, market);
  let settledLegs = steps.length - open.length;
  // Legs come to rest side by side; their events are stored one after the other, so that progress only grows.
  let told: Promise<void> = Promise.resolve();
  const report = (leg: Leg, step: Step): Promise<void> => {
    told = told.then(async () => {
      if (isAtRest(step.status)) settledLegs += 1;
      await reportLeg(run, leg, step, 70 + Math.floor((29 * settledLegs) / legs.length));
    });
    return told;
  };
  await forEachLimited(openLegs, operation.request.parallelism, async (leg) => {
    const step = open.find(({ leg: index }) => index === leg.index);
    if (step === undefined) return;
    const legRun = { ...run, settings, leg, legCount: legs.length, market };
    await driveStep(legRun, step, (changed) => report(leg, changed));
  });
  await writeTokens(run, legs);
  if (refusal !== null) throw refusal;
}

/**
 * Opens the market before the first leg. When it refuses, what was never signed fails with that reason, while
 * legs that an earlier run left in flight are still driven to rest.
 */
async function refusalOf(run: Run, open: Step[], market: () => Promise<Market>): Promise<unknown> {
  if (run.operation.cancelRequested || !open.some(({ status }) => status === "ready")) return null;
  try {
    await market();
    return null;
  } catch (error) {
    if (isOutage(error)) throw error;
    await giveUp(run, error);
    open.splice(0, open.length, ...open.filter(({ status }) => status !== "ready"));
    return error;
  }
}

async function reportLeg(
  { ports, operation, lease }: Run,
  leg: Leg,
  step: Step,
  progress: number,
): Promise<void> {
  const attempt = step.attempts.at(-1);
  await emit(ports, operation.id, {
    type: "leg",
    leg: leg.index,
    address: leg.address,
    lamports: leg.lamports,
    status: step.status,
    progress,
    ...(attempt ? { signature: attempt.signature } : {}),
    ...(attempt?.slot !== undefined ? { slot: attempt.slot } : {}),
    ...(step.failure ? { failure: step.failure } : {}),
  });
  await ports.journal.changeOperation(operation.id, lease, { progress });
}

/** Ends an operation whose outage has lasted too long, if nothing of it can land. False: it must be resumed later. */
export async function abandonOperation(
  ports: Ports,
  id: string,
  options: RunOptions,
  error: unknown,
): Promise<boolean> {
  const operation = await ports.journal.beginOperation(id, options.lease);
  if (operation === null || isTerminal(operation)) return operation !== null;
  const steps = await ports.journal.readSteps(id);
  if (steps.some(({ status }) => status === "in_flight")) return false;
  stopIfInterrupted(options.signal);
  const run: Run = { ports, operation, lease: options.lease, signal: options.signal };
  await giveUp(run, error);
  await conclude(run, error);
  return true;
}
