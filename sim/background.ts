/** The tasks beside the jobs, as `src/jobs` runs them: the sweeper and the settler. */
import type { Journal, Ports } from "../src/engine/ports.ts";
import { settleOperation } from "../src/engine/settle.ts";
import type { Process } from "./process.ts";
import { dateAt, type World } from "./world.ts";

/** Sooner than in reality, so that seeds are short. */
export const REVIEW_AGAIN_MS = 100_000;
const SWEEP_MS = 15_000;
const SETTLE_MS = 2_000;
const WATCH_MS = 30_000;

async function every(process: Process, ms: number, work: () => Promise<void>): Promise<void> {
  for (;;) {
    await process.sleep(ms);
    // The journal or the chain is away: the next round goes on.
    await work().catch(() => undefined);
  }
}

/** Adds again what the journal has and the queue has lost. */
export function startSweeper({ queue, scheduler }: World, process: Process, journal: Journal): void {
  void every(process, SWEEP_MS, async () => {
    const open = await journal.listOperations({ statuses: ["waiting", "active"], limit: 500 });
    const inReview = await journal.listOperations({ statuses: ["needs_review"], limit: 500 });
    const before = dateAt(scheduler.now - REVIEW_AGAIN_MS).getTime();
    const due = inReview.filter(({ finishedAt }) => (finishedAt?.getTime() ?? 0) <= before);
    const recovering = await journal.listRecoveries("requested", 500);
    const undecided = await journal.listRecoveries("needs_review", 500);
    const again = undecided.filter(({ recovery }) => (recovery?.at.getTime() ?? 0) <= before);
    for (const { id } of [...open, ...due, ...recovering, ...again]) if (!queue.has(id)) queue.add(id);
  });
}

/** Follows what has landed until it is final. */
export function startSettler(
  process: Process,
  ports: Pick<Ports, "journal" | "chain" | "events" | "clock">,
  reviewAfterMs: number,
): void {
  void every(process, SETTLE_MS, async () => {
    const unsettled = await ports.journal.listUnsettled(50);
    await Promise.all(
      unsettled.map((operation) => settleOperation(ports, operation, { timeoutMs: WATCH_MS, reviewAfterMs })),
    );
  });
}
