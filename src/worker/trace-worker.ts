/**
 * Creates the spans of a worker: one for each turn at an operation, and inside it one for each attempt.
 *
 * We create an attempt's span from the journal when its outcome is known. An attempt that one worker signed and
 * another worker followed therefore has a span too, from its signature on.
 */
import { type Attributes, context, SpanKind, trace } from "@opentelemetry/api";
import type {
  Attempt,
  ChangeOfStep,
  Journal,
  Lease,
  Operation,
  SharedCache,
  Step,
  StepChange,
} from "../engine/ports.ts";
import { isTraced } from "../queue/telemetry.ts";
import { contextOf, traced, tracer } from "../runtime/tracing/operation-trace.ts";
import type { WorkerPorts } from "../runtime/worker-ports.ts";

/** Only facts that are public on chain, and the outcome; no reasons in words. */
const attributesOf = (step: Step, attempt: Attempt, outcome: Attempt["status"]): Attributes => ({
  "cto.operation": step.operationId,
  "cto.step.kind": step.kind,
  "cto.leg": step.number,
  "cto.attempt": attempt.number,
  "cto.signature": attempt.signature,
  "cto.outcome": outcome,
  ...(attempt.venue === undefined ? {} : { "cto.venue": attempt.venue }),
  ...(step.failure === undefined ? {} : { "cto.error": step.failure.code }),
});

function spanOfAttempt(step: Step, change: StepChange): void {
  if (change.attempt === undefined) return;
  const { number, status } = change.attempt;
  const attempt = step.attempts.find((each) => each.number === number);
  if (attempt === undefined) return;
  tracer()
    .startSpan(`cto attempt ${step.kind}`, {
      kind: SpanKind.CLIENT,
      startTime: attempt.createdAt,
      attributes: attributesOf(step, attempt, status),
    })
    .end();
}

type Traced = Pick<Journal, "changeStep" | "changeSteps">;

/** The settler's changes have no lease. They finalize attempts that already have their spans. */
const tracedJournal = (journal: Journal): Traced => ({
  async changeStep(stepId: string, version: number, lease: Lease | null, change: StepChange) {
    const changed = await journal.changeStep(stepId, version, lease, change);
    if (changed !== null && lease !== null) spanOfAttempt(changed, change);
    return changed;
  },
  async changeSteps(lease: Lease, changes: readonly ChangeOfStep[]) {
    const changed = await journal.changeSteps(lease, changes);
    for (const [index, step] of changed.entries()) {
      const change = changes[index]?.change;
      if (step !== null && change !== undefined) spanOfAttempt(step, change);
    }
    return changed;
  },
});

/** Returns the ports with spans added, or the same ports if there is no tracing. */
export function tracePorts(ports: WorkerPorts): WorkerPorts {
  if (!isTraced()) return ports;
  const { journal } = ports;
  return { ...ports, journal: Object.assign(Object.create(journal) as Journal, tracedJournal(journal)) };
}

/** Runs a worker's turn at an operation in a span of the operation's trace. */
export async function traceOperation<T>(
  cache: SharedCache,
  operation: Operation,
  work: () => Promise<T>,
): Promise<T> {
  if (!isTraced()) return work();
  const attributes = {
    "cto.operation": operation.id,
    "cto.token": operation.request.tokenAddress,
    "cto.mode": operation.request.mode,
    "cto.tries": operation.tries,
  };
  const under = await contextOf(cache, operation.id);
  // One wake-up serves all operations of its user. If it belongs to another trace, we link the two spans.
  const wakeUp = trace.getSpan(context.active());
  const isElsewhere = wakeUp !== undefined && trace.getSpan(under) !== wakeUp;
  return traced("cto operation", { attributes, under }, (span) => {
    if (isElsewhere) span.addLink({ context: wakeUp.spanContext() });
    return work();
  });
}
