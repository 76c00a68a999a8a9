/**
 * Keeps the newest slot at which this process read accounts. An endpoint far behind that slot returns an old state of a
 * market. `minContextSlot` makes such an endpoint refuse the call, and we use another one.
 */

/** The most slots that an answer may be behind. Nodes behind one address differ by a few slots. */
const MOST_BEHIND = 8n;
/** How long we keep a slot, ms. A test cluster may have restarted from slot 0. */
const REMEMBERED_MS = 60_000;

export type NewestSlot = {
  /** The lowest slot that we accept in an answer; null without an earlier answer. */
  least(): bigint | null;
  /** Records an answer's slot. */
  see(slot: bigint): void;
};

export const createNewestSlot = (now: () => number = () => performance.now()): NewestSlot => {
  let newest: { readonly slot: bigint; readonly until: number } | null = null;
  const known = (): bigint | null => (newest === null || newest.until < now() ? null : newest.slot);
  return {
    least: () => {
      const slot = known();
      return slot === null || slot <= MOST_BEHIND ? null : slot - MOST_BEHIND;
    },
    see: (slot) => {
      if (slot >= (known() ?? 0n)) newest = { slot, until: now() + REMEMBERED_MS };
    },
  };
};
