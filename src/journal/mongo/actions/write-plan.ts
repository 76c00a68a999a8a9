/** Writes an operation's legs and their steps once. */
import type { Lease, NewLeg } from "../../../engine/ports.ts";
import { addSteps } from "../add-steps.ts";
import { newLeg } from "../documents/leg.ts";
import type { Store } from "../store.ts";

/** Returns false if the lease is stale. */
export const writePlan = (
  store: Store,
  id: string,
  lease: Lease,
  legs: readonly NewLeg[],
  kind: "buy" | "recover" = "buy",
): Promise<boolean> =>
  addSteps(store, id, lease, {
    kind,
    numbers: legs.map(({ index }) => index),
    unless: { planned: true },
    besides: { planned: true, legs: legs.map(newLeg) },
  });
