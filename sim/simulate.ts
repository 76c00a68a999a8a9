/** Runs one seed from its first request until everything is at rest. The oracle then checks the chain. */
import { z } from "zod";
import type { Step } from "../src/engine/ports.ts";
import { REVIEW_AGAIN_MS } from "./background.ts";
import { drawFaults, type FaultKind } from "./faults.ts";
import type { Outage } from "./journal.ts";
import { openWorld } from "./open-world.ts";
import { Oracle } from "./oracle.ts";
import { cancel, recover } from "./promises.ts";
import { createRandom } from "./random.ts";
import { unequalShares } from "./reserved.ts";
import { type GrowingScenario, scheduleRetries } from "./retries.ts";
import { type Bounds, drawScenario, FULL, type Scenario } from "./scenario.ts";
import { Scheduler } from "./scheduler.ts";
import { Trace } from "./trace.ts";
import { startWorker } from "./worker.ts";
import type { World } from "./world.ts";

export type SimOptions = {
  readonly seed: number;
  readonly disabled?: ReadonlySet<FaultKind>;
  readonly bounds?: Bounds;
  /** Called for every line of the trace. */
  readonly print?: (line: string) => void;
  /** Called at the end, with the final chain and journal. */
  readonly onEnd?: (world: World, scenario: Scenario) => Promise<void>;
};

export type SimResult = {
  readonly seed: number;
  readonly operations: number;
  readonly legs: number;
  readonly signed: number;
  readonly resigned: number;
  readonly funded: number;
  readonly returned: number;
  readonly reviews: number;
  readonly reopened: number;
  readonly retried: number;
  readonly forks: number;
  /** Virtual ms. */
  readonly lasted: number;
  readonly faults: Readonly<Partial<Record<FaultKind, number>>>;
  readonly kinds: readonly FaultKind[];
  readonly hash: string;
  readonly violations: readonly string[];
};

// The chain code creates a schema per request. Compiling each of them would take longer than everything else together.
z.config({ jitless: true });

/**
 * The longest time from the end of the faults until everything is at rest, virtual ms. If blocks include almost nothing,
 * each leg's funding, buy and return may expire three times, one leg after the other.
 */
const LIVENESS_MS = 4_500_000;

/** The duration of the fault "cluster stands still", ms. The cluster produces no slot in this time. */
const STANDSTILL_MS = 120_000;

/** A frozen worker wakes within this time, ms. The other workers may have finished by then. */
const LINGER_MS = 130_000;

/** Each review is examined again within this time: the interval, plus the delay of the requeuer and of the queue, ms. */
const REVIEWED_AGAIN_MS = REVIEW_AGAIN_MS + 50_000;

export async function simulate({
  seed,
  disabled = new Set(),
  bounds = FULL,
  print,
  onEnd,
}: SimOptions): Promise<SimResult> {
  const scheduler = new Scheduler();
  const trace = new Trace(() => scheduler.now, print);
  const faults = drawFaults(seed, disabled);
  const drawn = drawScenario(seed, bounds);
  const scenario: GrowingScenario = { ...drawn, accepted: [...drawn.accepted] };
  const oracle = new Oracle(scenario);
  const random = createRandom(seed, "world");
  const world = openWorld(seed, {
    scheduler,
    trace,
    faults,
    random,
    balances: scenario.balances,
    reviewAfterMs: [150_000, 600_000],
    onLandings: (block, cluster) => oracle.see(block, cluster),
  });
  await prepare(world, scenario, oracle);
  const outage: Outage = { until: 0 };
  const workers = random.between(2, 3);
  for (let worker = 1; worker <= workers; worker += 1) startWorker(world, `worker${worker}`, outage);
  const faultsEnd = random.between(60_000, 240_000);
  scheduler.after(faultsEnd, () => {
    faults.stop();
    trace.note("faults", "stop");
  });
  // After the faults have ended, each review gets two more examinations, because a frozen worker may miss the first.
  const reviewsEnd = faultsEnd + LINGER_MS + 2 * REVIEW_AGAIN_MS;
  const isOver = watchForRest(world, scenario, reviewsEnd, random.chance(0.15) ? LINGER_MS : 2_000);
  const cameToRest = await scheduler.runUntil(isOver, faultsEnd + LIVENESS_MS);
  const result = await conclude(world, scenario, oracle, cameToRest);
  await onEnd?.(world, scenario);
  return result;
}

