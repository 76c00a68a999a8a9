/**
 * R5: inserts a step's next attempt and moves the step to `in_flight`, or does neither. This is one update. Its
 * conditions are the step's version, the lease, and that no cancellation is requested. Every change of a step's attempts
 * also changes the step's version. The condition on the version therefore covers the attempts that we read here.
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
 * Reserves the signature for this attempt. If the insertion is then refused, the same step and number may
 * reserve the signature again, because these are the same bytes.
 * @throws `CTO_E_INTERNAL` if another attempt already has this signature
 */
const keepSignature = async (
  store: Store,
  stepId: string,
  { signature, number, found }: NewAttempt,
): Promise<void> => {
  const { signatures, decisive } = store;
  if (await insertOnce(store, signatures, { _id: signature, stepId, number })) return;
  const stored = await signatures.findOne({ _id: signature }, decisive);
  const kept = parseRecord("signatures", () => owner.parse(stored));
  if (kept.stepId === stepId && kept.number === number) return;
  // A backup that is not of one moment may have this step's signature without its attempt. The attempt was found on chain, and
  // takes the next free number.
  if (kept.stepId === stepId && found === true) {
    await signatures.updateOne({ _id: signature, stepId }, { $set: { number } });
    return;
  }
  throw new CTOError("CTO_E_INTERNAL", { reason: `signature ${signature} is journaled already` });
};

/** @throws `CTO_E_INTERNAL` if another attempt already has this signature */
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

/** Inserts the attempts in parallel. Each insertion is its own update with all conditions of R5. */
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
