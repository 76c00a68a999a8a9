/**
 * Drives one step to rest: signs it when nothing of it can land, journals before it sends, sends the same bytes
 * again until they have landed or are provably dead.
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
  type SignatureView,
  type Step,
  type TransactionFailure,
  timesOf,
} from "../ports.ts";
import { lookBack } from "../restore/look-back.ts";
import type { EngineSettings } from "../settings.ts";
import { expired, isExpired } from "./expiry.ts";
import { isHalted, waitWhileHalted } from "./halt.ts";
import { decisiveAttempt, isAtRest } from "./status.ts";
import { failedAt, judge, mayResign, sayExpiry } from "./step.ts";

export type StepRun = Run & {
  readonly settings: EngineSettings;
  /** Who signs the step's memo. */
  readonly wallet: Address;
  /** Whether a request to cancel the operation is one to leave this step unsigned. */
  readonly cancellable: boolean;
  /** Signs the step's next attempt's bytes, once what it costs is reserved. Nothing is sent here, and nothing is journaled. */
  sign(number: number, step: Step): Promise<NewAttempt>;
  /**
   * Whether what killed an attempt is overcome by planning it anew: its market has ended, or rents have risen. Told also of a
   * refusal that does not kill it yet, so that other legs need not find out for themselves.
   */
  movesOn(attempt: Attempt, failure: TransactionFailure): boolean | Promise<boolean>;
};

/** A `ready` step becomes `in_flight` with a journaled attempt, or comes to rest without one. */
async function begin(run: StepRun, from: Step): Promise<Step> {
  await waitWhileHalted(run, run.cancellable);
  // Before anything else: of a restored journal, it may have been signed already.
  const step = await lookBack(run, from, run.wallet);
  if (step.status !== "ready") return step;
  const tried = step.attempts.length;
  if (tried >= run.settings.maxAttempts) {
    return change(run, step, {
      status: "failed",
      failure: toFailure(new CTOError("CTO_E_TRANSACTION_EXPIRED", { attempts: tried })),
    });
  }
  const operation = await run.ports.journal.readOperation(run.operation.id);
  if (run.cancellable && operation?.cancelRequested) return cancel(run, step);
  if (run.cancellable && isExpired(run.operation, run.ports.clock.now())) {
    return change(run, step, { status: "failed", failure: toFailure(expired(run.operation)) });
  }
  let attempt: NewAttempt;
  try {
    attempt = await run.sign(tried + 1, step);
  } catch (error) {
    if (isOutage(error)) throw error;
    return change(run, step, { status: "failed", failure: toFailure(error) });
  }
  // Halted while it was signed: the bytes are dropped, nobody has seen them.
  if (await isHalted(run)) return begin(run, step);
  // R1, R5: the journal has the bytes, and only we may have inserted them, before anyone else sees them.
  const inserted = await run.ports.journal.insertAttempt(step.id, step.version, run.lease, attempt);
  if (inserted.outcome === "inserted") return inserted.step;
  if (inserted.outcome === "cancelled") return cancel(run, step);
  throw new LeaseLost(`step ${step.id} was taken on by another worker`);
}

const cancel = (run: StepRun, step: Step): Promise<Step> =>
  change(run, step, { status: "cancelled", failure: toFailure(new CTOError("CTO_E_OPERATION_CANCELLED")) });

/** Sends the attempt's bytes. What cannot be told is left to the next look (R4). */
async function send(
  run: StepRun,
  attempt: Attempt,
  preflight: boolean,
): Promise<"sent" | "unknown" | TransactionFailure> {
  try {
    const answer = await run.ports.chain.broadcast(attempt.wire, { preflight });
    return answer === "sent" ? "sent" : answer.refused;
  } catch (error) {
    if (!isUnknown(error)) throw error;
    return "unknown";
  }
}

/** A status tells an error's number only; the venue knows what it means. */
const explain = ({ ports }: Run, { venue }: Attempt, failure: TransactionFailure): string | null =>
  venue === undefined ? null : ports.venues.explain(venue, failure);

/** Other legs need not find out for themselves. What cannot be told now is asked again when the attempt is dead. */
async function tellRefusal(run: StepRun, attempt: Attempt, refused: TransactionFailure): Promise<void> {
  try {
    await run.movesOn(attempt, refused);
  } catch (error) {
    if (!isUnknown(error)) throw error;
  }
}

