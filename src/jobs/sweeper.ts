/**
 * Adds unfinished operations and recoveries of the journal to the queue again when the queue has no live job of them; on a slow beat
 * also those that need a review, because the evidence may be had by now.
 */
import type { Logger } from "pino";
import type { CTOContext } from "./context.ts";
import { every, type Task } from "./every.ts";
import { toJob } from "./present.ts";

/** Bounds one sweep; the next one goes on. */
const OPERATIONS_PER_SWEEP = 500;

/** BullMQ states in which a job will still be worked on by itself. */
const LIVE = new Set(["active", "waiting", "prioritized", "delayed", "waiting-children"]);

/** How often an operation that needs a review is looked at again, in ms. */
const REVIEW_AGAIN_MS = 600_000;

export type SweepOptions = {
  /** How often an operation that needs a review is looked at again, in ms. Default 600,000. */
  readonly reviewAgainMs?: number;
  readonly now?: () => Date;
};

/**
 * One sweep.
 * @returns how many operations were queued again
 */
export async function sweep(
  { journal, queue }: Pick<CTOContext, "journal" | "queue">,
  { reviewAgainMs = REVIEW_AGAIN_MS, now = () => new Date() }: SweepOptions = {},
): Promise<number> {
  const limit = OPERATIONS_PER_SWEEP;
  const open = await journal.listOperations({ statuses: ["waiting", "active"], limit });
  const inReview = await journal.listOperations({ statuses: ["needs_review"], limit });
  // The run that finds no proof writes `finishedAt` anew: the beat needs no record of its own.
  const before = now().getTime() - reviewAgainMs;
  const due = inReview.filter(({ finishedAt }) => (finishedAt?.getTime() ?? 0) <= before);
  const recovering = await journal.listRecoveries("requested", limit);
  const undecided = await journal.listRecoveries("needs_review", limit);
  const again = undecided.filter(({ recovery }) => (recovery?.at.getTime() ?? 0) <= before);
  let added = 0;
  for (const operation of [...open, ...due, ...recovering, ...again]) {
    if (LIVE.has(await queue.state(operation.id))) continue;
    await queue.remove(operation.id); // An ended job would swallow the new one: ids are unique in the queue.
    await queue.add(operation.id, toJob(operation), operation.request.priority);
    added += 1;
  }
  return added;
}

export const startSweeper = (
  context: CTOContext,
  { everyMs, log, ...options }: SweepOptions & { everyMs: number; log: Logger },
): Task =>
  every(everyMs, log, "sweeper", async () => {
    const added = await sweep(context, options);
    if (added > 0) log.warn({ added }, "operations without a live job were queued again");
  });
