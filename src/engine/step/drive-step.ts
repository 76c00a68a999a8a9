/**
 * Drives one step to rest. It signs the step if nothing of it can land, journals before it sends, and sends the same
 * bytes again until they have landed or are provably dead.
 */
import { CTOError, isOutage, isUnknown, toFailure } from "../../errors/index.ts";
import { change, LeaseLost, type Run, stopIfInterrupted } from "../operation/journaling.ts";
import { note } from "../operation/note.ts";
import {
  type Address,
  type Attempt,
  BLOCKHASH_BLOCKS,
  landedAt,
  type NewAttempt,
  type Operation,
  type Ports,
  type SignatureView,
  type Step,
  type TransactionFailure,
  timesOf,
} from "../ports.ts";
import { lookBack } from "../restore/look-back.ts";
import type { EngineSettings } from "../settings.ts";
import { expired, isExpired } from "./expiry.ts";
import { feeSlotOf } from "./fee-slot.ts";
import { isHalted, waitWhileHalted } from "./halt.ts";
import { decisiveAttempt, isAtRest } from "./status.ts";
import { judge, mayResign, sayExpiry, sayFailure } from "./step.ts";

export type StepRun = Run & {
  readonly settings: EngineSettings;
  /** The wallet that signs the step's memo. */
  readonly wallet: Address;
  /** Whether a request to cancel the operation leaves this step unsigned. */
  readonly cancellable: boolean;
  /** Signs the step's next attempt, after reserving its costs. It neither sends nor journals anything. */
  sign(number: number, step: Step): Promise<NewAttempt>;
  /**
   * Whether this refusal to sign leaves the step `ready` for a later run, as an outage does. Default: no, and the step fails.
   */
  staysReady?(error: unknown): boolean;
  /**
   * Whether a new plan overcomes this failure: the market has ended, or rents have risen. Also called for a refusal
   * that does not kill the attempt yet, so that other legs can use the new plan at once.
   */
  movesOn(attempt: Attempt, failure: TransactionFailure): boolean | Promise<boolean>;
};

/** Begins a `ready` step: it becomes `in_flight` with a journaled attempt, or comes to rest without one. */
async function begin(run: StepRun, from: Step): Promise<Step> {
  const operation = await untilSigning(run);
  // This is the first check, because a restored journal may lack an attempt that was signed.
  const step = await lookBack(run, from, run.wallet, operation);
  if (step.status !== "ready") return step;
  const tried = step.attempts.length;
  if (tried >= run.settings.maxAttempts) {
    return change(run, step, {
      status: "failed",
      failure: toFailure(new CTOError("CTO_E_TRANSACTION_EXPIRED", { attempts: tried })),
    });
  }
  if (run.cancellable && operation?.cancelRequested) return cancel(run, step);
  if (hasExpired(run)) {
    return change(run, step, { status: "failed", failure: toFailure(expired(run.operation)) });
  }
  let attempt: NewAttempt;
  try {
    attempt = await run.sign(tried + 1, step);
  } catch (error) {
    if (isOutage(error) || run.staysReady?.(error)) throw error;
    return change(run, step, { status: "failed", failure: toFailure(error) });
  }
  // A halt began during signing, or the caller's deadline passed. We discard the bytes, which nobody has seen.
  if ((await isHalted(run)) || hasExpired(run)) return begin(run, step);
  // R1, R5: the journal stores the bytes, and proves that only we inserted them, before we send them.
  const inserted = await run.ports.journal.insertAttempt(step.id, step.version, run.lease, attempt);
  if (inserted.outcome === "inserted") return inserted.step;
  if (inserted.outcome === "cancelled") return cancel(run, step);
  throw new LeaseLost(`step ${step.id} was taken on by another worker`);
}

/** Waits while signing is halted. Returns the operation as it is then. */
async function untilSigning(run: StepRun): Promise<Operation | null> {
  const { journal } = run.ports;
  const [halted, operation] = await Promise.all([isHalted(run), journal.readOperation(run.operation.id)]);
  stopIfInterrupted(run.signal);
  if (!halted) return operation;
  await waitWhileHalted(run, run.cancellable);
  return journal.readOperation(run.operation.id);
}

const hasExpired = (run: StepRun): boolean =>
  run.cancellable && isExpired(run.operation, run.ports.clock.now());

const cancel = (run: StepRun, step: Step): Promise<Step> =>
  change(run, step, { status: "cancelled", failure: toFailure(new CTOError("CTO_E_OPERATION_CANCELLED")) });

/** Sends the attempt's bytes. An unclear result is left to the next poll (R4). */
async function send(
  run: StepRun,
  attempt: Attempt,
  how: Parameters<Ports["chain"]["broadcast"]>[1],
): Promise<"sent" | "unknown" | TransactionFailure> {
  try {
    const answer = await run.ports.chain.broadcast(attempt.wire, how);
    return answer === "sent" ? "sent" : answer.refused;
  } catch (error) {
    if (!isUnknown(error)) throw error;
    return "unknown";
  }
}

