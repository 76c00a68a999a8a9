/**
 * Writes the engine's changes: checks every change against the transition table, and stores every event before
 * notifying listeners.
 */
import type { TokenLabel } from "../../base/token-label.ts";
import { CTOError } from "../../errors/index.ts";
import type { Lease, Operation, OperationEvent, Phase, Ports, Step, StepChange } from "../ports.ts";
import { PHASES } from "../ports.ts";
import { isLegal } from "../step/step.ts";

/**
 * Another worker has taken over the user's lease. This run must stop. The other worker continues from the journal.
 */
export class LeaseLost extends Error {
  override readonly name = "LeaseLost";
}

/** The process is shutting down. Another process continues the operation from the journal. */
export class Interrupted extends Error {
  override readonly name = "Interrupted";
}

/** The context of one run of an operation. */
export type Run = {
  readonly ports: Ports;
  readonly operation: Operation;
  readonly lease: Lease;
  readonly signal: AbortSignal;
};

export const stopIfInterrupted = (signal: AbortSignal): void => {
  if (signal.aborted) throw signal.reason instanceof LeaseLost ? signal.reason : new Interrupted();
};

/** Stores an event, then notifies listeners. */
export async function emit(
  ports: Pick<Ports, "journal" | "events">,
  id: string,
  event: OperationEvent,
): Promise<void> {
  ports.events.notify(id, await ports.journal.appendEvent(id, event));
}

/**
 * Emits a phase, unless an earlier run of this operation has. Includes the token's label if this run has just read
 * it.
 */
export async function enterPhase(
  { ports, operation, lease }: Run,
  phase: Phase,
  tokenLabel?: TokenLabel,
): Promise<void> {
  const { label, progress } = PHASES[phase];
  if (operation.progress >= progress) return;
  await Promise.all([
    emit(ports, operation.id, {
      type: "phase",
      phase,
      label,
      progress,
      ...(tokenLabel ? { token: tokenLabel } : {}),
    }),
    ports.journal.changeOperation(operation.id, lease, { progress, ...(tokenLabel ? { tokenLabel } : {}) }),
  ]);
}

/**
 * Changes a step by compare-and-set.
 *
 * @throws LeaseLost if another worker has changed the step, or the lease is stale
 */
export async function change(run: Pick<Run, "ports" | "lease">, step: Step, to: StepChange): Promise<Step> {
  if (!isLegal(step.status, to.status)) {
    throw new CTOError("CTO_E_INTERNAL", {
      reason: `step ${step.id} cannot go from ${step.status} to ${to.status}`,
    });
  }
  const changed = await run.ports.journal.changeStep(step.id, step.version, run.lease, to);
  if (changed === null) throw new LeaseLost(`step ${step.id} was changed by another worker`);
  return changed;
}
