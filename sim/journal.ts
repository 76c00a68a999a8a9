/**
 * The journal as one process reaches it: the in-memory one behind a network that refuses, that loses answers after
 * the write has been made, and that is gone for a while.
 */
import type { Anchor, Directory, Journal, Lease, OperationChange, Step } from "../src/engine/ports.ts";
import { CTOError } from "../src/errors/index.ts";
import type { Process } from "./process.ts";
import { checkGivenUp, checkInserted, checkTaken, noteReleased } from "./promises.ts";
import { recordReview, recordStep } from "./reviews.ts";
import type { World } from "./world.ts";

const unavailable = (reason: string): CTOError<"CTO_E_JOURNAL_UNAVAILABLE"> =>
  new CTOError("CTO_E_JOURNAL_UNAVAILABLE", { reason });

/** When the journal is back, for all processes. */
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
      // Nothing rests on a decision that is noted: no fault of it could show, and none is spent on it.
      if (name === "appendDecision") return method.bind(target);
      return (...args: readonly unknown[]) =>
        process.call(`journal.${String(name)}`, async () => {
          // Whether or not it is heard: who asks for it has let go.
          if (name === "releaseLease") noteReleased(world, args[0] as Lease);
          failBefore();
          // Before the write: it takes the count of the tries away.
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

/** A wave's name, and what each part of it is. */
const WAVES = { insertAttempts: "insertAttempt", changeSteps: "changeStep" } as const;
const isWave = (method: string): method is keyof typeof WAVES => Object.hasOwn(WAVES, method);
const WRITES = new Set(["insertAttempt", "changeStep", "reopenStep"]);

/** Only what decides about money is counted and stands in the trace. */
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

/** The first anchor of a leg is the one that counts, whatever the journal makes of a later one. */
function recordAnchors({ anchors, trace }: World, [id, , given]: readonly unknown[]): void {
  for (const { leg, tokens } of given as readonly Anchor[]) {
    const step = `${String(id)}.buy.${leg}`;
    trace.note("journal", `anchors ${step} at ${tokens}`);
    if (!anchors.has(step)) anchors.set(step, tokens);
  }
}

/** `changeStep` answers a step or null; `insertAttempt` an outcome that may hold one. */
function stepIn(answer: unknown): Step | null {
  if (typeof answer !== "object" || answer === null) return null;
  if ("outcome" in answer) return "step" in answer ? (answer.step as Step) : null;
  return answer as Step;
}
