/**
 * Runs the background tasks of one simulated process as `src/worker` does: the requeuer and the settler of
 * `engine/due.ts`.
 */
import { REQUEUE_MS, SETTLE_MS } from "../src/engine/beats.ts";
import { requeueDue, settleDue } from "../src/engine/due.ts";
import type { Ports } from "../src/engine/ports.ts";
import type { Process } from "./process.ts";
import type { World } from "./world.ts";

/** The pause before a step under review is examined again. It is shorter than in production, so that seeds are short. */
export const REVIEW_AGAIN_MS = 100_000;

async function every(process: Process, ms: number, work: () => Promise<unknown>): Promise<void> {
  for (;;) {
    await process.sleep(ms);
    // If the journal or the chain is unavailable, the next round tries again.
    await work().catch(() => undefined);
  }
}

/** Requeues users whose wake-up the queue has lost. */
export function startRequeuer(
  { queue }: World,
  process: Process,
  ports: Pick<Ports, "journal" | "clock">,
): void {
  const wakeUps = { wakeUser: async (userId: string) => queue.wakeUser(userId) };
  void every(process, REQUEUE_MS, () => requeueDue(ports, wakeUps, { reviewAgainMs: REVIEW_AGAIN_MS }));
}

/** Follows landed steps until they are finalized. */
export function startSettler(
  process: Process,
  ports: Pick<Ports, "journal" | "chain" | "events" | "clock">,
  reviewAfterMs: number,
): void {
  void every(process, SETTLE_MS, () => settleDue(ports, process.name, { reviewAfterMs }));
}
