/**
 * Stores a person's decision about a step whose outcome cannot be proved, or about a return that waits to be signed. The user's lease fences the decision, like
 * every worker's write, and the operation's events and the audit log record it.
 */

import { CTOError, toFailure } from "../../errors/index.ts";
import { DECISION_LEASE_MS } from "../beats.ts";
import { conclude } from "../operation/conclude.ts";
import { change, emit, type Run } from "../operation/journaling.ts";
import { legEvent } from "../operation/step-events.ts";
import { writeTokens } from "../operation/tokens-received.ts";
import type { Attempt, AuditEntry, Lamports, Operation, Ports, Resolution, Step } from "../ports.ts";
import { reportRecovery } from "../recovery/drive-recoveries.ts";
import { unplannedLegs } from "../recovery/plan-recovery.ts";
import { sayHistory } from "../restore/step-history.ts";
import { feeSlotOf } from "../step/fee-slot.ts";
import { legOf } from "../step/of-leg.ts";
import { decisiveAttempt, isAtRest } from "../step/status.ts";
import { hasExpired, judge, type Verdict } from "../step/step.ts";
import { type Gathered, gather, isUnsigned, type ReviewPorts, sayVerdict } from "./gather.ts";
import { isWaitingReturn, returnedBy } from "./waiting-return.ts";

/** Returns an attempt that, by some endpoint's height, a block may still include. */
const mayStillLand = (step: Step, { evidences }: Gathered): Attempt | undefined =>
  step.attempts.find(({ lastValidBlockHeight }) =>
    evidences.some((evidence) => !hasExpired(lastValidBlockHeight, evidence.finalizedBlockHeight)),
  );

/**
 * Refuses a decision that the chain contradicts, even if forced; and a decision that the chain makes unlikely, unless
 * forced.
 */
function requireDecidable(
  operation: Operation,
  step: Step,
  { resolution, force }: Pick<Decided, "resolution" | "force">,
  verdict: Verdict,
  gathered: Gathered,
): void {
  const refuse = (reason: string): never => {
    throw new CTOError("CTO_E_REVIEW_REFUSED", { step: step.id, reason });
  };
  const waits = isWaitingReturn(operation, step);
  if (step.status !== "needs_review" && !waits) refuse(`it is ${step.status}, and needs no review`);
  if (waits && resolution === "landed") refuse("it waits to be signed, so it can only be ended (`dead`)");
  if (resolution === "dead" && verdict.verdict === "landed") {
    refuse(`attempt ${verdict.attempt} landed in slot ${verdict.slot}`);
  }
  if (resolution === "dead") requireNotLater(gathered, force, refuse);
  if (force) return;
  const open = mayStillLand(step, gathered);
  if (resolution === "dead" && verdict.verdict === "unknown" && open !== undefined) {
    const last = open.lastValidBlockHeight + 1n;
    refuse(
      `attempt ${open.number} may still land until block ${last}; it can be forced with a stated reason`,
    );
  }
  if (resolution === "landed" && verdict.verdict !== "landed") {
    const { history } = gathered;
    const why =
      history?.verdict === "found"
        ? `${sayHistory(history)}, and a worker takes it over at its next check`
        : "no endpoint has found it on chain";
    refuse(`${why}; it can be forced with a stated reason`);
  }
}

/**
 * Refuses `dead` for a step of a restored journal that landed after the backup or may still land, even if forced; and
 * for one about which its wallet's history proves nothing, unless forced.
 */
function requireNotLater({ history }: Gathered, force: boolean, refuse: (reason: string) => never): void {
  if (history === null || history.verdict === "absent") return;
  if (history.verdict !== "unprovable") refuse(sayHistory(history));
  if (!force) refuse(`${sayHistory(history)}; it can be forced with a stated reason`);
}

/** Returns whether the evidence proves what the person decided. */
function isProved(resolution: Resolution, verdict: Verdict, step: Step, { history }: Gathered): boolean {
  if (history === null && isUnsigned(step)) return resolution === "dead";
  if (resolution === "landed" || history === null) return resolution === verdict.verdict;
  return history.verdict === "absent" && (step.attempts.length === 0 || verdict.verdict === "dead");
}

/** A person's decision about a step, and who decided. */
export type Decided = {
  readonly resolution: Resolution;
  /** The person's name, for the audit. */
  readonly reviewer: string;
  /** Who runs the process, for the audit log. Default: the reviewer. */
  readonly actor?: string;
  readonly reason: string;
  /** Decides although the evidence does not prove it. It cannot override evidence that an attempt landed. */
  readonly force: boolean;
};

/**
 * Closes the review of one step under the user's lease. See `services/resolve-step.ts`.
 *
 * @param owner the lease's owner; different for every decision
 */
