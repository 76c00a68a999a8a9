/** Writes the least tokens that legs accept. A leg that already has an anchor keeps it. */
import type { Anchor, Lease } from "../../../engine/ports.ts";
import { fenced, heldBy } from "../adopt.ts";
import { parseLegs } from "../documents/leg.ts";
import type { Store } from "../store.ts";

/** Returns false if the lease is stale. */
export const anchorLegs = async (
  store: Store,
  id: string,
  lease: Lease,
  anchors: readonly Anchor[],
): Promise<boolean> => {
  const { operations, decisive } = store;
  const held = { _id: id, ...heldBy(lease) };
  const projection = { legs: 1, anchors: 1, received: 1 };
  const write = async (): Promise<true | null> => {
    for (;;) {
      const found = await operations.findOne(held, { ...decisive, projection });
      if (found === null) return null;
      const missing = new Set(
        parseLegs(found)
          .filter(({ leastTokens }) => leastTokens === undefined)
          .map(({ index }) => index),
      );
      const wanted = anchors.filter(({ leg }) => missing.has(leg));
      if (wanted.length === 0) return true;
      const absent = wanted.map(({ leg }) => [`anchors.${leg}`, { $exists: false }]);
      const fields = wanted.map(({ leg, tokens }) => [`anchors.${leg}`, tokens.toString()]);
      const filter = { ...held, ...Object.fromEntries(absent) };
      // If another worker has written some of them since our read, we read again.
      const { matchedCount } = await operations.updateOne(filter, { $set: Object.fromEntries(fields) });
      if (matchedCount === 1) return true;
    }
  };
  return (await fenced(store, id, lease, write)) ?? false;
};
