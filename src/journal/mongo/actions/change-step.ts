/** Changes a step and the state of one of its attempts: a compare-and-set on the version. */
import type { ChangeOfStep, Lease, Step, StepChange } from "../../../engine/ports.ts";
import { withChange } from "../../next-step.ts";
import { adopt, heldBy, tokenOf } from "../adopt.ts";
import { readStepAt, replaceStep, STEP_TRIES } from "../step-at.ts";
import type { Store } from "../store.ts";

/** Returns null if the change is refused: another version, a stale lease, or no attempt of that number. */
export const changeStep = async (
  store: Store,
  stepId: string,
  expectedVersion: number,
  lease: Lease | null,
  change: StepChange,
): Promise<Step | null> => {
  for (let left = STEP_TRIES; left > 0; left -= 1) {
    const found = await readStepAt(store, stepId);
    if (found === null || found.step.version !== expectedVersion) return null;
    const { step, fence } = found;
    if (lease !== null && fence.userId !== lease.userId) return null;
    const isHeld = lease === null || fence.holder === tokenOf(lease);
    if (!isHeld && !(await adopt(store, step.operationId, lease))) return null;
    const after = withChange(step, change);
    if (after === null) return null;
    if (await replaceStep(store, step, after, lease === null ? {} : heldBy(lease))) return after;
  }
  return null;
};

/** Changes the steps in parallel. Each change is its own update, conditional on its step's version. */
export const changeSteps = (
  store: Store,
  lease: Lease,
  changes: readonly ChangeOfStep[],
): Promise<(Step | null)[]> =>
  Promise.all(
    changes.map(({ stepId, expectedVersion, change }) =>
      changeStep(store, stepId, expectedVersion, lease, change),
    ),
  );
