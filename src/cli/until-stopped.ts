/** Waits for Ctrl-C or a supervisor's SIGTERM, so that a command can close everything that it opened. */

const SIGNALS = ["SIGINT", "SIGTERM", "SIGHUP"] as const;

/**
 * The timeout of closing, ms. Closing takes a few seconds. After this time a server does not answer, and the journal
 * already contains all important data.
 */
const CLOSE_WITHIN_MS = 30_000;

/** How often we check that the shell of npm still runs, ms. */
const PARENT_MS = 500;

/**
 * Calls `end` once the parent has ended, if npm started this process. `npx` runs a command in a shell, and passes SIGTERM
 * to the shell alone. The shell ends, and without this check the command would continue, and nobody would stop it.
 */
function watchNpm(end: () => void): () => void {
  if (process.env.npm_command === undefined) return () => undefined;
  const parent = process.ppid;
  const timer = setInterval(() => {
    if (process.ppid === parent) return;
    clearInterval(timer);
    end();
  }, PARENT_MS).unref();
  return () => clearInterval(timer);
}

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
    forgetNpm();
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
  // After Ctrl-C the shell ends, too, while we close. That is no second signal.
  const forgetNpm = watchNpm(() => controller.signal.aborted || hear("SIGTERM"));
  const stopped = new Promise<void>((resolve) => {
    controller.signal.addEventListener("abort", () => resolve(), { once: true });
  });
  return { signal: controller.signal, stopped, dispose };
}
