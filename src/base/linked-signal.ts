/**
 * A signal for one piece of work that ends with longer-lived ones, and leaves nothing behind on them. `AbortSignal.any` would:
 * in Node.js 20 its sources keep a reference to every signal that was ever made of them.
 */
import { setMaxListeners } from "node:events";

export type LinkedSignal = {
  readonly signal: AbortSignal;
  /** Aborts this signal alone. */
  abort(reason?: unknown): void;
  /** Lets go of the longer-lived signals. */
  release(): void;
};

/** @param listeners how many may listen to it at once: more than that is a leak, and Node.js says so */
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
