/** Reads one step from its operation's document, and replaces it with a compare-and-set. */
import type { Step } from "../../engine/ports.ts";
import { type Fence, type OperationDocument, parseFence } from "./documents/operation.ts";
import { countsOf, encodeStep, keyOf, parseSteps, placeOf } from "./documents/step.ts";
import type { Store } from "./store.ts";

export type StepAt = { readonly step: Step; readonly fence: Fence };

/**
 * How often we retry a lost race. A new read shows another version or another fence, or the write is possible again.
 */
export const STEP_TRIES = 5;

/** Returns null if the step does not exist. */
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

type Condition = Partial<
  Pick<OperationDocument, "userId" | "holder" | "cancelRequested" | "status"> & {
    readonly "claim.owner": string;
  }
>;
type Besides = Partial<
  Pick<OperationDocument, "settled" | "status" | "failure" | "finishedAt"> & {
    readonly "recovery.state": "requested";
    readonly "recovery.at": Date;
  }
>;

/**
 * Replaces the step if it still has the version that we read, and if the operation still meets the condition. This is
 * one update of one document. Every write of a step uses this function, so the version determines the step's content.
 */
export const replaceStep = async (
  { operations }: Store,
  before: Step,
  after: Step,
  condition: Condition,
  besides: Besides = {},
): Promise<boolean> => {
  const field = `steps.${keyOf(before.kind, before.number)}`;
  const { matchedCount } = await operations.updateOne(
    { _id: before.operationId, [`${field}.version`]: before.version, ...condition },
    { $set: { [field]: encodeStep(after), ...besides }, $inc: countsOf(before, after) },
  );
  return matchedCount === 1;
};
