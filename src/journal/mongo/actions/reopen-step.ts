/**
 * R6, in one update: a fork took back what was confirmed. The step is in flight again, its attempt live, and its
 * operation active and unsettled, so that the sweeper queues it again; or nothing changes.
 */
import type { Step } from "../../../engine/ports.ts";
import { withLandingTakenBack } from "../../next-step.ts";
import { FINISHED } from "../../statuses.ts";
import { readStepAt, replaceStep, STEP_TRIES } from "../step-at.ts";
import type { Store } from "../store.ts";
import { readOperation } from "./read-operation.ts";

/** Null when the step is not `confirmed` at this version, has no landed attempt, or has a live one besides. */
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
