/** Adds to the queue again what the journal has and the queue has lost: see `engine/due.ts`. */
import type { Logger } from "pino";
import { type SweepOptions, sweepDue } from "../engine/due.ts";
import type { Clock } from "../engine/ports.ts";
import type { CTOContext } from "./context.ts";
import { every, type Task } from "./every.ts";
import { toJob } from "./present.ts";
import { systemClock } from "./worker-ports.ts";

/** BullMQ states in which a job will still be worked on by itself. */
const LIVE = new Set(["active", "waiting", "prioritized", "delayed", "waiting-children"]);

/**
 * One sweep.
 * @returns how many operations were queued again
 */
export const sweep = (
  { journal, queue }: Pick<CTOContext, "journal" | "queue">,
  options: SweepOptions = {},
  clock: Clock = systemClock,
): Promise<number> =>
  sweepDue(
    { journal, clock },
    {
      isLive: async (id) => LIVE.has(await queue.state(id)),
      async requeue(operation) {
        await queue.remove(operation.id); // An ended job would swallow the new one: ids are unique in the queue.
        await queue.add(operation.id, toJob(operation), operation.request.priority);
      },
    },
    options,
  );

export const startSweeper = (
  context: CTOContext,
  { everyMs, log, ...options }: SweepOptions & { everyMs: number; log: Logger },
): Task =>
  every(everyMs, log, "sweeper", async () => {
    const added = await sweep(context, options);
    if (added > 0) log.warn({ added }, "operations without a live job were queued again");
  });
