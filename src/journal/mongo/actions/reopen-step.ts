/**
 * R6, in one update: reopens a confirmed step because a fork dropped its block. The step is in flight again
 * and its attempt is live. Its operation is active and unsettled, so that the requeuer queues it again.
 * Otherwise nothing changes.
 */
import type { Step } from "../../../engine/ports.ts";
import { withLandingTakenBack } from "../../next-step.ts";
import { FINISHED } from "../../statuses.ts";
import { readStepAt, replaceStep, STEP_TRIES } from "../step-at.ts";
import type { Store } from "../store.ts";
import { readOperation } from "./read-operation.ts";

/** Returns null if the step is not `confirmed` at this version, has no landed attempt, or also has a live one. */
export const reopenStep = async (
  store: Store,
  stepId: string,
  expectedVersion: number,
): Promise<Step | null> => {
  for (let left = STEP_TRIES; left > 0; left -= 1) {
    const found = await readStepAt(store, stepId);
    if (found === null || found.step.version !== expectedVersion) return null;
    const after = withLandingTakenBack(found.step);
    const operation = await readOperation(store, found.step.operationId);
    if (after === null || operation === null) return null;
    const { status } = operation;
    const reopened = FINISHED.includes(status) ? ({ status: "active", failure: null } as const) : {};
    const besides =
      after.kind === "recover"
        ? { settled: false, "recovery.state": "requested" as const, "recovery.at": store.clock.now() }
        : { settled: false, finishedAt: null, ...reopened };
    if (await replaceStep(store, found.step, after, { status }, besides)) return after;
  }
  return null;
};
