/**
 * R5: the next attempt comes into being together with its step's move to `in_flight`, or not at all: one update, on
 * condition of the step's version, the lease and that nobody has asked to cancel. Every change of a step's attempts also
 * changes the step's version, so the version covers the attempts that were looked at here.
 */
import { z } from "zod";
import type { AttemptOfStep, Insertion, Lease, NewAttempt } from "../../../engine/ports.ts";
import { CTOError } from "../../../errors/index.ts";
import { withInserted } from "../../next-step.ts";
import { parseRecord } from "../../parse-record.ts";
import { adopt, heldBy, tokenOf } from "../adopt.ts";
import { insertOnce } from "../insert-once.ts";
import { readStepAt, replaceStep, STEP_TRIES } from "../step-at.ts";
import type { Store } from "../store.ts";

const owner = z.object({ stepId: z.string(), number: z.number() });

/**
 * Keeps the signature for this attempt. One that is kept by an insertion that was then refused may be had again for the
 * same step and number: the same bytes.
 * @throws `CTO_E_INTERNAL` when another attempt has this signature already.
 */
const keepSignature = async (
  store: Store,
  stepId: string,
  { signature, number }: NewAttempt,
): Promise<void> => {
  const { signatures, decisive } = store;
  if (await insertOnce(store, signatures, { _id: signature, stepId, number })) return;
  const found = await signatures.findOne({ _id: signature }, decisive);
  const kept = parseRecord("signatures", () => owner.parse(found));
  if (kept.stepId === stepId && kept.number === number) return;
  throw new CTOError("CTO_E_INTERNAL", { reason: `signature ${signature} is journaled already` });
};

/** @throws `CTO_E_INTERNAL` when another attempt has this signature already. */
export const insertAttempt = async (
  store: Store,
  stepId: string,
  expectedVersion: number,
  lease: Lease,
  attempt: NewAttempt,
): Promise<Insertion> => {
  for (let left = STEP_TRIES; left > 0; left -= 1) {
    const found = await readStepAt(store, stepId);
    if (found === null || found.fence.userId !== lease.userId) return { outcome: "stale" };
    const { step, fence } = found;
    if (fence.holder !== tokenOf(lease) && !(await adopt(store, step.operationId, lease))) {
      return { outcome: "stale" };
    }
    const isKept = step.kind === "recover" || attempt.found === true;
    if (fence.cancelRequested && !isKept) return { outcome: "cancelled" };
    const after = step.version === expectedVersion ? withInserted(step, attempt, store.clock.now()) : null;
    if (after === null) return { outcome: "stale" };
    await keepSignature(store, stepId, attempt);
    const condition = { ...heldBy(lease), ...(isKept ? {} : { cancelRequested: false }) };
    if (await replaceStep(store, step, after, condition)) return { outcome: "inserted", step: after };
  }
  return { outcome: "stale" };
};

/** Side by side: each step is a document of its own, and the proof of R5 is in each of its updates. */
export const insertAttempts = (
  store: Store,
  lease: Lease,
  attempts: readonly AttemptOfStep[],
): Promise<Insertion[]> =>
  Promise.all(
    attempts.map(({ stepId, expectedVersion, attempt }) =>
      insertAttempt(store, stepId, expectedVersion, lease, attempt),
    ),
  );
