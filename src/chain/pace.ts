/**
 * When to look next: how fast this cluster makes slots and finalizes them, learned from its own answers.
 *
 * Nothing here is a fixed wall-clock assumption: localnets tick in milliseconds, and mainnet's times change.
 */
import { FIRST_FINALITY_SLOTS, FIRST_SLOT_MS, LONGEST_SLOT_MS, SHORTEST_SLOT_MS } from "../engine/ports.ts";

export type Pace = {
  /** Takes note of a status answer's `context.slot`. */
  observeSlot(slot: bigint, atMs: number): void;
  /** Takes note that a transaction of slot `landed` was seen finalized at slot `seen`. */
  observeFinality(landed: bigint, seen: bigint): void;
  /** The pause before look number `looks` (from 0) at a signature that nobody has seen, ms. */
  gapWhileUnseen(looks: number, hinted: boolean): number;
  /** The pause after which a transaction of slot `landed`, now being at slot `seen`, should be final, ms. */
  gapUntilFinal(landed: bigint, seen: bigint): number;
  /** One slot, ms. */
  slotMs(): number;
};

export function createPace(): Pace {
  let slotMs = FIRST_SLOT_MS;
  let finalitySlots = FIRST_FINALITY_SLOTS;
  let anchor: { slot: bigint; atMs: number } | undefined;
  return {
    observeSlot(slot, atMs) {
      if (anchor === undefined) {
        anchor = { slot, atMs };
        return;
      }
      const slots = Number(slot - anchor.slot);
      // Two slots at least: one alone may have ended a moment after the first answer.
      if (slots < 2) return;
      slotMs = Math.min(LONGEST_SLOT_MS, Math.max(SHORTEST_SLOT_MS, (atMs - anchor.atMs) / slots));
      anchor = { slot, atMs };
    },
    observeFinality(landed, seen) {
      finalitySlots = Math.max(1, Math.min(finalitySlots, Number(seen - landed)));
    },
    gapWhileUnseen(looks, hinted) {
      // A hint is expected to come first; the look is then only there for a silent WebSocket.
      const [first, longest] = hinted ? [6, 16] : [2, 8];
      return Math.max(50, Math.min(longest, first * 1.5 ** looks) * slotMs);
    },
    gapUntilFinal(landed, seen) {
      const left = finalitySlots - Number(seen - landed);
      return Math.max(50, Math.max(4, left) * slotMs);
    },
    slotMs: () => slotMs,
  };
}
