/**
 * The newest slot that this process has read accounts at: an endpoint that is far behind it answers with what a market was,
 * not with what it is. Such an endpoint is made to say so (`minContextSlot`), and another one is asked.
 */

/** How far behind an answer may be, in slots: about three seconds. Endpoints behind one address differ by a few. */
const MOST_BEHIND = 8n;
/** How long a slot is remembered, ms: a test cluster may have begun anew. */
const REMEMBERED_MS = 60_000;

export type NewestSlot = {
  /** The least slot that an answer may be of; null when nothing is known. */
  least(): bigint | null;
  /** Tells of an answer's slot. */
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
