/** Waits for Ctrl-C or a supervisor's SIGTERM, so that a command can close everything that it opened. */

const SIGNALS = ["SIGINT", "SIGTERM", "SIGHUP"] as const;

/**
 * The timeout of closing, ms. Closing takes a few seconds. After this time a server does not answer, and the journal
 * already contains all important data.
 */
const CLOSE_WITHIN_MS = 30_000;

export type Stop = {
  /** Aborts at the first signal. A second signal ends the process at once, as without this listener. */
  readonly signal: AbortSignal;
  /** Resolves at the first signal. */
  readonly stopped: Promise<void>;
  /** Removes the listeners. */
  dispose(): void;
};

/**
 * Starts to listen. Call `dispose` when done; otherwise the process ignores later signals.
 *
 * @param closeWithinMs how long the process may take to close everything after the first signal, ms; then it exits with
 * 1
 */
export function listenForStop(closeWithinMs = CLOSE_WITHIN_MS): Stop {
  const controller = new AbortController();
  let deadline: NodeJS.Timeout | undefined;
  const dispose = (): void => {
    clearTimeout(deadline);
    for (const name of SIGNALS) process.off(name, hear);
  };
  const hear = (name: NodeJS.Signals): void => {
    // The listener stays after the first signal. If it were removed, other listeners (signal-exit, a dependency of
    // log-update) could be the only ones left, and they would end the process before anything is closed.
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
