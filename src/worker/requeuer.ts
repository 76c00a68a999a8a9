/** Requeues the users who have something to do and whose wake-up the queue has lost: see `engine/due.ts`. */
import type { Logger } from "pino";
import { every, type Task } from "../base/every.ts";
import { type NextOptions, requeueDue } from "../engine/due.ts";
import type { Clock } from "../engine/ports.ts";
import type { CTOContext } from "../runtime/context.ts";

/** @returns the number of users that were requeued */
export const requeueOnce = (
  { journal, queue }: Pick<CTOContext, "journal"> & { queue: Pick<CTOContext["queue"], "wakeUser"> },
  clock: Clock,
  options: NextOptions = {},
): Promise<number> => requeueDue({ journal, clock }, queue, options);

export const startRequeuer = (
  context: CTOContext,
  clock: Clock,
  { everyMs, log, ...options }: NextOptions & { everyMs: number; log: Logger },
): Task =>
  every(everyMs, log, "requeuer", async () => {
    const woken = await requeueOnce(context, clock, options);
    if (woken > 0)
      log.warn(
        { users: woken },
        "the queue had lost wake-ups: these users were requeued, nothing else is lost",
      );
  });
