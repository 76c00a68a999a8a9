/**
 * Retries operations as callers do: while the original is under way, in review or at its end, twice at once, and the
 * retry of a retry. The engine decides which legs are bought again.
 */
import { planRetry } from "../src/engine/operation/retry.ts";
import { type Operation, type OperationRequest, stepOfLeg } from "../src/engine/ports.ts";
import { isCTOError } from "../src/errors/index.ts";
import type { Oracle } from "./oracle.ts";
import { cancel } from "./promises.ts";
import { createRandom } from "./random.ts";
import type { Accepted, Scenario } from "./scenario.ts";
import type { World } from "./world.ts";

/** A scenario that grows by the accepted retries. */
export type GrowingScenario = Omit<Scenario, "accepted"> & { readonly accepted: Accepted[] };

/** The pause before a caller repeats a request that came too early, ms. A simulation does not end within it. */
const ASK_AGAIN_MS = 1_000;

/** The longest time between two readings of one request, ms. */
const READING_MS = 50;

/** An id with this suffix is a retry. A real id is a hash of the original's id, and therefore also always the same. */
const SUFFIX = "r";
const MOST_RETRIES = 2;

/** Schedules the retry requests of one operation. */
export function scheduleRetries(
  world: World,
  scenario: GrowingScenario,
  oracle: Oracle,
  { id, retryAt }: Pick<Accepted, "id" | "retryAt">,
): void {
  const { scheduler, orders } = world;
  for (const at of retryAt) {
    orders.retriesAhead += 1;
    scheduler.after(at - scheduler.now, () => {
      orders.retriesAhead -= 1;
      void retry(world, scenario, oracle, id);
    });
  }
}

/** Requests a retry, as `src/services/retry.ts` does. Two callers may read at the same time; the journal decides. */
async function retry(world: World, scenario: GrowingScenario, oracle: Oracle, id: string): Promise<void> {
  const { queue, scheduler, trace, tally } = world;
  const retryId = `${id}${SUFFIX}`;
  const before = scenario.accepted.find((one) => one.id === id);
  const planned = await plan(world, id);
  if (planned === "too early") {
    scheduler.after(ASK_AGAIN_MS, () => void retry(world, scenario, oracle, id));
    return;
  }
  if (planned === "nothing" || before === undefined) return;
  if (!(await isCreated(world, retryId, planned))) return;
  const addresses = new Map(scenario.wallets.map((wallet) => [wallet.id, wallet.address]));
  const buyers = planned.walletIds?.flatMap((walletId) => addresses.get(walletId) ?? []) ?? before.buyers;
  trace.note("caller", `has ${id} retried as ${retryId}: ${buyers.length} legs`);
  const random = createRandom(world.seed, `retry ${retryId}`);
  const isLast = retryId.endsWith(SUFFIX.repeat(MOST_RETRIES));
  const retryAt = !isLast && random.chance(0.6) ? [scheduler.now + random.between(0, 60_000)] : [];
  const accepted: Accepted = {
    id: retryId,
    request: planned,
    at: scheduler.now,
    cancelAt: null,
    recoverAt: [],
    retryAt,
    retryOf: id,
    buyers,
  };
  scenario.accepted.push(accepted);
  oracle.accept(accepted);
  tally.retried += 1;
  await checkRetried(world, id, planned);
  scheduleRetries(world, scenario, oracle, accepted);
  if (random.chance(0.2)) scheduler.after(random.between(0, 5_000), () => void cancel(world, retryId));
  queue.wakeUser(planned.userId);
}

/** Reads the operation, its legs and its steps at different moments, and plans its retry. */
async function plan(world: World, id: string): Promise<OperationRequest | "too early" | "nothing"> {
  const { journal, scheduler, latency } = world;
  const pause = () => scheduler.sleep(latency.between(0, READING_MS));
  const operation = await journal.readOperation(id);
  if (operation === null) return "too early";
  await pause();
  const legs = await journal.readLegs(id);
  await pause();
  const steps = await journal.readSteps(id);
  await pause();
  try {
    return planRetry({ operation, legs, steps });
  } catch (error) {
    if (isCTOError(error, "CTO_E_RETRY_NOTHING")) return "nothing";
    if (isCTOError(error, "CTO_E_RETRY_TOO_EARLY") || isCTOError(error, "CTO_E_RETRY_NEEDS_REVIEW"))
      return "too early";
    throw error;
  }
}

/** Returns false if another caller came first. */
async function isCreated({ journal }: World, id: string, request: OperationRequest): Promise<boolean> {
  try {
    return (await journal.createOperation({ id, request })).created;
  } catch (error) {
    if (isCTOError(error, "CTO_E_IDEMPOTENCY_KEY_REUSED")) return false;
    throw error;
  }
}

const ENDED: ReadonlySet<Operation["status"]> = new Set(["completed", "failed", "cancelled"]);

/** Checks an accepted retry against the journal: the original has a plan or has ended, and none of its retried buys may land. */
async function checkRetried(
  { journal, tally }: World,
  id: string,
  { walletIds }: OperationRequest,
): Promise<void> {
  const [operation, legs, steps] = await Promise.all([
    journal.readOperation(id),
    journal.readLegs(id),
    journal.readSteps(id),
  ]);
  const mayLand = legs
    .filter(({ walletId }) => walletIds?.includes(walletId) ?? true)
    .filter((leg) => {
      const status = stepOfLeg(steps, "buy", leg)?.status;
      return status !== "failed" && status !== "cancelled";
    });
  // After its end, a fork may have reopened a leg that had landed. The others may still be retried.
  const isUnplanned = legs.length === 0 && !(operation !== null && ENDED.has(operation.status));
  if (isUnplanned || mayLand.length > 0)
    tally.violations.push(
      `the retry of ${id} is accepted although it is ${operation?.status}, and ${mayLand.length} of its legs may land`,
    );
}
