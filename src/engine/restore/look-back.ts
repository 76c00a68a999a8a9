/**
 * Decides before each signature, in a restored journal, whether a step may be signed: a step that looks ready may
 * have been signed after the backup.
 *
 * The step is signed only if no transaction with its memo can be on chain. A transaction that we find becomes the
 * step's attempt (R3, ADR 31).
 */
import { CTOError, isUnknown, toFailure } from "../../errors/index.ts";
import { count } from "../limits/reservations.ts";
import { change, LeaseLost, type Run, stopIfInterrupted } from "../operation/journaling.ts";
import {
  type Address,
  type FinalTransaction,
  type Lamports,
  type NewAttempt,
  type Operation,
  type Restore,
  type Step,
  timesOf,
  type Wallet,
} from "../ports.ts";
import type { EngineSettings } from "../settings.ts";
import { legOf } from "../step/of-leg.ts";
import type { MemoText } from "../transaction/memo-text.ts";
import { detailsOf } from "./found-details.ts";
import { type MemoVerdict, searchMemo } from "./memo-history.ts";
import { isOf } from "./step-history.ts";

type LookingBack = Run & { readonly settings: EngineSettings };

/** The pause between two searches while an answer may still come, ms. */
const ASK_AGAIN_MS = 5_000;

/**
 * Returns the restore, or null if there is nothing to prove, because the operation is younger than the restore.
 * @throws `CTO_E_RESTORE_UNDECLARED` if the backup has the operation's mark without the declaration
 */
async function restoreOf(
  { ports: { journal }, operation }: Run,
  read: Operation | null | undefined,
): Promise<Restore | null> {
  // Read again, because the restore may have been declared while this run waited.
  const now = read ?? (await journal.readOperation(operation.id));
  if (now?.restored !== true) return null;
  const restore = await journal.readRestore();
  if (restore === null) throw new CTOError("CTO_E_RESTORE_UNDECLARED", { jobId: operation.id });
  return restore;
}

/** Searches until it is decided, or until a person must decide. */
async function search(
  { ports, settings, signal }: LookingBack,
  { since, lastValidBlockHeight }: Restore,
  wallet: Address,
  isWanted: (memo: MemoText) => boolean,
): Promise<MemoVerdict> {
  const { chain, clock } = ports;
  const begun = clock.now().getTime();
  const { reviewAfterMs } = { ...timesOf(chain.blockhashLifeMs()), ...settings.times };
  for (;;) {
    stopIfInterrupted(signal);
    let why = "the cluster has not gone on for a blockhash's life since the restore";
    try {
      const verdict = await searchMemo(chain, { wallet, isWanted, since, lastValidBlockHeight });
      if (verdict.verdict !== "too early") return verdict;
    } catch (error) {
      // R4: a failed read proves nothing.
      if (!isUnknown(error)) throw error;
      why = error.message;
    }
    if (clock.now().getTime() - begun > reviewAfterMs) return { verdict: "unprovable", why };
    await clock.sleep(ASK_AGAIN_MS, signal);
  }
}

/**
 * Returns the found transaction as the step's next attempt. Its journaled details are lost, but the chain's data
 * suffice to follow it.
 */
const adopted = (
  found: FinalTransaction,
  step: Step,
  { lastValidBlockHeight }: Restore,
): Omit<NewAttempt, "funded" | "returned"> => ({
  number: step.attempts.length + 1,
  signature: found.signature,
  messageVersion: found.messageVersion,
  wire: found.wire,
  blockhash: found.blockhash,
  lastValidBlockHeight,
  // Records that begin after this slot do not contain it.
  blockhashSlot: found.slot,
  costs: { network: found.fee as Lamports, priority: 0n as Lamports, rent: 0n as Lamports },
  found: true,
});

/**
 * Counts what a found buy has spent, because its reservation may be missing in the backup (P6). No limit refuses it: the
 * lamports have left.
 */
