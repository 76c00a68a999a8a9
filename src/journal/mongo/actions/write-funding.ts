/** Writes an operation's `fund` steps once. */
import type { Lease } from "../../../engine/ports.ts";
import { addSteps } from "../add-steps.ts";
import type { Store } from "../store.ts";

/** Returns false if the lease is stale. */
export const writeFunding = (store: Store, id: string, lease: Lease, batches: number): Promise<boolean> =>
  addSteps(store, id, lease, {
    kind: "fund",
    numbers: Array.from({ length: batches }, (_, at) => at + 1),
    unless: { "steps.fund-1": { $exists: true } },
    besides: {},
  });
