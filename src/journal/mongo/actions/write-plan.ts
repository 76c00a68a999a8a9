/** Writes an operation's legs and their `buy` steps, once. */
import type { Lease, NewLeg } from "../../../engine/ports.ts";
import { fenced, heldBy } from "../adopt.ts";
import { newLeg } from "../documents/leg.ts";
import { keyOf, type StepDocument } from "../documents/step.ts";
import type { Store } from "../store.ts";

const newStep = ({ index }: NewLeg): StepDocument => ({
  kind: "buy",
  leg: index,
  status: "ready",
  version: 1,
  failure: null,
  attempts: [],
});

/** False when the lease is stale. */
export const writePlan = async (
  store: Store,
  id: string,
  lease: Lease,
  legs: readonly NewLeg[],
): Promise<boolean> => {
  const { operations, decisive } = store;
  const steps = legs.map(newStep);
  const plan = {
    planned: true,
    legs: legs.map(newLeg),
    steps: Object.fromEntries(steps.map((step) => [keyOf(step), step])),
    openSteps: steps.length,
  };
  const write = async (): Promise<true | null> => {
    const held = { _id: id, ...heldBy(lease) };
    // `planned` lets one of two concurrent plans through; the other finds it set.
    const { matchedCount } = await operations.updateOne({ ...held, planned: false }, { $set: plan });
    if (matchedCount === 1) return true;
    const other = await operations.findOne(
      { ...held, planned: true },
      { ...decisive, projection: { _id: 1 } },
    );
    return other === null ? null : true;
  };
  return (await fenced(store, id, lease, write)) ?? false;
};
