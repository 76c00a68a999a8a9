/** Reads one URL of the API, and repeats the read while the page is visible or the server cannot be reached. */
import { useCallback, useEffect, useRef, useState } from "preact/hooks";
import { get, problemFrom } from "./request.ts";
import type { Problem } from "./types.ts";

export type Resource<T> = {
  /** The last answer. It stays while a later request is running or has failed. */
  readonly data: T | null;
  readonly problem: Problem | null;
  readonly reload: () => void;
};

/** The interval of the tries, ms, of a read that is not repeated and could not be answered. */
const RETRY_MS = 2_000;

const isUnreachable = (problem: Problem | null): boolean => problem?.status === 0;

/** Too many requests at once: the same read succeeds a little later. */
const TOO_MANY = 429;

const isPassing = (problem: Problem): boolean => isUnreachable(problem) || problem.status === TOO_MANY;

/** Returns whether the first answer is still to come: a read without a connection is tried again by itself. */
export const isPending = ({ data, problem }: Resource<unknown>): boolean =>
  data === null && (problem === null || isUnreachable(problem));

type State<T> = { path: string | null; data: T | null; problem: Problem | null };

/**
 * Reads a URL of the API.
 *
 * @param path null if there is nothing to read yet
 * @param read the function that reads; it must be the same one at each call
 * @param everyMs the interval of the reads, ms; a hidden page reads nothing. Absent: one answer is enough
 */
export function useResource<T>(
  path: string | null,
  everyMs?: number,
  read: (path: string, signal: AbortSignal) => Promise<T> = get<T>,
): Resource<T> {
  const [state, setState] = useState<State<T>>({ path, data: null, problem: null });
  const again = useRef<() => void>(() => undefined);
  useEffect(() => {
    if (path === null) return;
    const stop = new AbortController();
    let timer: ReturnType<typeof setTimeout> | undefined;
    /** Whether the page needs one more answer. */
    let isDue = everyMs !== undefined;
    let isReading = false;
    /** Whether something changed during a read, whose answer may be of the time before. */
    let isStale = false;
    const ask = async (): Promise<void> => {
      isReading = true;
      isStale = false;
      try {
        const data = await read(path, stop.signal);
        if (!stop.signal.aborted) setState({ path, data, problem: null });
        isDue = everyMs !== undefined;
      } catch (error) {
        const problem = problemFrom(error);
        if (stop.signal.aborted || problem === null) return;
        setState((before) => ({ path, data: before.path === path ? before.data : null, problem }));
        isDue = everyMs !== undefined || isPassing(problem);
      }
      isReading = false;
      if (stop.signal.aborted) return;
      if (isStale) void ask();
      else if (isDue) timer = setTimeout(look, everyMs ?? RETRY_MS);
    };
    const look = (): void => {
      clearTimeout(timer);
      if (isDue && !isReading && document.visibilityState === "visible") void ask();
    };
    // A running read is not aborted: on a slow connection, frequent reloads would otherwise never end one.
    again.current = () => {
      clearTimeout(timer);
      if (isReading) isStale = true;
      else void ask();
    };
    void ask();
    document.addEventListener("visibilitychange", look);
    return () => {
      stop.abort();
      clearTimeout(timer);
      document.removeEventListener("visibilitychange", look);
    };
  }, [path, everyMs]);

  const reload = useCallback(() => again.current(), []);
  const current = state.path === path;
  return { data: current ? state.data : null, problem: current ? state.problem : null, reload };
}
