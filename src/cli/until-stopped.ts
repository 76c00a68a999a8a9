/** Waits for Ctrl-C or a supervisor's SIGTERM, so that a command can close what it has opened. */

const SIGNALS = ["SIGINT", "SIGTERM", "SIGHUP"] as const;

/** Closing takes a few seconds. After this time a server does not answer, and the journal has all that matters; ms. */
const CLOSE_WITHIN_MS = 30_000;

export type Stop = {
  /** Aborted with the first signal. A second one ends the process at once, as it would without us. */
  readonly signal: AbortSignal;
  /** Resolves with the first signal. */
  readonly stopped: Promise<void>;
  /** Listens no longer. */
  dispose(): void;
};

/**
 * Begins to listen. Call `dispose` when done, or the process ignores later signals.
 *
 * @param closeWithinMs how long after the first signal the process may close what it has opened; then it ends with 1
 */
export function listenForStop(closeWithinMs = CLOSE_WITHIN_MS): Stop {
  const controller = new AbortController();
  let deadline: NodeJS.Timeout | undefined;
  const dispose = (): void => {
    clearTimeout(deadline);
    for (const name of SIGNALS) process.off(name, hear);
  };
  const hear = (name: NodeJS.Signals): void => {
    // The listener stays after the first signal: where it is the last one, others (signal-exit, below log-update)
    // end the process before anything is closed.
    if (controller.signal.aborted) {
      dispose();
      process.kill(process.pid, name);
    }
    deadline = setTimeout(() => {
      process.stderr.write(
        `Not everything could be closed within ${closeWithinMs} ms. The journal has it all.\n`,
      );
      process.exit(1);
    }, closeWithinMs).unref();
    controller.abort();
  };
  for (const name of SIGNALS) process.on(name, hear);
  const stopped = new Promise<void>((resolve) => {
    controller.signal.addEventListener("abort", () => resolve(), { once: true });
  });
  return { signal: controller.signal, stopped, dispose };
}