/** Sets the limits at the start, and schedules the start and the end of the halt. */
async function setRules(
  { journal, scheduler, trace, orders }: World,
  { limits, halt }: Scenario,
  oracle: Oracle,
): Promise<void> {
  const none = { maxOperationLamports: null, maxUserDayLamports: null, maxWalletLifetimeLamports: null };
  await journal.writeLimits(null, none);
  for (const [userId, maxUserDayLamports] of limits) {
    if (maxUserDayLamports === null) continue;
    oracle.limit(userId, maxUserDayLamports);
    await journal.writeLimits(userId, { maxUserDayLamports });
  }
  if (halt === null) return;
  scheduler.after(halt.at, () => {
    trace.note("caller", "halts");
    void journal.writeHalt({ by: "caller", reason: "simulated" });
    orders.haltedSince = scheduler.now;
  });
  scheduler.after(halt.until, () => {
    trace.note("caller", "lets signing go on");
    void journal.writeHalt(null);
    orders.haltedSince = null;
  });
}

/** Creates users and wallets at the start, and schedules requests, recoveries, retries and cancellations. */
async function prepare(world: World, scenario: GrowingScenario, oracle: Oracle): Promise<void> {
  const { users, wallets, accepted } = scenario;
  const { journal, scheduler, queue, faults, trace, orders } = world;
  await setRules(world, scenario, oracle);
  for (const id of users) await journal.addUser({ id });
  for (const wallet of wallets) await journal.addWallet({ ...wallet, sealedKey: "sealed" });
  for (const operation of accepted) {
    const { id, request, at, cancelAt, recoverAt } = operation;
    oracle.accept(operation);
    scheduler.after(at, () => {
      trace.note("caller", `asks for ${id}: ${request.mode}, ${operation.buyers.length} legs`);
      void journal.createOperation({ id, request }).then(() => queue.wakeUser(request.userId));
    });
    orders.recoveriesAsked.set(id, recoverAt.length);
    orders.times.set(id, request);
    scheduleRetries(world, scenario, oracle, operation);
    for (const asked of recoverAt) scheduler.after(asked, () => void recover(world, id));
    if (cancelAt === null || !faults.strikes("cancelled")) continue;
    scheduler.after(cancelAt, () => {
      void cancel(world, id);
    });
  }
}

/**
 * Starts the slots of the cluster. Returns a function that returns true when everything has been at rest for
 * `lingerMs`.
 */
function watchForRest(
  world: World,
  { accepted }: Scenario,
  reviewsEnd: number,
  lingerMs: number,
): () => boolean {
  const { scheduler, cluster, queue, faults, orders } = world;
  let standsUntil = 0;
  let restingSince: number | null = null;
  let underReview = false;
  const tick = async (): Promise<void> => {
    scheduler.after(cluster.machine.slotMs, () => void tick());
    // While the cluster stands still, no slot passes.
    if (scheduler.now >= standsUntil && faults.strikes("cluster stands still"))
      standsUntil = scheduler.now + STANDSTILL_MS;
    if (scheduler.now >= standsUntil) cluster.tick();
    queue.tick();
    const states = await Promise.all(
      accepted.map(({ id }) => isAtRest(world, id, scheduler.now > reviewsEnd)),
    );
    if (!states.every(Boolean) || orders.retriesAhead > 0) restingSince = null;
    else restingSince ??= scheduler.now;
    const operations = await Promise.all(accepted.map(({ id }) => world.journal.readOperation(id)));
    underReview = operations.some((operation) => operation?.status === "needs_review");
  };
  scheduler.after(cluster.machine.slotMs, () => void tick());
  // A review that started late gets one more examination without faults. Only then may `conclude` call it needless.
  return () =>
    restingSince !== null && scheduler.now - restingSince >= (underReview ? REVIEWED_AGAIN_MS : lingerMs);
}

