/** Adds steps of one kind to an operation that has none of them, together with the plan's other fields. */
import type { Lease, StepKind } from "../../engine/ports.ts";
import { fenced, heldBy } from "./adopt.ts";
import type { LegDocument } from "./documents/leg.ts";
import { keyOf, type StepDocument } from "./documents/step.ts";
import type { Store } from "./store.ts";

export const newStep = (kind: StepKind, number: number): StepDocument => ({
  kind,
  leg: number,
  status: "ready",
  version: 1,
  failure: null,
  attempts: [],
});

type Addition = {
  readonly kind: StepKind;
  readonly numbers: readonly number[];
  /** The condition that the addition makes true. Of concurrent additions, only the first finds it false. */
  readonly unless: { planned: true } | { "steps.fund-1": { $exists: true } };
  readonly besides: { readonly planned: true; readonly legs: readonly LegDocument[] } | Record<string, never>;
};

/** Returns false if the lease is stale. Returns true also if an earlier call has already added the steps. */
export const addSteps = async (
  store: Store,
  id: string,
  lease: Lease,
  { kind, numbers, unless, besides }: Addition,
): Promise<boolean> => {
  const { operations, decisive } = store;
  const held = { _id: id, ...heldBy(lease) };
  const steps = numbers.map((number) => newStep(kind, number));
  const fields = Object.fromEntries(steps.map((step) => [`steps.${keyOf(step.kind, step.leg)}`, step]));
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
