/** What the cluster does between one answer and the next question, if it is as mean as it can be. */
import type { Signature } from "../src/engine/ports.ts";
import type { Cluster } from "./cluster.ts";
import type { Faults } from "./faults.ts";

/** An answer is at most so many slots on its way: longer, and the client has given up. */
const LONGEST_SLOTS = 20;
/** Slots may be skipped. */
const PATIENCE = 1.3;

/**
 * Told of every answer about these signatures. A transaction that is not there may land in the very last block that
 * can have it, which becomes final while the answer is on its way; one that has failed may succeed on another fork.
 *
 * @returns how long the answer is on its way, ms
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
