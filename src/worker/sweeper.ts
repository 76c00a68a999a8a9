/** Wakes a worker for users who have something to do and whose wake-up the queue has lost: see `engine/due.ts`. */
import type { Logger } from "pino";
import { every, type Task } from "../base/every.ts";
import { type NextOptions, sweepDue } from "../engine/due.ts";
import type { Clock } from "../engine/ports.ts";
import type { CTOContext } from "../runtime/context.ts";

/**
 * Sweeps once.
 * @returns the number of users that we woke a worker for
 */
export const sweep = (
  { journal, queue }: Pick<CTOContext, "journal"> & { queue: Pick<CTOContext["queue"], "wakeUser"> },
  clock: Clock,
  options: NextOptions = {},
): Promise<number> => sweepDue({ journal, clock }, queue, options);

export const startSweeper = (
  context: CTOContext,
  clock: Clock,
  { everyMs, log, ...options }: NextOptions & { everyMs: number; log: Logger },
): Task =>
  every(everyMs, log, "sweeper", async () => {
    const woken = await sweep(context, clock, options);
    if (woken > 0) log.warn({ woken }, "a worker was woken for users without a live wake-up");
  });
