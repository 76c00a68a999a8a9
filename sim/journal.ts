/**
 * Gives one simulated process access to the in-memory journal through a faulty network. The network refuses calls, loses
 * answers after the write has happened, and is unavailable for a while.
 */
import type { Anchor, Directory, Journal, Lease, OperationChange, Step } from "../src/engine/ports.ts";
import { CTOError } from "../src/errors/index.ts";
import type { Process } from "./process.ts";
import { checkGivenUp, checkInserted, checkTaken, noteReleased } from "./promises.ts";
import { recordReview, recordStep } from "./reviews.ts";
import type { World } from "./world.ts";

const unavailable = (reason: string): CTOError<"CTO_E_JOURNAL_UNAVAILABLE"> =>
  new CTOError("CTO_E_JOURNAL_UNAVAILABLE", { reason });

/** The end of the journal's current outage. All processes share it. */
export type Outage = { until: number };

export function reachJournal(world: World, process: Process, outage: Outage): Journal & Directory {
  const { faults, scheduler } = world;
  const failBefore = (): void => {
    if (outage.until <= scheduler.now && faults.strikes("journal outage")) {
      outage.until = scheduler.now + faults.shape("journal outage").between(500, 40_000);
    }
    const isOut = outage.until > scheduler.now;
    if (!isOut && !faults.strikes("journal refuses")) return;
    process.cutOffAt = scheduler.now;
    throw unavailable(isOut ? "an outage" : "refused");
  };
  return new Proxy(world.journal, {
    get(target, name) {
      const method: unknown = Reflect.get(target, name);
      if (typeof method !== "function") return method;
      // No logic depends on a decision, so a fault there could not reveal anything. We inject none.
      if (name === "appendDecision") return method.bind(target);
      return (...args: readonly unknown[]) =>
        process.call(`journal.${String(name)}`, async () => {
          // Even if the call fails: the process no longer uses the lease.
          if (name === "releaseLease") noteReleased(world, args[0] as Lease);
          failBefore();
          // We read before the write, because the write resets the count of tries.
          const before =
            name === "changeOperation" ? await world.journal.readOperation(String(args[0])) : null;
          const answer: unknown = await Reflect.apply(method, target, args);
          if (before !== null && answer === true) checkGivenUp(world, before, args[2] as OperationChange);
          noteWrite(world, process, String(name), args, answer);
          if (!faults.strikes("journal writes, answer lost")) {
            if (name === "acquireLease" && answer !== null) checkTaken(world, process, answer as Lease);
            return answer;
          }
          process.cutOffAt = scheduler.now;
          throw unavailable("written, but the answer is lost");
        });
    },
  });
}

/** The methods that write several steps at once, and the method that each part corresponds to. */
const WAVES = { insertAttempts: "insertAttempt", changeSteps: "changeStep" } as const;
const isWave = (method: string): method is keyof typeof WAVES => Object.hasOwn(WAVES, method);
const WRITES = new Set(["insertAttempt", "changeStep", "reopenStep"]);

/** Counts and traces the writes that decide about money, and checks them. Ignores all other methods. */
function noteWrite(
  world: World,
  process: Process,
  method: string,
  args: readonly unknown[],
  answer: unknown,
) {
  if (method === "anchorLegs" && answer === true) recordAnchors(world, args);
  if (isWave(method)) {
    const asked = args[1] as readonly { stepId: string; expectedVersion: number }[];
    for (const [at, one] of (answer as readonly unknown[]).entries())
      noteWrite(world, process, WAVES[method], [asked[at]?.stepId, asked[at]?.expectedVersion], one);
    return;
  }
  if (!WRITES.has(method)) return;
  const step = stepIn(answer);
  const result = step === null ? "refused" : `${step.status} v${step.version} of ${step.attempts.length}`;
  const reason = step?.attempts.at(-1)?.reason ?? "";
  world.trace.note(process.name, `${method} ${String(args[0])} v${String(args[1])}: ${result} ${reason}`);
  if (step === null) return;
  recordStep(world, method, step);
  if (method === "insertAttempt") checkInserted(world, process, step);
  if (step.status === "needs_review") recordReview(world, process, step);
}

/** Records the first anchor of each leg. P4 binds the leg to it, even if the journal accepts a later one. */
function recordAnchors({ anchors, trace }: World, [id, , given]: readonly unknown[]): void {
  for (const { leg, tokens } of given as readonly Anchor[]) {
    const step = `${String(id)}.buy.${leg}`;
    trace.note("journal", `anchors ${step} at ${tokens}`);
    if (!anchors.has(step)) anchors.set(step, tokens);
  }
}

/**
 * Returns the step in an answer: `changeStep` returns a step or null, `insertAttempt` an outcome that may contain a
 * step.
 */
function stepIn(answer: unknown): Step | null {
  if (typeof answer !== "object" || answer === null) return null;
  if ("outcome" in answer) return "step" in answer ? (answer.step as Step) : null;
  return answer as Step;
}