async function countFound({ ports: { journal }, operation }: Run, step: Step): Promise<void> {
  const leg = step.kind === "buy" ? legOf(await journal.readLegs(operation.id), step) : undefined;
  if (leg === undefined) return;
  const { walletId, lamports } = leg;
  await count(journal, operation.request.userId, { stepId: step.id, kind: "spending", walletId, lamports });
}

async function adopt(
  run: Run,
  step: Step,
  wallet: Address,
  found: FinalTransaction,
  restore: Restore,
): Promise<Step> {
  const { journal } = run.ports;
  await countFound(run, step); // Before the attempt, so that no crash lies between: counting twice changes nothing.
  const details = detailsOf(found, step, wallet, await journal.readLegs(run.operation.id));
  const attempt = { ...adopted(found, step, restore), ...details };
  const answer = await journal.insertAttempt(step.id, step.version, run.lease, attempt);
  if (answer.outcome === "inserted") return answer.step;
  throw new LeaseLost(`step ${step.id} was taken on by another worker`);
}

const unproved = (step: Step, reason: string): CTOError =>
  new CTOError("CTO_E_RESTORE_UNPROVED", { subject: `step ${step.id}`, reason });

/**
 * Decides a `ready` step before it is signed, or a step that is in review because nothing was proved.
 *
 * @param wallet the wallet that signs the step's memo
 * @param read the operation, if the caller has just read it
 * @returns the step: `ready` if it may be signed; `in_flight` with the attempt that was found; or in review
 */
export async function lookBack(
  run: LookingBack,
  step: Step,
  wallet: Address,
  read?: Operation | null,
): Promise<Step> {
  const restore = await restoreOf(run, read);
  if (restore === null) return step;
  const verdict = await search(run, restore, wallet, isOf(step));
  if (verdict.verdict === "found") {
    const { signature } = verdict.transaction;
    const isKnown = step.attempts.some((attempt) => attempt.signature === signature);
    // The journal considered this attempt dead, so the endpoints contradict each other.
    if (isKnown)
      return reviewUnproved(run, step, `${signature} is in the history, although it was held for dead`);
    const ready = step.status === "ready" ? step : await change(run, step, { status: "ready" });
    return adopt(run, ready, wallet, verdict.transaction, restore);
  }
  if (verdict.verdict === "unprovable") return reviewUnproved(run, step, verdict.why);
  return step.status === "needs_review" ? change(run, step, { status: "ready" }) : step;
}

/** Puts a step in review of which nothing is proved. */
export const reviewUnproved = async (run: Run, step: Step, why: string): Promise<Step> =>
  step.status === "needs_review"
    ? step
    : change(run, step, { status: "needs_review", failure: toFailure(unproved(step, why)) });

/**
 * Refuses an operation whose plan is not in the backup if anything of it is on chain, because a new plan could differ
 * from the one that was carried out. Without proof the operation rests, like after an outage, unless it is being
 * cancelled.
 *
 * @throws `CTO_E_RESTORE_PLAN_LOST`, `CTO_E_RESTORE_WAITS`; `CTO_E_RESTORE_UNPROVED` if it is being cancelled
 */
export async function requireUntouched(run: LookingBack, wallets: readonly Wallet[]): Promise<void> {
  const restore = await restoreOf(run, null);
  if (restore === null) return;
  const { id, cancelRequested } = run.operation;
  for (const { address } of wallets) {
    const verdict = await search(run, restore, address, ({ operationId }) => operationId === id);
    if (verdict.verdict === "found") {
      const { signature } = verdict.transaction;
      throw new CTOError("CTO_E_RESTORE_PLAN_LOST", { jobId: id, signature });
    }
    if (verdict.verdict !== "unprovable") continue;
    const { why: reason } = verdict;
    if (cancelRequested) throw new CTOError("CTO_E_RESTORE_UNPROVED", { subject: `operation ${id}`, reason });
    throw new CTOError("CTO_E_RESTORE_WAITS", { jobId: id, reason });
  }
}
