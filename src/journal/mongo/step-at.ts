/** One step, as its operation's document has it at a moment, and the compare-and-set that replaces it. */
import type { Step } from "../../engine/ports.ts";
import { type Fence, type OperationDocument, parseFence } from "./documents/operation.ts";
import { countsOf, encodeStep, keyOf, parseSteps, placeOf } from "./documents/step.ts";
import type { Store } from "./store.ts";

export type StepAt = { readonly step: Step; readonly fence: Fence };

/** A lost race is looked at again: by then either the version differs, or the fence, or it is free. */
export const STEP_TRIES = 5;

/** Null when there is no such step. */
export const readStepAt = async ({ operations, decisive }: Store, stepId: string): Promise<StepAt | null> => {
  const place = placeOf(stepId);
  if (place === null) return null;
  const projection = {
    userId: 1,
    settled: 1,
    cancelRequested: 1,
    holder: 1,
    [`steps.${place.key}`]: 1,
  };
  const found = await operations.findOne({ _id: place.operationId }, { ...decisive, projection });
  if (found === null) return null;
  const [step] = parseSteps(place.operationId, found.steps ?? {});
  return step === undefined ? null : { step, fence: parseFence(found) };
};

type Condition = Partial<Pick<OperationDocument, "userId" | "holder" | "cancelRequested" | "status">>;
type Besides = Partial<
  Pick<OperationDocument, "settled" | "status" | "failure" | "finishedAt"> & {
    readonly "recovery.state": "requested";
    readonly "recovery.at": Date;
  }
>;

/**
 * Replaces the step if it still has the version that it was read at, and what else must hold of its operation does:
 * one update of one document. A step's content is determined by its version, because every write of it passes here.
 */
export const replaceStep = async (
  { operations }: Store,
  before: Step,
  after: Step,
  condition: Condition,
  besides: Besides = {},
): Promise<boolean> => {
  const field = `steps.${keyOf(before)}`;
  const { matchedCount } = await operations.updateOne(
    { _id: before.operationId, [`${field}.version`]: before.version, ...condition },
    { $set: { [field]: encodeStep(after), ...besides }, $inc: countsOf(before, after) },
  );
  return matchedCount === 1;
};
