/**
 * Counts the work of a worker in the metrics, from the worker's writes to the journal: `createCTOWorker({ wrapPorts:
 * measureWorker(metrics) })`.
 */
import { decisiveAttempt, hasLanded, type Insertion, type Journal, type Step } from "../engine/ports.ts";
import type { Metrics } from "../runtime/metrics.ts";
import type { WorkerPorts } from "../runtime/worker-ports.ts";

const OUTCOMES: readonly Step["status"][] = ["failed", "cancelled", "needs_review"];

function countStep({ legs, landingSeconds }: Metrics, { kind, status, attempts }: Step): void {
  if (kind !== "buy") return;
  const landed = hasLanded(status);
  if (!landed && !OUTCOMES.includes(status)) return;
  const attempt = decisiveAttempt({ attempts });
  const venue = attempt?.venue ?? "none";
  legs.inc({ outcome: landed ? "landed" : status, venue });
  const [first] = attempts;
  if (landed && first !== undefined) {
    landingSeconds.observe({ venue }, (Date.now() - first.createdAt.getTime()) / 1_000);
  }
}

function countInsertion({ resigned }: Metrics, answer: Insertion): void {
  if (answer.outcome === "inserted" && answer.step.attempts.length > 1)
    resigned.inc({ kind: answer.step.kind });
}

type Measured = Pick<Journal, "changeStep" | "changeSteps" | "insertAttempt" | "insertAttempts">;

const measured = (journal: Journal, metrics: Metrics): Measured => ({
  async changeStep(stepId, version, lease, change) {
    const changed = await journal.changeStep(stepId, version, lease, change);
    // A change without a lease comes from the settler. It finalizes a step that we have already counted as landed.
    const settles = lease === null && change.status === "finalized";
    if (changed !== null && !settles) countStep(metrics, changed);
    return changed;
  },
  async changeSteps(lease, changes) {
    const changed = await journal.changeSteps(lease, changes);
    for (const step of changed) if (step !== null) countStep(metrics, step);
    return changed;
  },
  async insertAttempt(stepId, version, lease, attempt) {
    const answer = await journal.insertAttempt(stepId, version, lease, attempt);
    countInsertion(metrics, answer);
    return answer;
  },
  async insertAttempts(lease, attempts) {
    const answers = await journal.insertAttempts(lease, attempts);
    for (const answer of answers) countInsertion(metrics, answer);
    return answers;
  },
});

/** Returns the same ports with counters added; their behaviour does not change. */
export const measureWorker =
  (metrics: Metrics) =>
  (ports: WorkerPorts): WorkerPorts => {
    metrics.watchChain(() => ports.chain.stats());
    const { journal, events } = ports;
    return {
      ...ports,
      journal: Object.assign(Object.create(journal) as Journal, measured(journal, metrics)),
      events: {
        notify(id, event) {
          if (event.type === "result") metrics.operations.inc({ status: event.status });
          if (event.type === "incident") metrics.incidents.inc();
          events.notify(id, event);
        },
      },
    };
  };