export async function resolveReview(
  ports: Ports & Pick<ReviewPorts, "journal">,
  stepId: string,
  { resolution, reviewer, actor, reason, force }: Decided,
  owner: string,
): Promise<Operation> {
  const { journal } = ports;
  if (reviewer.trim() === "" || reason.trim() === "") {
    const missing = "a reviewer and a reason must be stated";
    throw new CTOError("CTO_E_REVIEW_REFUSED", { step: stepId, reason: missing });
  }
  const found = await journal.readStep(stepId);
  const operation = found && (await journal.readOperation(found.operationId));
  if (!operation) throw new CTOError("CTO_E_STEP_UNKNOWN", { step: stepId });
  const { userId } = operation.request;
  const lease = await journal.acquireLease(userId, owner, DECISION_LEASE_MS);
  if (lease === null) throw new CTOError("CTO_E_REVIEW_BUSY", { userId });
  try {
    // Read again under the lease, because a worker may have found the proof meanwhile.
    const step = (await journal.readStep(stepId)) ?? found;
    const gathered = await gather(ports, operation, step);
    const verdict = judge(step.attempts, gathered.evidences);
    requireDecidable(operation, step, { resolution, force }, verdict, gathered);
    const run: Run = { ports, operation, lease, signal: new AbortController().signal };
    const decision = {
      resolution,
      forced: !isProved(resolution, verdict, step, gathered),
      reviewer: reviewer.trim(),
      reason: reason.trim(),
      evidence: sayVerdict(step, verdict, gathered),
    };
    await journal.appendAudit(recordOf(stepId, decision, actor));
    await decide(run, step, verdict, decision, gathered);
    // A sweep's steps are its own, unless a fork has reopened them after its end: then they are a recovery's.
    const isOfRecovery = step.kind === "recover" && operation.recovery !== undefined;
    return await (isOfRecovery ? finishRecovery(run) : finish(run));
  } finally {
    await journal.releaseLease(lease);
  }
}

/** The audit log names who ran the process, as for every other action; and the reviewer, if that is somebody else. */
function recordOf(subject: string, { reviewer, forced, ...rest }: Decision, actor = reviewer): AuditEntry {
  const details = { ...rest, forced: String(forced), ...(actor === reviewer ? {} : { reviewer }) };
  return { action: "review.decided", actor, subject, details };
}

type Decision = {
  resolution: Resolution;
  forced: boolean;
  reviewer: string;
  reason: string;
  evidence: string;
};

/**
 * Emits the audit event first. A decision without a record would be worse than the record of a decision that an error
 * then prevented.
 */
async function decide(
  run: Run,
  step: Step,
  verdict: Verdict,
  decision: Decision,
  { evidences }: Pick<Gathered, "evidences">,
): Promise<void> {
  const { ports, operation } = run;
  const found = verdict.verdict === "landed" ? verdict : null;
  // The attempts of a `ready` step are dead already, each with its reason. A step of a restored journal may have none.
  const attempt =
    step.status === "ready"
      ? undefined
      : (step.attempts.find(({ number }) => number === found?.attempt) ?? decisiveAttempt(step));
  const signed = attempt ? { signature: attempt.signature } : {};
  const { progress } = operation;
  await emit(ports, operation.id, { type: "review", leg: step.number, ...decision, progress, ...signed });
  const { resolution, reviewer, reason } = decision;
  const failedSlot = attempt && (await feeSlotOf(ports.chain, attempt, evidences));
  const code = step.status === "ready" ? "CTO_E_RECOVERY_GIVEN_UP" : "CTO_E_STEP_REVIEWED_DEAD";
  const failure = toFailure(new CTOError(code, { step: step.id, reviewer, reason }));
  const after =
    resolution === "landed"
      ? await change(run, step, {
          status: found !== null && !found.finalized ? "confirmed" : "finalized",
          ...(attempt
            ? {
                attempt: { number: attempt.number, status: "landed", ...(found ? { slot: found.slot } : {}) },
              }
            : {}),
        })
      : await change(run, step, {
          status: "failed",
          failure,
          ...(attempt
            ? {
                attempt: {
                  number: attempt.number,
                  status: "dead",
                  reason: `declared dead by ${reviewer}: ${reason}`,
                  ...(failedSlot === undefined ? {} : { slot: failedSlot }),
                },
              }
            : {}),
        });
  const leg = legOf(await ports.journal.readLegs(operation.id), step);
  if (leg === undefined) return;
  if (step.kind === "recover") {
    await reportRecovery(ports, leg, { owed: returnedBy(operation, step) ?? (0n as Lamports) }, after);
    return;
  }
  await emit(ports, operation.id, legEvent(leg, after, progress));
}

/** Continues the recovery if a step must still be driven, or a worker has yet to plan some legs; ends it otherwise. */
async function finishRecovery({ ports: { journal }, operation, lease }: Run): Promise<Operation> {
  const [all, legs, now] = await Promise.all([
    journal.readSteps(operation.id),
    journal.readLegs(operation.id),
    journal.readOperation(operation.id),
  ]);
  const steps = all.filter(({ kind }) => kind === "recover");
  const isUnplanned = now?.recovery?.state === "requested" && unplannedLegs(legs, all).length > 0;
  const open = isUnplanned || steps.some(({ status }) => !isAtRest(status));
  const undecided = steps.some(({ status }) => status === "needs_review");
  const state = open ? "requested" : undecided ? "needs_review" : "done";
  await journal.changeRecovery(operation.id, lease, { state });
  return (await journal.readOperation(operation.id)) ?? operation;
}

/** Concludes the operation, unless one of its steps must still be driven: then the requeuer requeues its user. */
async function finish(run: Run): Promise<Operation> {
  const { ports, operation, lease } = run;
  const { journal } = ports;
  const steps = await journal.readSteps(operation.id);
  if (steps.some(({ status }) => !isAtRest(status))) {
    await journal.changeOperation(operation.id, lease, { status: "active" });
    return (await journal.readOperation(operation.id)) ?? operation;
  }
  await writeTokens(run, await journal.readLegs(operation.id));
  return conclude(run);
}