/** Returns true if nothing is left to do for an operation, except a person's decision. */
async function isAtRest(world: World, id: string, faultsAreOver: boolean): Promise<boolean> {
  const operation = await world.journal.readOperation(id);
  if (operation === null || operation.status === "waiting" || operation.status === "active") return false;
  const isAsked = (world.orders.recoveriesAsked.get(id) ?? 0) > 0;
  if (operation.recovery?.state === "requested") return false;
  if (operation.status !== "needs_review" && isAsked) return false;
  if (operation.status !== "needs_review" && operation.settled) return true;
  if (!faultsAreOver) return false;
  const steps = await world.journal.readSteps(id);
  return steps.every(({ status }) => status !== "confirmed" && status !== "in_flight");
}

/**
 * Returns a violation for each incident. The simulated venue always delivers the signed amount, so an incident is a
 * wrong count.
 */
async function shortDeliveries({ journal }: World, accepted: Scenario["accepted"]): Promise<string[]> {
  const operations = await Promise.all(accepted.map(({ id }) => journal.readOperation(id)));
  return operations.flatMap((operation) =>
    (operation?.incidents ?? []).map(
      ({ leg, received, least }) => `${operation?.id}#${leg} is an incident: ${received} of ${least}`,
    ),
  );
}

/** Returns true if every endpoint has the records that prove the step's result. */
const isKnowable = ({ endpoints }: World, { attempts }: Step): boolean =>
  attempts.every(({ blockhashSlot }) => endpoints.every((endpoint) => endpoint.remembers(blockhashSlot)));

async function conclude(
  world: World,
  scenario: Scenario,
  oracle: Oracle,
  cameToRest: boolean,
): Promise<SimResult> {
  const { seed, cluster, journal, tally, trace, faults, scheduler } = world;
  const { accepted } = scenario;
  const steps = (await Promise.all(accepted.map(({ id }) => journal.readSteps(id)))).flat();
  const stuck = cameToRest ? [] : await stuckOperations(world, accepted);
  // Without faults, no fork can drop a transaction that lands now.
  faults.stop();
  cluster.storm();
  oracle.conclude(cluster, cameToRest ? steps : []);
  const unequal = cameToRest ? await unequalShares(world, scenario) : [];
  const short = await shortDeliveries(world, accepted);
  const needless = cameToRest ? steps.filter((step) => isNeedless(world, step)) : [];
  const violations = [
    ...oracle.violations,
    ...tally.violations,
    ...stuck,
    ...unequal,
    ...short,
    ...needless.map(({ id }) => `${id} is still under review, although all endpoints have the evidence`),
  ];
  for (const violation of violations) trace.note("VIOLATION", violation);
  const { signed, resigned, funded, returned, reviews, reopened, retried } = tally;
  return {
    seed,
    operations: accepted.length,
    legs: accepted.reduce((sum, { buyers }) => sum + buyers.length, 0),
    signed,
    resigned,
    funded,
    returned,
    reviews,
    reopened,
    retried,
    forks: cluster.forks,
    lasted: scheduler.now,
    faults: Object.fromEntries(faults.counts),
    kinds: faults.kinds,
    hash: trace.hash(),
    violations,
  };
}

/** Returns true if a review has no reason. After the faults, only pruned records justify a review. */
const isNeedless = (world: World, step: Step): boolean =>
  step.status === "needs_review" && isKnowable(world, step);

async function stuckOperations(world: World, accepted: Scenario["accepted"]): Promise<string[]> {
  const { journal } = world;
  const stuck: string[] = [];
  for (const { id } of accepted) {
    if (await isAtRest(world, id, true)) continue;
    const operation = await journal.readOperation(id);
    const steps = (await journal.readSteps(id)).map(({ status }) => status).join(", ");
    stuck.push(
      `${id} did not come to rest: ${operation?.status}, steps ${steps}, settled ${operation?.settled}, recovery ${operation?.recovery?.state}`,
    );
  }
  return stuck;
}
