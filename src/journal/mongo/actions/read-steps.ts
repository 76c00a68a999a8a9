/** Reads an operation's steps with their attempts, in the order of legs, or a single step. */
import type { Step } from "../../../engine/ports.ts";
import { parseSteps } from "../documents/step.ts";
import { readStepAt } from "../step-at.ts";
import type { Store } from "../store.ts";

export const readSteps = async ({ operations, decisive }: Store, operationId: string): Promise<Step[]> => {
  const found = await operations.findOne({ _id: operationId }, { ...decisive, projection: { steps: 1 } });
  return found === null ? [] : parseSteps(operationId, found.steps);
};

export const readStep = async (store: Store, stepId: string): Promise<Step | null> =>
  (await readStepAt(store, stepId))?.step ?? null;