/** A status contains only an error's number. The venue explains the number. */
const explain = ({ ports }: Run, { venue }: Attempt, failure: TransactionFailure): string | null =>
  venue === undefined ? null : ports.venues.explain(venue, failure);

/**
 * Reports a refusal early, so that other legs use a new plan. If `movesOn` cannot decide now, it is called again when
 * the attempt is dead.
 */
async function reportRefusal(run: StepRun, attempt: Attempt, refused: TransactionFailure): Promise<void> {
  try {
    await run.movesOn(attempt, refused);
  } catch (error) {
    if (!isUnknown(error)) throw error;
  }
}

/** Gathers the evidence and applies the re-sign rule. Returns the changed step, or as text why nothing is proved. */
async function decide(
  run: StepRun,
  step: Step,
  attempt: Attempt,
  refused: TransactionFailure | null,
): Promise<Step | string> {
  const evidences = await run.ports.chain.gatherEvidence(step.attempts.map(({ signature }) => signature));
  const verdict = judge(step.attempts, evidences);
  if (verdict.verdict === "landed") {
    const { attempt: number, slot, finalized } = verdict;
    return change(run, step, {
      status: finalized ? "finalized" : "confirmed",
      attempt: { number, status: "landed", slot },
    });
  }
  if (verdict.verdict === "unknown" || !mayResign(step, evidences))
    return verdict.verdict === "unknown" ? verdict.why : `a step that is ${step.status} is not signed again`;
  // Another attempt would only repeat an on-chain error or a refused preflight: we keep to the caller's slippage. But
  // if the market has ended, the step moves to the next market, because nothing of the step can land any more.
  const reason = verdict.failure ?? refused;
  const moves = reason !== null && (await run.movesOn(attempt, reason));
  const words = reason && (explain(run, attempt, reason) ?? reason.message);
  const slot = await feeSlotOf(run.ports.chain, attempt, evidences);
  const dead = {
    number: attempt.number,
    status: "dead",
    reason: words ?? "its blockhash expired",
    ...(slot === undefined ? {} : { slot }),
  } as const;
  if (reason === null || moves) {
    const ready = await change(run, step, { status: "ready", attempt: dead });
    const proof = verdict.failure === null ? sayExpiry(step, evidences) : sayFailure(slot);
    const why = words === null ? proof : `${proof}; ${words}`;
    await note(run, { kind: "signsAgain", step: step.id, attempt: attempt.number, why });
    return ready;
  }
  const failure =
    verdict.failure !== null
      ? new CTOError("CTO_E_TRANSACTION_FAILED", {
          signature: verdict.signature ?? attempt.signature,
          reason: words ?? reason.message,
        })
      : new CTOError("CTO_E_TRANSACTION_REFUSED", { reason: words ?? reason.message });
  return change(run, step, { status: "failed", failure: toFailure(failure), attempt: dead });
}

/** Whether the attempt may have expired by now. This cheap estimate avoids useless gathering of evidence. */
async function mayHaveExpired(run: StepRun, attempt: Attempt, view: SignatureView): Promise<boolean> {
  // There are never more blocks than slots. Within this many slots, the attempt cannot have expired.
  if (
    view.state === "unseen" &&
    view.asOf !== undefined &&
    view.asOf <= attempt.blockhashSlot + BigInt(BLOCKHASH_BLOCKS)
  )
    return false;
  const { lastValidBlockHeight } = await run.ports.chain.latestBlockhash();
  // L of a new blockhash minus its lifetime is approximately the present block height.
  return lastValidBlockHeight - BigInt(BLOCKHASH_BLOCKS) > attempt.lastValidBlockHeight;
}

/** Returns the attempt that may land: the live one. */
const currentAttempt = (step: Step): Attempt => {
  const attempt = decisiveAttempt(step);
  if (attempt !== undefined) return attempt;
  throw new CTOError("CTO_E_INTERNAL", { reason: `step ${step.id} was never signed` });
};

/**
 * Examines a `needs_review` step by its evidence.
 *
 * Without proof we write nothing and return the same step. We also send its bytes once more, because they may still
 * land if the cluster had stopped and continues. With proof the step continues like any other.
 */
async function examine(run: StepRun, step: Step): Promise<Step> {
  stopIfInterrupted(run.signal);
  try {
    if (step.failure?.code === "CTO_E_RESTORE_UNPROVED") return await reexamine(run, step);
    const attempt = currentAttempt(step);
    const after = await decide(run, step, attempt, null);
    if (typeof after === "string") {
      await note(run, { kind: "waits", step: step.id, attempt: attempt.number, why: after });
      await send(run, attempt, { preflight: false, everywhere: true });
      return step;
    }
    if (after.status === "ready") {
      // The step must be driven on. If this run dies, the requeuer must find the operation at once.
      await run.ports.journal.changeOperation(run.operation.id, run.lease, { status: "active" });
    }
    return after;
  } catch (error) {
    if (!isUnknown(error)) throw error;
    return step;
  }
}