/** Asks for the evidence and applies the re-sign rule. The step as it then is; in words, why nothing is proved. */
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
  // An on-chain error or a refused preflight would only be repeated: the caller's slippage is respected, not chased.
  // But a market that has ended is left for the one that follows it, now that nothing of this step can land any more.
  const reason = verdict.failure ?? refused;
  const moves = reason !== null && (await run.movesOn(attempt, reason));
  const words = reason && (explain(run, attempt, reason) ?? reason.message);
  const slot = failedAt(attempt, evidences);
  const dead = {
    number: attempt.number,
    status: "dead",
    reason: words ?? "its blockhash expired",
    ...(slot === undefined ? {} : { slot }),
  } as const;
  if (reason === null || moves) {
    const ready = await change(run, step, { status: "ready", attempt: dead });
    const proof =
      verdict.failure === null ? sayExpiry(step, evidences) : `it failed on chain in slot ${slot}`;
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

/** Whether the attempt may have expired by now; a cheap estimate that saves gathering evidence in vain. */
async function mayHaveExpired(run: StepRun, attempt: Attempt, view: SignatureView): Promise<boolean> {
  // There are never more blocks than slots: within so many slots nobody need be asked.
  if (
    view.state === "unseen" &&
    view.asOf !== undefined &&
    view.asOf <= attempt.blockhashSlot + BigInt(BLOCKHASH_BLOCKS)
  )
    return false;
  const { lastValidBlockHeight } = await run.ports.chain.latestBlockhash();
  // So this is about the present height.
  return lastValidBlockHeight - BigInt(BLOCKHASH_BLOCKS) > attempt.lastValidBlockHeight;
}

/** The attempt that may land: the live one. */
const currentAttempt = (step: Step): Attempt => {
  const attempt = decisiveAttempt(step);
  if (attempt !== undefined) return attempt;
  throw new CTOError("CTO_E_INTERNAL", { reason: `step ${step.id} was never signed` });
};

/**
 * A `needs_review` step, looked at by evidence before anything else. Without proof it stays as it is: the same step is
 * answered, nothing is written, and its bytes are sent once more, because they may still land when a cluster that
 * stood still goes on. With proof it goes on like any other.
 */
async function examine(run: StepRun, step: Step): Promise<Step> {
  stopIfInterrupted(run.signal);
  try {
    if (step.failure?.code === "CTO_E_RESTORE_UNPROVED") return await reexamine(run, step);
    const attempt = currentAttempt(step);
    const after = await decide(run, step, attempt, null);
    if (typeof after === "string") {
      await note(run, { kind: "waits", step: step.id, attempt: attempt.number, why: after });
      await send(run, attempt, false);
      return step;
    }
    if (after.status === "ready") {
      // Work lies ahead: should this run die, the sweeper must find the operation at once.
      await run.ports.journal.changeOperation(run.operation.id, run.lease, { status: "active" });
    }
    return after;
  } catch (error) {
    if (!isUnknown(error)) throw error;
    return step;
  }
}

/** Of a restored journal, what cannot be proved stays in review although the attempts that the journal has are dead. */
async function reexamine(run: StepRun, step: Step): Promise<Step> {
  const after = await lookBack(run, step, run.wallet);
  if (!isAtRest(after.status))
    await run.ports.journal.changeOperation(run.operation.id, run.lease, { status: "active" });
  return after;
}

/** Why an attempt that has not landed is waited for, by the last look at it. */
const sayView = ({ state }: SignatureView, { lastValidBlockHeight }: Attempt): string =>
  state === "unseen"
    ? `it was not seen on chain yet, and may land until block ${lastValidBlockHeight + 1n}`
    : "it failed on chain, but its block is not final yet";

/** An `in_flight` step, looked at and sent again until it has landed, is provably dead, or must be reviewed. */
async function follow(run: StepRun, step: Step): Promise<Step> {
  const attempt = currentAttempt(step);
  const { chain, clock } = run.ports;
  // R6: on Alpenglow landing is settling, so nothing is told before it is final.
  const until = landedAt(await chain.consensus());
  let accepted = false;
  let refused: TransactionFailure | null = null;
  for (;;) {
    stopIfInterrupted(run.signal);
    const lookedAt = clock.now().getTime();
    // Read anew each time: the cluster's pace becomes known while it is followed.
    const { rebroadcastMs, reviewAfterMs } = { ...timesOf(chain.blockhashLifeMs()), ...run.settings.times };
    const sent = await send(run, attempt, !accepted);
    if (sent === "sent") accepted = true;
    // A node that lags, or one that is asked late, does not know the blockhash: that says nothing about the buy.
    else if (sent !== "unknown" && sent.error !== "BlockhashNotFound") {
      refused = sent;
      await tellRefusal(run, attempt, sent);
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
    const isLate = lookedAt - attempt.createdAt.getTime() > reviewAfterMs;
    let why = sayView(view, attempt);
    try {
      const failed = view.state === "finalized" && view.failure !== null;
      // Before a review we always search the history: nodes may have forgotten a recent status that their records hold.
      if (failed || isLate || (await mayHaveExpired(run, attempt, view))) {
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
    // A node that answers at once must not turn this loop into a storm.
    if (view.state !== "unseen") await clock.sleep(rebroadcastMs, run.signal);
  }
}

/** Drives a step until it is at rest. Every change is in the journal before this goes on. */
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
