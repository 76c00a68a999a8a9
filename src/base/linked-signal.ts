/**
 * Creates a signal for one piece of work. It aborts when a longer-lived signal aborts, and leaves nothing on
 * that signal after release. We do not use `AbortSignal.any`: in Node.js 20, its sources keep a reference to
 * every signal that was made from them.
 */
import { setMaxListeners } from "node:events";

export type LinkedSignal = {
  readonly signal: AbortSignal;
  /** Aborts only this signal. */
  abort(reason?: unknown): void;
  /** Removes the listeners from the longer-lived signals. */
  release(): void;
};

/**
 * @param listeners how many listeners the signal may have at once. More indicate a leak, and Node.js warns of
 *   it
 */
export function linkSignal(sources: readonly AbortSignal[], listeners = 10): LinkedSignal {
  const controller = new AbortController();
  setMaxListeners(listeners, controller.signal);
  const followers = sources.map((source) => {
    const follow = (): void => controller.abort(source.reason);
    if (source.aborted) follow();
    source.addEventListener("abort", follow, { once: true });
    return () => source.removeEventListener("abort", follow);
  });
  return {
    signal: controller.signal,
    abort: (reason) => controller.abort(reason),
    release: () => {
      for (const unfollow of followers) unfollow();
    },
  };
}