/**
 * Examines a step of a restored journal. Without proof it stays in review, even if all attempts that the journal has
 * are dead.
 */
async function reexamine(run: StepRun, step: Step): Promise<Step> {
  const after = await lookBack(run, step, run.wallet);
  if (!isAtRest(after.status))
    await run.ports.journal.changeOperation(run.operation.id, run.lease, { status: "active" });
  return after;
}

/** Says why we wait for an attempt that has not landed, from the last poll. */
const sayView = ({ state }: SignatureView, { lastValidBlockHeight }: Attempt): string =>
  state === "unseen"
    ? `it was not seen on chain yet, and may land until block ${lastValidBlockHeight + 1n}`
    : "it failed on chain, but its block is not final yet";

/**
 * The part of the review deadline for which each run follows a step itself, whatever the clocks say: one life of a
 * blockhash. In this time a step is normally decided.
 */
const OWN_PART = 10;

/**
 * Whether a step must go to review. Our clock may differ from the one that stamped the attempt, and may stand still. So
 * its age alone is no reason, and after enough rounds of our own a young step goes to review, too.
 */
const isOverdue = (
  { isOld, followedMs }: { readonly isOld: boolean; readonly followedMs: number },
  reviewAfterMs: number,
): boolean => (isOld && followedMs * OWN_PART > reviewAfterMs) || followedMs > reviewAfterMs;

/** Follows an `in_flight` step: polls and sends again until it has landed, is provably dead, or must be reviewed. */
async function follow(run: StepRun, step: Step): Promise<Step> {
  const attempt = currentAttempt(step);
  const { chain, clock } = run.ports;
  // R6: on Alpenglow a landed transaction is settled, so we report nothing before it is final.
  const until = landedAt(await chain.consensus());
  let accepted = false;
  let refused: TransactionFailure | null = null;
  let followedMs = 0;
  for (;;) {
    stopIfInterrupted(run.signal);
    const roundAt = clock.now().getTime();
    // Read in every round, because the estimate of the cluster's pace improves meanwhile.
    const { rebroadcastMs, reviewAfterMs } = { ...timesOf(chain.blockhashLifeMs()), ...run.settings.times };
    // An endpoint may accept the bytes and not forward them. Then these, or the last attempt, were not seen.
    const everywhere = followedMs > 0 || step.attempts.length > 1;
    const sent = await send(run, attempt, { preflight: !accepted, everywhere });
    if (sent === "sent") {
      accepted = true;
      // An earlier refusal came from a node that lagged: this one has executed the transaction.
      refused = null;
    }
    // A node that lags, or that is called late, may not have the blockhash. This says nothing about the buy.
    else if (sent !== "unknown" && sent.error !== "BlockhashNotFound") {
      refused = sent;
      await reportRefusal(run, attempt, sent);
    }
    const view = await chain.watch(attempt.signature, { timeoutMs: rebroadcastMs, until });
    if (view.state !== "unseen" && view.failure === null) {
      const status = view.state === "finalized" ? "finalized" : "confirmed";
      return change(run, step, {
        status,
        attempt: { number: attempt.number, status: "landed", slot: view.slot },
      });
    }
    // If the process slept past the deadline, it has not polled since then, and earlier answers prove nothing about now.
    const isOld = roundAt - attempt.createdAt.getTime() > reviewAfterMs;
    const isLate = isOverdue({ isOld, followedMs }, reviewAfterMs);
    followedMs += rebroadcastMs;
    let why = sayView(view, attempt);
    try {
      const failed = view.state === "finalized" && view.failure !== null;
      // Before a review we always search the history: nodes may have forgotten a recent status that their records hold.
      if (failed || isOld || isLate || (await mayHaveExpired(run, attempt, view))) {
        const after = await decide(run, step, attempt, refused);
        if (typeof after !== "string") return after;
        why = after;
      }
    } catch (error) {
      if (!isUnknown(error)) throw error;
      why = `the evidence is missing: ${error.message}`;
    }
    const about = { step: step.id, attempt: attempt.number, why };
    if (isLate) {
      const failure = toFailure(new CTOError("CTO_E_STEP_UNDECIDED", { step: step.id }));
      const undecided = await change(run, step, { status: "needs_review", failure });
      await note(run, { kind: "review", ...about });
      return undecided;
    }
    await note(run, { kind: "waits", ...about });
    // Without this pause, a node that answers at once would make this loop run without limit.
    if (view.state !== "unseen") await clock.sleep(rebroadcastMs, run.signal);
  }
}

/** Drives a step until it is at rest. Every change is in the journal before the next action. */
export async function driveStep(
  run: StepRun,
  from: Step,
  onChange: (step: Step) => Promise<void>,
): Promise<Step> {
  let step = from;
  if (step.status === "needs_review") {
    step = await examine(run, step);
    if (step === from) return step;
    await onChange(step);
  }
  while (!isAtRest(step.status)) {
    step = step.status === "ready" ? await begin(run, step) : await follow(run, step);
    await onChange(step);
  }
  return step;
}
