/** Simulates the worst change of the cluster between one answer and the next request. */
import type { Signature } from "../src/engine/ports.ts";
import type { Cluster } from "./cluster.ts";
import type { Faults } from "./faults.ts";

/** The longest delay of an answer, slots. After a longer delay the client would time out. */
const LONGEST_SLOTS = 20;
/** The factor that extends the delay, because slots may be skipped. */
const PATIENCE = 1.3;

/**
 * Called for every answer about these signatures. A fork may put an absent transaction into the last block that can include
 * it, and that block becomes final during the delay of the answer. A failed transaction may succeed on another fork.
 *
 * @returns the delay of the answer, ms
 */
export function spite(cluster: Cluster, faults: Faults, signatures: readonly Signature[]): number {
  const now = cluster.view(0);
  for (const signature of signatures) {
    const transaction = cluster.sent(signature);
    if (transaction === undefined) continue;
    const block = cluster.find(signature, now);
    if (block === undefined) {
      const last = cluster.lastOpenHeight(transaction);
      const slots = last === null ? LONGEST_SLOTS : last + 1 - now.finalizedHeight;
      if (last === null || slots >= LONGEST_SLOTS || !faults.strikes("fork between the readings")) continue;
      cluster.forkFor(signature, last);
      return Math.ceil(slots * cluster.machine.slotMs * PATIENCE);
    }
    const failed = block.landings.some((landing) => landing.failed && landing.transaction === transaction);
    if (failed && block.height > now.finalizedHeight && faults.strikes("fork after an error")) {
      cluster.forkFor(signature, block.height);
      return 0;
    }
  }
  return 0;
}
