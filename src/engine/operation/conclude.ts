/** Ends a run of an operation: gives up unsigned steps, writes the outcome, and then emits the events. */
import { CTOError, toFailure } from "../../errors/index.ts";
import { settleReserved } from "../limits/reservations.ts";
import { type Operation, type OperationEvent, PHASES, type Step } from "../ports.ts";
import { hasFailed } from "../step/status.ts";
import { change, emit, LeaseLost, type Run } from "./journaling.ts";
import { concludeStatus } from "./result.ts";

/** Gives up the operation's unsigned steps: they fail with the reason. Steps in flight stay in flight. */
export async function giveUp(run: Run, error: unknown): Promise<void> {
  const steps = await run.ports.journal.readSteps(run.operation.id);
  const unsigned = steps.filter(({ status }) => status === "ready");
  const failure = toFailure(error);
  await Promise.all(unsigned.map((step) => change(run, step, { status: "failed", failure })));
}

/** Writes the operation's outcome, then emits its events. */
export async function conclude(run: Run, error?: unknown): Promise<Operation> {
  const { ports, operation, lease } = run;
  const [steps, now] = await Promise.all([
    ports.journal.readSteps(operation.id),
    ports.journal.readOperation(operation.id),
  ]);
  if (now === null)
    throw new CTOError("CTO_E_INTERNAL", { reason: `operation ${operation.id} has vanished` });
  const end = concludeStatus(now, steps);
  // An attempt that an earlier run has sent may still land. The operation stays active, and a later run continues.
  if (end === null)
    throw error ?? new CTOError("CTO_E_INTERNAL", { reason: `${operation.id} ended with open steps` });
  // What failed makes room for the user's next operation at once. The settler puts the real costs in place of what landed.
  await settleReserved(
    ports,
    operation,
    steps.filter(({ status }) => hasFailed(status)),
  );
  const failure = end.status === "failed" ? failureOf(steps, error) : undefined;
  const changed = await ports.journal.changeOperation(operation.id, lease, {
    ...end,
    ...(end.status === "needs_review" ? {} : { progress: 100 }),
    ...(failure ? { failure } : {}),
  });
  if (!changed) throw new LeaseLost(operation.id);
  const progress = end.status === "needs_review" ? now.progress : 100;
  // The operation was examined again, still without proof. There is no news to emit.
  if (end.status === "needs_review" && now.status === "needs_review") return now;
  // State before events: a listener that gets the result event and reads the status must see the new status.
  const events: OperationEvent[] = [
    ...(end.status === "completed"
      ? [{ type: "phase", phase: "completed", ...PHASES.completed } as const]
      : []),
    { type: "result", status: end.status, progress, ...(failure ? { failure } : {}) },
  ];
  const [ended] = await Promise.all([
    ports.journal.readOperation(operation.id),
    ...events.map((event) => emit(ports, operation.id, event)),
  ]);
  return ended ?? now;
}

const failureOf = (steps: readonly Step[], error: unknown): { code: string; message: string } => {
  if (error !== undefined) return toFailure(error);
  const first = steps.find(({ failure }) => failure !== undefined)?.failure;
  return toFailure(
    new CTOError("CTO_E_OPERATION_NOTHING_LANDED", {
      legs: steps.length,
      first: first?.message ?? "unknown",
    }),
  );
};
