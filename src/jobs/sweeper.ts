/** Adds unfinished operations of the journal to the queue again when the queue has no live job of them. */
import type { Logger } from "pino";
import type { CTOContext } from "./context.ts";
import { every, type Task } from "./every.ts";
import { toJob } from "./present.ts";

/** Bounds one sweep; the next one goes on. */
const OPERATIONS_PER_SWEEP = 500;

/** BullMQ states in which a job will still be worked on by itself. */
const LIVE = new Set(["active", "waiting", "prioritized", "delayed", "waiting-children"]);

/**
 * One sweep.
 * @returns how many operations were queued again
 */
export async function sweep({ journal, queue }: Pick<CTOContext, "journal" | "queue">): Promise<number> {
  const open = await journal.listOperations({ statuses: ["waiting", "active"], limit: OPERATIONS_PER_SWEEP });
  let added = 0;
  for (const operation of open) {
    if (LIVE.has(await queue.state(operation.id))) continue;
    await queue.remove(operation.id); // An ended job would swallow the new one: ids are unique in the queue.
    await queue.add(operation.id, toJob(operation), operation.request.priority);
    added += 1;
  }
  return added;
}

export const startSweeper = (context: CTOContext, { everyMs, log }: { everyMs: number; log: Logger }): Task =>
  every(everyMs, log, "sweeper", async () => {
    const added = await sweep(context);
    if (added > 0) log.warn({ added }, "operations that the queue had lost were queued again");
  });
