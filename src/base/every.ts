/** Runs a background task repeatedly, never twice at once, until it is stopped. */
import type { Logger } from "pino";

export type Task = { stop(): Promise<void> };

/**
 * Runs `work`, waits `ms`, and repeats. A failure does not end the task. It is logged if its message differs
 * from the failure of the run before.
 */
export function every(ms: number, log: Logger, name: string, work: () => Promise<void>): Task {
  let stopped = false;
  let wake: () => void = () => undefined;
  let last = "";
  const loop = async (): Promise<void> => {
    while (!stopped) {
      try {
        await work();
        last = "";
      } catch (error) {
        const message = error instanceof Error ? error.message : String(error);
        if (message !== last && !stopped)
          log.warn({ task: name, error: message }, "background task failed; it goes on");
        last = message;
      }
      if (stopped) return;
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, ms);
        wake = () => {
          clearTimeout(timer);
          resolve();
        };
      });
    }
  };
  const running = loop();
  return {
    stop() {
      stopped = true;
      wake();
      return running;
    },
  };
}
