/** How a run of an operation ends: what is left is given up, the outcome is written, and then told. */
import { CTOError, toFailure } from "../../errors/index.ts";
import { settleReserved } from "../limits/reservations.ts";
import { type Operation, type OperationEvent, PHASES, type Step } from "../ports.ts";
import { change, emit, LeaseLost, type Run } from "./journaling.ts";
import { concludeStatus } from "./result.ts";

/** Nothing more will be signed: what was never signed fails with the reason. What is in flight stays so. */
export async function giveUp(run: Run, error: unknown): Promise<void> {
  const steps = await run.ports.journal.readSteps(run.operation.id);
  const unsigned = steps.filter(({ status }) => status === "ready");
  const failure = toFailure(error);
  await Promise.all(unsigned.map((step) => change(run, step, { status: "failed", failure })));
}

/** Writes how the operation ended, and tells it. */
export async function conclude(run: Run, error?: unknown): Promise<Operation> {
  const { ports, operation, lease } = run;
  const [steps, now] = await Promise.all([
    ports.journal.readSteps(operation.id),
    ports.journal.readOperation(operation.id),
  ]);
  if (now === null)
    throw new CTOError("CTO_E_INTERNAL", { reason: `operation ${operation.id} has vanished` });
  const end = concludeStatus(now, steps);
  // What an earlier run has sent may still land: the operation stays active, and a later run goes on.
  if (end === null)
    throw error ?? new CTOError("CTO_E_INTERNAL", { reason: `${operation.id} ended with open steps` });
  await settleReserved(ports, operation, steps);
  const failure = end.status === "failed" ? failureOf(steps, error) : undefined;
  const changed = await ports.journal.changeOperation(operation.id, lease, {
    ...end,
    ...(end.status === "needs_review" ? {} : { progress: 100 }),
    ...(failure ? { failure } : {}),
  });
  if (!changed) throw new LeaseLost(operation.id);
  const progress = end.status === "needs_review" ? now.progress : 100;
  // Looked at again, and still without proof: nothing has happened that is worth telling.
  if (end.status === "needs_review" && now.status === "needs_review") return now;
  // State before events: a listener that hears the result and asks for the status must find it.
  const events: OperationEvent[] = [
    ...(end.status === "completed"
      ? [{ type: "phase", phase: "completed", ...PHASES.completed } as const]
      : []),
    { type: "result", status: end.status, progress, ...(failure ? { failure } : {}) },
  ];
  await Promise.all(events.map((event) => emit(ports, operation.id, event)));
  return (await ports.journal.readOperation(operation.id)) ?? now;
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
