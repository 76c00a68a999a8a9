/** The tasks beside the jobs, as `src/worker` runs them: the sweeper and the settler, both of `engine/due.ts`. */
import { SETTLE_MS, SWEEP_MS } from "../src/engine/beats.ts";
import { settleDue, sweepDue } from "../src/engine/due.ts";
import type { Ports } from "../src/engine/ports.ts";
import type { Process } from "./process.ts";
import type { World } from "./world.ts";

/** Sooner than in reality, so that seeds are short. */
export const REVIEW_AGAIN_MS = 100_000;

async function every(process: Process, ms: number, work: () => Promise<unknown>): Promise<void> {
  for (;;) {
    await process.sleep(ms);
    // The journal or the chain is away: the next round goes on.
    await work().catch(() => undefined);
  }
}

/** Wakes workers for users whom the queue has lost. */
export function startSweeper(
  { queue }: World,
  process: Process,
  ports: Pick<Ports, "journal" | "clock">,
): void {
  const wakeUps = { wakeUser: async (userId: string) => queue.wakeUser(userId) };
  void every(process, SWEEP_MS, () => sweepDue(ports, wakeUps, { reviewAgainMs: REVIEW_AGAIN_MS }));
}

/** Follows what has landed until it is final. */
export function startSettler(
  process: Process,
  ports: Pick<Ports, "journal" | "chain" | "events" | "clock">,
  reviewAfterMs: number,
): void {
  void every(process, SETTLE_MS, () => settleDue(ports, process.name, { reviewAfterMs }));
}
