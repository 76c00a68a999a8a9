/**
 * The intervals between status polls. They follow the slot time and the finality time that this cluster's answers show.
 *
 * We assume no fixed wall-clock times: a localnet's slots take milliseconds, and mainnet's times change.
 */
import { FIRST_FINALITY_SLOTS, FIRST_SLOT_MS, LONGEST_SLOT_MS, SHORTEST_SLOT_MS } from "../engine/ports.ts";

export type Pace = {
  /** Records the `context.slot` of a status answer. */
  observeSlot(slot: bigint, atMs: number): void;
  /** Records that a transaction of slot `landed` was finalized at slot `seen`. */
  observeFinality(landed: bigint, seen: bigint): void;
  /** The pause before poll number `looks` (from 0) of an unseen signature, ms. */
  gapWhileUnseen(looks: number, hinted: boolean): number;
  /** The expected time until a transaction of slot `landed` is final, ms. The current slot is `seen`. */
  gapUntilFinal(landed: bigint, seen: bigint): number;
  /** The duration of one slot, ms. */
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
      // We measure over at least two slots, because the first slot may have ended just after the first answer.
      if (slots < 2) return;
      slotMs = Math.min(LONGEST_SLOT_MS, Math.max(SHORTEST_SLOT_MS, (atMs - anchor.atMs) / slots));
      anchor = { slot, atMs };
    },
    observeFinality(landed, seen) {
      finalitySlots = Math.max(1, Math.min(finalitySlots, Number(seen - landed)));
    },
    gapWhileUnseen(looks, hinted) {
      // The hint should arrive before the poll. The poll only covers a silent WebSocket.
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
