/** Follows landed steps until they are final, after the operation has ended (R6). */

import { isUnknown } from "../../errors/index.ts";
import { BRIEF_LEASE_MS } from "../beats.ts";
import { settleReserved } from "../limits/reservations.ts";
import type { Lamports, Operation, Ports, Step } from "../ports.ts";
import { reportRecovery } from "../recovery/drive-recoveries.ts";
import { legOf } from "../step/of-leg.ts";
import { decisiveAttempt } from "../step/status.ts";
import { isUndecidable, judge } from "../step/step.ts";
import { checkDeliveries, rereadTokens } from "./incidents.ts";
import { emit } from "./journaling.ts";
import { legEvent } from "./step-events.ts";

type SettlePorts = Pick<Ports, "journal" | "chain" | "events" | "clock">;

export type SettleOptions = {
  /**
   * The owner of the lease for a reopening. It must differ for each process, because the same owner gets its lease
   * again: two processes would then share one lease.
   */
  readonly owner: string;
  /** How long we watch a signature in one round, ms. */
  readonly timeoutMs: number;
  /**
   * The time after signing, ms. After it, a step that no endpoint can decide any more goes to review, and we stop
   * requesting what it delivered.
   */
  readonly reviewAfterMs: number;
};

type Settled = Pick<Operation, "id" | "request" | "progress">;

/** The result of one check of a confirmed step. */
type Outcome = "final" | "open" | "gone";

/**
 * Checks every confirmed step of a finished operation once. A step whose block is final becomes `finalized`.
 *
 * We send an unseen transaction again: the same bytes are always safe (R2), and a fork may have dropped it. But
 * unseen does not mean dropped. Only evidence that it is provably dead reopens its step, and with it the operation,
 * which a worker then continues under the same rule.
 *
 * We also reopen an old step if no endpoint finds it, and each endpoint that does not prove it dead has pruned its
 * records. Nobody can settle such a step. After reopening it ends in review instead of waiting forever.
 *
 * @returns true if nothing of the operation is left to settle
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
  const settled = confirmed.length === 0 ? steps : await ports.journal.readSteps(operation.id);
  // We settle the reservations again, because a worker that had lost its lease may have reserved since the end.
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
    // This comes before `finalize`, because nothing reads a final step again.
    if (isMoved && !(await rereadTokens(ports, operation, step, attempt)) && !isOld()) return "open";
    return finalize(ports, step, attempt.number, slot);
  };
  const view = await chain.watch(attempt.signature, { timeoutMs, until: "finalized", isPatient: true });
  if (view.state === "finalized" && view.failure === null) {
    return settleAt(view.slot);
  }
  if (view.state === "confirmed" && view.failure === null) return "open";
  try {
    if (view.state === "unseen") await chain.broadcast(attempt.wire, { preflight: false, everywhere: true });
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
    // R4: a failed read proves nothing. The next round retries.
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

/** Reopens steps under the user's lease, so that no run concludes the operation meanwhile. */
async function reopen(
  ports: SettlePorts,
  { id, request, progress }: Settled,
  steps: readonly Step[],
  owner: string,
): Promise<void> {
  const { journal } = ports;
  const lease = await journal.acquireLease(request.userId, `${owner}/settle/${id}`, BRIEF_LEASE_MS);
  if (lease === null) return; // A run holds the lease; a later round retries.
  try {
    const legs = await journal.readLegs(id);
    for (const step of steps) {
      const reopened = await journal.reopenStep(step.id, step.version);
      const leg = legOf(legs, step);
      if (reopened === null || leg === undefined) continue;
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
