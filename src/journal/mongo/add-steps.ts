/** Adds steps to an operation that has none of their kind, together with what else the plan says. */
import type { Lease, StepKind } from "../../engine/ports.ts";
import { fenced, heldBy } from "./adopt.ts";
import type { LegDocument } from "./documents/leg.ts";
import { keyOf, type StepDocument } from "./documents/step.ts";
import type { Store } from "./store.ts";

export const newStep = (kind: StepKind, leg: number): StepDocument => ({
  kind,
  leg,
  status: "ready",
  version: 1,
  failure: null,
  attempts: [],
});

type Addition = {
  readonly kind: StepKind;
  /** What each step has as its `leg`. */
  readonly numbers: readonly number[];
  /** Of concurrent additions this lets one through, and the others find it so no more. */
  readonly unless: { planned: true } | { "steps.fund-1": { $exists: true } };
  readonly besides: { readonly planned: true; readonly legs: readonly LegDocument[] } | Record<string, never>;
};

/** False when the lease is stale. True also when nothing was added, because it had been before. */
export const addSteps = async (
  store: Store,
  id: string,
  lease: Lease,
  { kind, numbers, unless, besides }: Addition,
): Promise<boolean> => {
  const { operations, decisive } = store;
  const held = { _id: id, ...heldBy(lease) };
  const steps = numbers.map((number) => newStep(kind, number));
  const fields = Object.fromEntries(steps.map((step) => [`steps.${keyOf(step)}`, step]));
  const write = async (): Promise<true | null> => {
    const { matchedCount } = await operations.updateOne(
      { ...held, $nor: [unless] },
      { $set: { ...fields, ...besides }, $inc: { openSteps: steps.length } },
    );
    if (matchedCount === 1) return true;
    return (await operations.findOne(held, { ...decisive, projection: { _id: 1 } })) === null ? null : true;
  };
  return (await fenced(store, id, lease, write)) ?? false;
};
