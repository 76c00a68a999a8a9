/** Settlement: follows what landed until it is final, after the operation has been answered as completed (R6). */

import { isUnknown } from "../../errors/index.ts";
import { BRIEF_LEASE_MS } from "../beats.ts";
import { settleReserved } from "../limits/reservations.ts";
import type { Lamports, Operation, Ports, Step } from "../ports.ts";
import { reportRecovery } from "../recovery/drive-recoveries.ts";
import { decisiveAttempt } from "../step/status.ts";
import { isUndecidable, judge } from "../step/step.ts";
import { checkDeliveries, rereadTokens } from "./incidents.ts";
import { emit } from "./journaling.ts";
import { legEvent } from "./step-events.ts";

type SettlePorts = Pick<Ports, "journal" | "chain" | "events" | "clock">;

export type SettleOptions = {
  /** Who holds the lease for a reopening. Another one for each process, or two would take it for their own. */
  readonly owner: string;
  /** How long one look at a signature lasts, ms. */
  readonly timeoutMs: number;
  /** How long after its signing a step that no endpoint can decide any more goes to review, and what it delivered is asked for, ms. */
  readonly reviewAfterMs: number;
};

type Settled = Pick<Operation, "id" | "request" | "progress">;

/** What one look at a confirmed step says. */
type Outcome = "final" | "open" | "gone";

/**
 * Looks once at every confirmed step of a finished operation; those whose block is final become `finalized`.
 *
 * A transaction that is not seen is sent again: the same bytes are always safe (R2), and a fork may have dropped it.
 * Unseen is not gone, though: only evidence that it is provably dead reopens its step, and with it the operation,
 * which a worker then drives on under the same rule. A step that no endpoint finds is reopened, too, when those that do
 * not prove it dead have pruned its records: nobody can settle it, and driven on it ends in review instead of waiting for ever.
 *
 * @returns true when nothing of the operation is left to settle
 */
export async function settleOperation(
  ports: SettlePorts,
  operation: Settled,
  options: SettleOptions,
): Promise<boolean> {
  const steps = await ports.journal.readSteps(operation.id);
  const confirmed = steps.filter(({ status }) => status === "confirmed");
  const outcomes = await Promise.all(confirmed.map((step) => settleStep(ports, operation, step, options)));
  const gone = confirmed.filter((_step, at) => outcomes[at] === "gone");
  if (gone.length > 0) await reopen(ports, operation, gone, options.owner);
  if (outcomes.some((outcome) => outcome !== "final")) return false;
  // Read again, for what has just become final. And a worker that had lost its lease may have reserved since the end.
  const settled = await ports.journal.readSteps(operation.id);
  await settleReserved(ports, operation, settled);
  if (!(await checkDeliveries(ports, operation, settled, options.reviewAfterMs))) return false;
  await ports.journal.markSettled(operation.id);
  return true;
}

async function settleStep(
  ports: SettlePorts,
  operation: Settled,
  step: Step,
  { timeoutMs, reviewAfterMs }: SettleOptions,
): Promise<Outcome> {
  const { chain } = ports;
  const attempt = step.attempts.find(({ status }) => status === "landed");
  if (attempt === undefined) return "open";
  const isOld = (): boolean => ports.clock.now().getTime() - attempt.createdAt.getTime() > reviewAfterMs;
  const settleAt = async (slot: bigint): Promise<Outcome> => {
    const isMoved = step.kind === "buy" && attempt.slot !== slot;
    // Before it is final: nobody comes back to a final step.
    if (isMoved && !(await rereadTokens(ports, operation, step, attempt)) && !isOld()) return "open";
    return finalize(ports, step, attempt.number, slot);
  };
  const view = await chain.watch(attempt.signature, { timeoutMs, until: "finalized" });
  if (view.state === "finalized" && view.failure === null) {
    return settleAt(view.slot);
  }
  if (view.state === "confirmed" && view.failure === null) return "open";
  try {
    if (view.state === "unseen") await chain.broadcast(attempt.wire, { preflight: false });
    const evidences = await chain.gatherEvidence(step.attempts.map(({ signature }) => signature));
    const verdict = judge(step.attempts, evidences);
    if (verdict.verdict === "dead") return "gone";
    if (verdict.verdict === "unknown") {
      return isOld() && isUndecidable(attempt, evidences) ? "gone" : "open";
    }
    if (!verdict.finalized) return "open";
    if (verdict.attempt !== attempt.number) return await finalize(ports, step, verdict.attempt, verdict.slot);
    return await settleAt(verdict.slot);
  } catch (error) {
    // R4: what could not be asked proves nothing. The next round asks again.
    if (!isUnknown(error)) throw error;
    return "open";
  }
}

async function finalize(
  { journal }: SettlePorts,
  step: Step,
  attempt: number,
  slot: bigint,
): Promise<Outcome> {
  const change = { status: "finalized", attempt: { number: attempt, status: "landed", slot } } as const;
  return (await journal.changeStep(step.id, step.version, null, change)) === null ? "open" : "final";
}

/** Reopens steps under the user's lease, so that no run concludes the operation while it is reopened. */
async function reopen(
  ports: SettlePorts,
  { id, request, progress }: Settled,
  steps: readonly Step[],
  owner: string,
): Promise<void> {
  const { journal } = ports;
  const lease = await journal.acquireLease(request.userId, `${owner}/settle/${id}`, BRIEF_LEASE_MS);
  if (lease === null) return; // A run has the wallets; a later round finds them free.
  try {
    const legs = await journal.readLegs(id);
    for (const step of steps) {
      const reopened = await journal.reopenStep(step.id, step.version);
      const leg = legs.find(({ index }) => index === step.leg);
      if (reopened === null || leg === undefined || step.kind === "fund") continue;
      if (step.kind === "recover") {
        const owed = decisiveAttempt(step)?.returned ?? (0n as Lamports);
        await reportRecovery(ports, leg, { owed }, reopened);
        continue;
      }
      await emit(ports, id, legEvent(leg, reopened, progress));
    }
  } finally {
    await journal.releaseLease(lease);
  }
}
