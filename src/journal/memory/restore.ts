/** Stores in memory how far the journal has come on the chain, and a declared restore. */
import type { Reached, Restore, RestoreStore } from "../../engine/ports.ts";
import type { State } from "./state.ts";

type Bounds = Pick<Restore, "since" | "lastValidBlockHeight">;

/** Returns the wider range of the two. */
const boundsOf = (before: Bounds, given: Bounds): Bounds => {
  const bounds: { -readonly [Key in keyof Bounds]: Bounds[Key] } = {
    since: before.since,
    lastValidBlockHeight: before.lastValidBlockHeight,
  };
  if (given.since < before.since) bounds.since = given.since;
  if (given.lastValidBlockHeight > before.lastValidBlockHeight)
    bounds.lastValidBlockHeight = given.lastValidBlockHeight;
  return bounds;
};

export const memoryRestore = (state: State): RestoreStore => {
  let reached: Reached | null = null;
  let restore: Restore | null = null;
  return {
    readReached: async () => reached,
    writeReached: async (slot) => {
      if (reached === null || reached.slot < slot)
        reached = { slot, first: reached?.first ?? slot, at: state.now() };
    },
    readRestore: async () => restore,
    whyCopied: async () => null,
    tellsCopies: async () => true,
    declareRestore: async (given) => {
      for (const record of state.operations.values())
        record.operation = { ...record.operation, restored: true };
      for (const held of state.leases.values()) {
        held.owner = null;
        held.token += 1n;
      }
      reached = null;
      restore = { ...given, ...boundsOf(restore ?? given, given), at: state.now() };
      return restore;
    },
  };
};
